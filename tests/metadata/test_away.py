"""A metadata server that is killed: whoever asks learns that it is away, and goes on afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.errors import MetadataAway
from server.metadata.jobs import create_job, find_job, list_jobs
from server.metadata.session import Metadata, open_metadata
from tests.chaos.processes import Postgres, has_postgres, postgres

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed"),
]
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Postgres, str]]:
    with postgres() as started:
        yield started


@pytest.fixture
def metadata(server: tuple[Postgres, str]) -> Iterator[Metadata]:
    opened = open_metadata(server[1])
    opened.migrate()
    yield opened
    opened.close()


def test_a_server_that_is_not_there_is_away_for_readers_and_writers(
    server: tuple[Postgres, str], metadata: Metadata
) -> None:
    with metadata.write() as session:
        job = create_job(session, "f", {}, "ann", NOW)
    server[0].kill()
    try:
        for door in (metadata.read, metadata.write):
            with pytest.raises(MetadataAway, match="cannot be reached"), door() as session:
                find_job(session, job.id)
    finally:
        server[0].start()

    _wait_until_it_answers(metadata)
    with metadata.read() as session:
        assert find_job(session, job.id) == job


def test_a_write_that_the_server_dies_under_is_away_and_leaves_nothing(
    server: tuple[Postgres, str], metadata: Metadata
) -> None:
    def begin_and_lose() -> None:
        with metadata.write() as session:
            create_job(session, "unfinished", {}, "ann", NOW)
            server[0].kill_and_start()

    with pytest.raises(MetadataAway):
        begin_and_lose()

    _wait_until_it_answers(metadata)
    with metadata.read() as session:
        assert "unfinished" not in {job.function for job in list_jobs(session)}


def test_a_statement_that_the_server_refuses_does_not_mean_that_it_is_away(
    metadata: Metadata,
) -> None:
    with pytest.raises(DBAPIError), metadata.read() as session:
        session.execute(text("SELECT nothing FROM nowhere"))


def _wait_until_it_answers(metadata: Metadata) -> None:
    """It listens before it has read its log again."""
    for _ in range(1_000):
        try:
            with metadata.read() as session:
                session.execute(text("SELECT pg_sleep(0.01)"))
        except MetadataAway:
            continue
        return
    raise AssertionError("it does not come back")
