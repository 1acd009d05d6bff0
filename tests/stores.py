"""Real stores and metadata for tests: one engine per process, a database for each test.

The engine in this process can open one folder in its life, so all tests share one; each store that
`new_store` opens has a database of its own. Metadata are SQLite files, or a schema of their own in
the PostgreSQL that INDICUBE_TEST_DATABASE names.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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
    """Migrated metadata: a SQLite file in the folder, or a schema in the given PostgreSQL."""
    server = os.environ.get("INDICUBE_TEST_DATABASE")
    with _schema(server) if server else _file(folder) as url:
        metadata = open_metadata(url)
        try:
            metadata.migrate()
            yield metadata
        finally:
            metadata.close()


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/metadata.db"


@contextmanager
def _schema(server: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(server)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        url = sqlalchemy.make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    finally:
        engine.dispose()
