"""Opens the metadata database: read sessions that cannot write, write sessions that queue up."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from server.errors import MetadataAway, NoRoom, SettingsError
from server.metadata.file_pulse import FilePulse
from server.metadata.migrations import migrate
from server.metadata.server_pulse import ServerPulse, asking, lines_of

__all__ = ["Metadata", "Session", "open_metadata"]

BUSY_MILLISECONDS = 10_000
# SQLSTATEs of a server that is away: no connection, none left to take, shutting down or starting.
AWAY = ("08", "53300", "57P")
FULL = "53100"  # that of a server whose disk is full
# What SQLite says of a full disk: no room for a page, or for the index of its log.
FULL_FILE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)


class Metadata:
    """The metadata database; `read()` and `write()` are its only doors.

    Both raise `MetadataAway` when a server cannot be reached. If that happens while a write is
    committed, nobody knows whether it was: whoever does the step again has to look. A disk that is
    full is `NoRoom`, and nothing was written.
    """

    def __init__(
        self, engine: Engine, file: Path | None = None, server: ServerPulse | None = None
    ) -> None:
        self._engine = engine
        self._pulse = FilePulse(file) if file else None
        self._server = server
        self._readers = engine.execution_options(indicube_writes=False)
        self._writers = engine.execution_options(indicube_writes=True)
        self._lock = Lock()
        self._changes = 0

    @property
    def changes(self) -> int:
        """How many changes were committed here, so that who holds what was read can tell."""
        return self._changes

    def writes(self) -> int | None:
        """A number that is another one after any process has written; None where none tells.

        The file of SQLite tells it in microseconds; a server would have to be asked.
        """
        return self._pulse.writes() if self._pulse else None

    def watch(self) -> None:
        """Wait no more for a server that hangs: for processes whose answers somebody waits for."""
        if self._server:
            self._server.start()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view of the database; the database itself refuses a write."""
        self._check()
        with _telling_when_away(), Session(self._readers, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        self._check()
        with (
            _telling_when_away(),
            Session(self._writers, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
        with self._lock:
            self._changes += 1

    def migrate(self) -> None:
        """Bring the schema up to date; harmless when it is, and when several do it at once."""
        with _telling_when_away(), self._writers.begin() as connection:
            migrate(connection)

    def close(self) -> None:
        """Close every connection."""
        if self._server:
            self._server.stop()
        self._engine.dispose()
        if self._pulse:
            self._pulse.close()

    def _check(self) -> None:
        if self._server:
            self._server.check()


@contextmanager
def _telling_when_away() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if _is_full(error):
            raise NoRoom(
                "the disk of the metadata is full, so nothing is loaded until there is room; "
                "nothing of what was under way is visible. Everything that is loaded can be read",
                hint="make room, then load again; `indicube doctor` says how much is free",
            ) from error
        if not _is_away(error):
            raise
        reason = str(error.orig).partition("\n")[0]
        raise MetadataAway(f"the metadata database cannot be reached: {reason}") from error


def _is_full(error: DBAPIError) -> bool:
    """Whether the disk of the database had no room for what was to be written."""
    is_of_file = getattr(error.orig, "sqlite_errorcode", None) in FULL_FILE
    return is_of_file or getattr(error.orig, "sqlstate", None) == FULL


def _is_away(error: DBAPIError) -> bool:
    """Whether a server, not a file, did not answer; libpq's own errors have no SQLSTATE."""
    is_of_server = hasattr(error.orig, "sqlstate")
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return is_of_server and isinstance(error, OperationalError | InterfaceError)
    return str(state).startswith(AWAY)


def open_metadata(url: str) -> Metadata:
    """Open `sqlite:///path` or `postgresql+psycopg://…`; nothing is created but the folder."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unknown_database(url) from None
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        file = Path(parsed.database)
        return Metadata(_open_sqlite(url, file), file)
    if parsed.get_backend_name() == "postgresql":
        engine = _open_postgresql(parsed)
        return Metadata(engine, server=ServerPulse(engine, asking(parsed)))
    raise _unknown_database(parsed.render_as_string(hide_password=True))


def _unknown_database(shown: str) -> SettingsError:
    return SettingsError(
        f"INDICUBE_DATABASE is {shown!r}; it must be sqlite:///<file> or "
        "postgresql+psycopg://<user>@<host>/<name>",
        field="INDICUBE_DATABASE",
        allowed=("sqlite:///…", "postgresql+psycopg://…"),
    )


def _open_sqlite(url: str, path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, pool_size=10, max_overflow=90)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred, even for a writer
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a write fails at once when another writer is busy;
    # an immediate one waits its turn.
    if connection.get_execution_options()["indicube_writes"]:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")


def _open_postgresql(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=10, max_overflow=40, pool_pre_ping=True, connect_args=lines_of(url)
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # Several SELECTs of one reader must see one state; a writer needs the rows that it waited for.
    if not connection.get_execution_options()["indicube_writes"]:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
