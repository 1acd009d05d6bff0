"""The load job: claimed, kept alive, ended once; its row tells the truth."""

import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from loaders.context import LoadContext
from loaders.job import answer
from loaders.load import Progress
from server.errors import LoadHeld
from server.metadata.jobs import Job, cancel_job, claim_job, create_job, find_job

if TYPE_CHECKING:
    from server.runtime import Runtime


@pytest.fixture
def runtime(context: LoadContext) -> "Runtime":
    """The parts of a runtime that a job's frame needs."""
    return _parts(context, context.settings)


def _parts(context: LoadContext, settings: Any) -> "Runtime":
    parts = SimpleNamespace(
        metadata=context.metadata, store=context.store, settings=settings, clock=context.clock
    )
    return cast("Runtime", parts)


@pytest.fixture
def job(context: LoadContext) -> Job:
    with context.metadata.write() as session:
        return create_job(
            session, "loaders.job.run_load", {"name": "sales"}, "ann", context.clock()
        )


def ended(runtime: "Runtime", job: Job) -> Job:
    with runtime.metadata.read() as session:
        return find_job(session, job.id)


def test_a_job_that_is_done_keeps_its_result_and_progress(runtime: "Runtime", job: Job) -> None:
    def work(_runtime: "Runtime", taken: Job, progress: Progress) -> Mapping[str, Any]:
        progress(3, 10)
        return {"name": taken.arguments["name"]}

    answer(runtime, job.id, work)

    found = ended(runtime, job)
    assert (found.state, found.result) == ("done", {"name": "sales"})
    assert (found.done, found.expected, found.attempt) == (3, 10, 1)


def test_an_expected_failure_is_written_down_and_not_raised(runtime: "Runtime", job: Job) -> None:
    def work(*_: object) -> Mapping[str, Any]:
        raise LoadHeld("too many rows are wrong")

    answer(runtime, job.id, work)

    found = ended(runtime, job)
    assert (found.state, found.error, found.exit_code) == ("failed", "too many rows are wrong", 3)


def test_an_unexpected_failure_is_written_down_and_raised(runtime: "Runtime", job: Job) -> None:
    def work(*_: object) -> Mapping[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(runtime, job.id, work)

    assert ended(runtime, job).error_code == "unexpected"


def test_a_cancelled_job_stops_at_its_next_sign_of_life(runtime: "Runtime", job: Job) -> None:
    went_on = False

    def work(_runtime: "Runtime", taken: Job, progress: Progress) -> Mapping[str, Any]:
        nonlocal went_on
        with runtime.metadata.write() as session:
            cancel_job(session, taken.id, runtime.clock())
        progress(1, 2)
        went_on = True
        return {}

    answer(runtime, job.id, work)

    assert not went_on
    assert ended(runtime, job).state == "cancelled"


def test_a_job_that_another_worker_has_is_left_to_it(runtime: "Runtime", job: Job) -> None:
    with runtime.metadata.write() as session:
        claim_job(session, job.id, runtime.clock())

    def work(*_: object) -> Mapping[str, Any]:
        raise AssertionError("the work was done twice")

    answer(runtime, job.id, work)

    assert ended(runtime, job).state == "running"


def test_a_silent_job_is_kept_alive_by_its_heartbeat(context: LoadContext, job: Job) -> None:
    settings = SimpleNamespace(job_lease_seconds=0.2)
    runtime = _parts(context, settings)

    def work(_runtime: "Runtime", taken: Job, _progress: Progress) -> Mapping[str, Any]:
        first = ended(runtime, taken).lease_until
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            renewed = ended(runtime, taken).lease_until
            if renewed != first:
                return {"renewed": True}
            time.sleep(0.02)
        return {"renewed": False}

    answer(runtime, job.id, work)

    assert ended(runtime, job).result == {"renewed": True}
