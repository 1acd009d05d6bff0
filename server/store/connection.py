"""Opens connections to the facts and puts the engine's errors into our words.

The only importer of clickhouse_connect. A reader is opened with every setting and `readonly` as
the last one: after that nothing can be set on it any more.
"""

import ctypes
import importlib
import importlib.util
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    DatabaseError,
    ProgrammingError,
    StreamFailureError,
)
from urllib3.exceptions import HTTPError

from server.errors import IndicubeError, StoreAway, StoreInUse
from server.store.address import Address, Engine, Server
from server.store.bounds import NO_BOUNDS, Bounds
from server.store.refusals import is_no_space, no_room, refusal
from server.store.torn import set_aside_torn

__all__ = [
    "Client",
    "connect_reader",
    "connect_streamer",
    "connect_writer",
    "create_database",
    "in_our_words",
]

_system = ctypes.CDLL(None)
_system.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
_system.signal.restype = ctypes.c_void_p

_SECONDS_TO_CONNECT = 5
_REFUSALS = (DatabaseError, ProgrammingError, StreamFailureError)


def create_database(address: Address) -> None:
    """Make the database; the first connection to the engine, so its errors are told here."""
    _import_before_threads()
    try:
        _create_database(address)
    except StoreAway:
        if not (isinstance(address, Engine) and set_aside_torn(Path(address.folder))):
            raise
        _create_database(address)


def _create_database(address: Address) -> None:
    with in_our_words(address):
        client = _connect(address, database=None, settings={})
        try:
            quoted = "`" + address.database.replace("`", "") + "`"
            on_cluster = address.placement.cluster
            where = f" ON CLUSTER `{on_cluster}`" if on_cluster else ""
            client.command(f"CREATE DATABASE IF NOT EXISTS {quoted}{where}")
        finally:
            client.close()


def connect_writer(address: Address) -> Client:
    """A connection that may change things."""
    with in_our_words(address, is_writing=True):
        return _connect(address, database=address.database, settings={})


def connect_reader(address: Address, settings: Mapping[str, str], name: str) -> Client:
    """A connection that can only read, within its limits, under its own name.

    On a server the reader's profile holds all settings but the two that it declares changeable;
    the engine in this process has no profiles, so the connection itself carries them.
    """
    user = address.reader if isinstance(address, Server) else None
    return _connect_confined(address, settings, name, user)


def connect_streamer(address: Address, settings: Mapping[str, str], name: str) -> Client:
    """A connection like a reader's for answers of any length: on a server a user of its own."""
    user = address.streamer if isinstance(address, Server) else None
    return _connect_confined(address, settings, name, user)


@contextmanager
def in_our_words(
    address: Address, *, is_writing: bool = False, bounds: Bounds = NO_BOUNDS
) -> Iterator[None]:
    """Turn what the driver raises into an error of ours that says what it means."""
    try:
        yield
    except (ClickHouseError, HTTPError, OSError) as error:
        raise _translated(error, address, is_writing, bounds) from error


def _connect_confined(
    address: Address, settings: Mapping[str, str], name: str, user: tuple[str, str] | None
) -> Client:
    own = {"max_threads": settings["max_threads"], "log_comment": name}
    given = own if user else {**settings, **own, "readonly": "1"}
    with in_our_words(address):
        return _connect(address, address.database, given, user)


def _connect(
    address: Address,
    database: str | None,
    settings: dict[str, str],
    user: tuple[str, str] | None = None,
) -> Client:
    if isinstance(address, Engine):
        client = clickhouse_connect.get_client(
            interface="chdb", path=address.folder, database=database, settings=settings
        )
        _die_of_faults()
        _count_rows_of_tables(client)
        return client
    name, password = user or address.writer
    return clickhouse_connect.get_client(
        interface=address.scheme,
        host=address.host,
        port=address.port,
        username=name,
        password=password,
        database=database,
        settings=settings,
        connect_timeout=_SECONDS_TO_CONNECT,
        autogenerate_session_id=False,
    )


def _translated(
    error: Exception, address: Address, is_writing: bool, bounds: Bounds
) -> IndicubeError:
    code = getattr(error, "code", None)
    text = str(error)
    if isinstance(address, Engine) and "Unable to open the chdb engine" in text:
        return _engine_not_opened(address, text)
    if isinstance(error, _REFUSALS) and code:
        return refusal(code, text, address, is_writing=is_writing, bounds=bounds)
    if is_no_space(text):  # of this machine, while rows are made ready for the engine
        return no_room(f"temporary files ({tempfile.gettempdir()})")
    return StoreAway(f"the fact store at {address} cannot be reached: {_reason(error)}")


def _engine_not_opened(address: Engine, text: str) -> IndicubeError:
    owner = _owner_of(Path(address.folder))
    if owner is not None:
        return StoreInUse(
            f"the facts in {address.folder} are in use by process {owner}; "
            "stop it, or let it do the work: commands beside a running Indicube go through its "
            "queue"
        )
    return StoreAway(f"the facts in {address.folder} cannot be opened: {_first_line(text)}")


def _owner_of(folder: Path) -> int | None:
    """The process that the engine's `status` file names, when it is alive and not this one."""
    try:
        first = (folder / "status").read_text(encoding="utf-8").splitlines()[0]
        owner = int(first.removeprefix("PID:"))
    except (OSError, ValueError, IndexError):
        return None
    return owner if Path(f"/proc/{owner}").exists() or not Path("/proc").exists() else None


def _reason(error: BaseException) -> str:
    """What the system said at the bottom; without that, what the driver says of it."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, OSError) and below.strerror:
            return below.strerror
        below = below.__cause__ or below.__context__
    return _first_line(str(error))


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else "no reason was given"


def _count_rows_of_tables(client: Client) -> None:
    """Let the rows read be those of tables: the driver gives those of the engine's answer."""
    backend = client._backend  # type: ignore[attr-defined]  # the lock file pins the driver
    backend._summary = lambda found: {"read_rows": str(found.storage_rows_read())}


def _die_of_faults() -> None:
    """Let a fault of the engine end this process at once, so that it is started again.

    The engine's own handlers, which it puts up whenever it starts, keep it for minutes, in which
    it answers nobody. Python may set handlers in its main thread alone, the system anywhere.
    """
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE):
        _system.signal(int(number), None)


def _import_before_threads() -> None:
    # The driver imports these at its first insert; two threads at once would see half a module.
    for name in ("numpy", "pyarrow", "pandas"):
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
