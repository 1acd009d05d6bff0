"""Jobs: claimed once, kept by a lease, taken over when their worker dies, ended once."""

from datetime import timedelta

import pytest

from server.errors import Conflict, LoadHeld, NotFound
from server.metadata.jobs import (
    LEASE,
    Job,
    cancel_job,
    claim_job,
    count_open_jobs,
    create_job,
    fail_job,
    find_job,
    finish_job,
    list_jobs,
    reclaim_jobs,
    renew_lease,
)
from server.metadata.session import Metadata
from tests.stores import Clock


@pytest.fixture
def job(metadata: Metadata, clock: Clock) -> Job:
    with metadata.write() as session:
        return create_job(session, "loaders.job.run_load", {"name": "weather"}, "ann", clock())


def test_a_job_is_claimed_by_one_worker(metadata: Metadata, clock: Clock, job: Job) -> None:
    with metadata.write() as session:
        mine = claim_job(session, job.id, clock())
        other = claim_job(session, job.id, clock())

    assert mine is not None
    assert (mine.state, mine.attempt, mine.arguments) == ("running", 1, {"name": "weather"})
    assert other is None


def test_an_expired_lease_lets_another_worker_in(
    metadata: Metadata, clock: Clock, job: Job
) -> None:
    start = clock.now
    with metadata.write() as session:
        first = claim_job(session, job.id, start)
        second = claim_job(session, job.id, start + LEASE + timedelta(seconds=1))
        assert first is not None
        assert second is not None
        assert second.attempt == 2

        with pytest.raises(Conflict):
            finish_job(session, first, {"rows": 1}, clock())
        finish_job(session, second, {"rows": 2}, clock())

        assert find_job(session, job.id).result == {"rows": 2}


def test_a_sign_of_life_keeps_the_job(metadata: Metadata, clock: Clock, job: Job) -> None:
    start = clock.now
    with metadata.write() as session:
        mine = claim_job(session, job.id, start)
        assert mine is not None
        renew_lease(session, mine, start + LEASE / 2, done=10, expected=40, doing="weather")
        renew_lease(session, mine, start + LEASE / 2, done=20)

        assert claim_job(session, job.id, start + LEASE + LEASE / 4) is None
        kept = find_job(session, job.id)
        assert (kept.done, kept.expected, kept.doing) == (20, 40, "weather")


def test_a_failed_job_says_why_and_how_to_exit(metadata: Metadata, clock: Clock, job: Job) -> None:
    with metadata.write() as session:
        mine = claim_job(session, job.id, clock())
        assert mine is not None
        fail_job(session, mine, LoadHeld("too many rows are wrong"), clock())
        failed = find_job(session, job.id)

    assert (failed.state, failed.error, failed.error_code) == (
        "failed",
        "too many rows are wrong",
        "load_held",
    )
    assert failed.exit_code == 3
    assert not failed.is_open


def test_an_unexpected_error_is_told_with_its_kind(
    metadata: Metadata, clock: Clock, job: Job
) -> None:
    with metadata.write() as session:
        mine = claim_job(session, job.id, clock())
        assert mine is not None
        fail_job(session, mine, ZeroDivisionError("by nought"), clock())
        failed = find_job(session, job.id)

    assert (failed.error_code, failed.error, failed.exit_code) == (
        "unexpected",
        "ZeroDivisionError: by nought",
        1,
    )


def test_a_cancelled_job_cannot_be_claimed_or_finished(
    metadata: Metadata, clock: Clock, job: Job
) -> None:
    with metadata.write() as session:
        mine = claim_job(session, job.id, clock())
        assert mine is not None
        assert cancel_job(session, job.id, clock())
        assert not cancel_job(session, job.id, clock())
        assert claim_job(session, job.id, clock()) is None

        with pytest.raises(Conflict, match="cancelled"):
            renew_lease(session, mine, clock())


def test_jobs_of_dead_workers_are_queued_again_until_they_are_given_up(
    metadata: Metadata, clock: Clock, job: Job
) -> None:
    moment = clock.now
    with metadata.write() as session:
        for attempt in (1, 2, 3):
            claimed = claim_job(session, job.id, moment)
            assert claimed is not None
            assert claimed.attempt == attempt
            assert reclaim_jobs(session, moment) == []  # the lease still runs
            moment += LEASE + timedelta(seconds=1)
            waiting = reclaim_jobs(session, moment)
            assert list(waiting) == ([job.id] if attempt < 3 else [])
        given_up = find_job(session, job.id)

    assert (given_up.state, given_up.error_code) == ("failed", "abandoned")


def test_jobs_are_listed_newest_first_and_counted(
    metadata: Metadata, clock: Clock, job: Job
) -> None:
    with metadata.write() as session:
        later = create_job(session, "loaders.sample.run_sample", {}, "ann", clock())
        mine = claim_job(session, job.id, clock())
        assert mine is not None
        finish_job(session, mine, {}, clock())

        assert [each.id for each in list_jobs(session)] == [later.id, job.id]
        assert [each.id for each in list_jobs(session, function=job.function)] == [job.id]
        assert count_open_jobs(session) == 1


def test_an_unknown_job_is_not_found(metadata: Metadata) -> None:
    with metadata.read() as session, pytest.raises(NotFound, match="'nothing'"):
        find_job(session, "nothing")
