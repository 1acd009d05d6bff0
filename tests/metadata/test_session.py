"""The metadata database: sessions that read, sessions that write, the schema."""

import importlib
import os
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc, select, text

import server.metadata
from server.access import Role
from server.errors import NoRoom, SettingsError
from server.metadata.counters import current_number, next_number
from server.metadata.jobs import create_job
from server.metadata.session import Metadata, open_metadata
from server.metadata.tables import JobRow, Table
from server.metadata.users import create_user, list_users
from tests.stores import Clock

only_sqlite = pytest.mark.skipif(
    "INDICUBE_TEST_DATABASE" in os.environ, reason="asks about SQLite itself"
)


def test_the_migrations_make_exactly_the_mapped_tables(metadata: Metadata) -> None:
    for module in pkgutil.iter_modules(server.metadata.__path__):
        importlib.import_module(f"server.metadata.{module.name}")  # tables register themselves
    for module in iter_modules(server.metadata.__path__):  # each may hold mapped classes
        import_module(f"server.metadata.{module.name}")

    with metadata.read() as session:
        context = MigrationContext.configure(session.connection())

        assert compare_metadata(context, Table.metadata) == []


def test_migrating_twice_changes_nothing(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        create_user(session, "alice", Role.VIEWER, clock())

    metadata.migrate()

    with metadata.read() as session:
        assert [user.name for user in list_users(session)] == ["alice"]


def test_a_read_session_cannot_write(metadata: Metadata, clock: Clock) -> None:
    with (
        metadata.read() as session,
        pytest.raises((exc.OperationalError, exc.InternalError), match=r"readonly|read-only"),
    ):
        create_user(session, "alice", Role.VIEWER, clock())


def test_a_read_session_leaves_the_next_write_alone(metadata: Metadata, clock: Clock) -> None:
    with metadata.read() as session:
        assert list_users(session) == ()
    with metadata.write() as session:
        create_user(session, "alice", Role.VIEWER, clock())
    with metadata.read() as session:
        assert len(list_users(session)) == 1


@only_sqlite
def test_a_full_disk_is_said_and_nothing_is_written(metadata: Metadata, clock: Clock) -> None:
    """The file may not grow by a page, as on a disk without room."""
    with pytest.raises(NoRoom, match="of the metadata is full"), metadata.write() as session:  # noqa: PT012
        session.execute(text("PRAGMA max_page_count = 1"))  # it never becomes less than there are
        for number in range(2_000):
            create_job(session, "loaders.job.run_load", {"file": "x" * 500}, f"p{number}", clock())

    with metadata.read() as session:
        assert session.scalars(select(JobRow.id)).all() == []


def test_a_write_that_raises_leaves_nothing(metadata: Metadata, clock: Clock) -> None:
    with pytest.raises(RuntimeError), metadata.write() as session:  # noqa: PT012
        create_user(session, "alice", Role.VIEWER, clock())
        raise RuntimeError

    with metadata.read() as session:
        assert list_users(session) == ()


def test_a_read_session_sees_one_state_throughout(metadata: Metadata, clock: Clock) -> None:
    with metadata.read() as reading:
        before = len(list_users(reading))
        with metadata.write() as session:
            create_user(session, "alice", Role.VIEWER, clock())

        assert len(list_users(reading)) == before


def test_four_writers_at_once_lose_nothing(metadata: Metadata, clock: Clock) -> None:
    now = clock()

    def write(_turn: int) -> None:
        with metadata.write() as session:
            next_number(session, "batch")
            create_job(session, "f", {}, "alice", now)

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(100)))  # raises whatever a writer raised

    with metadata.read() as session:
        assert current_number(session, "batch") == 100
        assert len(session.scalars(select(JobRow)).all()) == 100


def test_a_moment_without_a_zone_is_refused(metadata: Metadata) -> None:
    with pytest.raises(exc.StatementError, match="no time zone"), metadata.write() as session:
        create_job(session, "f", {}, "alice", datetime(2026, 3, 2))  # noqa: DTZ001


@only_sqlite
def test_sqlite_writes_ahead_and_syncs_fully(metadata: Metadata) -> None:
    with metadata.write() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:secret@h/d", "sqlite://"])
def test_another_database_is_refused_with_what_is_allowed(url: str) -> None:
    with pytest.raises(SettingsError, match="postgresql") as refused:
        open_metadata(url)

    assert "secret" not in refused.value.message


@only_sqlite
def test_opening_makes_the_folder(tmp_path: Path) -> None:
    metadata = open_metadata(f"sqlite:///{tmp_path}/deep/er/metadata.db")
    metadata.migrate()
    metadata.close()

    assert (tmp_path / "deep/er/metadata.db").exists()
