"""Real stores and metadata for tests: one engine per process, a database for each test.

The engine in this process can open one folder in its life, so all tests share one; each store that
`new_store` opens has a database of its own. Metadata are SQLite files, or databases of their own in
the PostgreSQL that INDICUBE_TEST_DATABASE names: copies of one that each process migrates once.
"""

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import sqlalchemy

from server.metadata.session import Metadata, open_metadata
from server.settings import Settings
from server.store.client import Store, open_store
from tests.engine import fresh_database


class Clock:
    """A clock that a test sets; every look at it is a second later."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def settings_for(home: Path, **variables: str) -> Settings:
    """Settings with a home of their own and a fresh database in the shared engine."""
    return Settings.from_environment(
        {"INDICUBE_HOME": str(home), "INDICUBE_CLICKHOUSE": fresh_database(), **variables}
    )


@contextmanager
def new_store(settings: Settings) -> Iterator[Store]:
    """A store over the settings' database; the database is dropped at the end."""
    store = open_store(settings)
    try:
        yield store
    finally:
        with store.writer() as writer:
            writer.run(f"DROP DATABASE IF EXISTS `{store.database}` SYNC")
        store.close()


@contextmanager
def new_metadata(folder: Path) -> Iterator[Metadata]:
    """Migrated metadata: a SQLite file in the folder, or a database of the given PostgreSQL."""
    with new_database(folder) as url:
        metadata = open_metadata(url)
        try:
            yield metadata
        finally:
            metadata.close()


@contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """The address of one for metadata, dropped at the end."""
    server = os.environ.get("INDICUBE_TEST_DATABASE")
    with _copy(server) if server else _file(folder) as url:
        yield url


def place_metadata(folder: Path) -> str:
    """The address of migrated metadata in a folder; those that are there stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "metadata.db"
    if not path.exists():
        shutil.copyfile(_migrated_file(), path)
    return f"sqlite:///{path}"


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    yield place_metadata(folder)


@cache
def _migrated_file() -> Path:
    """Metadata of the latest schema without a row: made once, as that takes longer than a copy."""
    folder = Path(tempfile.mkdtemp(prefix="indicube-metadata-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    metadata = open_metadata(f"sqlite:///{folder}/metadata.db")
    metadata.migrate()
    metadata.close()
    return folder / "metadata.db"


@contextmanager
def _copy(server: str) -> Iterator[str]:
    """A database of its own: a copy of one that was migrated once for this process."""
    name, original = f"test_{uuid.uuid4().hex}", _migrated(server)
    _run(server, f"CREATE DATABASE {name} TEMPLATE {original}")
    try:
        yield _address(server, name)
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _migrated(server: str) -> str:
    name = f"original_{uuid.uuid4().hex}"
    _run(server, f"CREATE DATABASE {name}")
    atexit.register(_run, server, f"DROP DATABASE {name} WITH (FORCE)")
    metadata = open_metadata(_address(server, name))
    metadata.migrate()
    metadata.close()
    return name


def _run(server: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _address(server: str, name: str) -> str:
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
