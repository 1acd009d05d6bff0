"""The scheduler: jobs that lost their worker or their ring come back, nights are tidied once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from server import scheduler
from server.errors import QueueAway
from server.metadata.jobs import claim_job, create_job, find_job
from server.metadata.session import Metadata
from server.scheduler import is_due, ring_again
from server.settings import Settings
from tests.stores import new_metadata

if TYPE_CHECKING:
    from server.runtime import Runtime

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FUNCTION = "loaders.job.run_load"


@dataclass
class RememberingQueue:
    """Keeps the rings; away when it is told so."""

    rings: list[tuple[str, str]] = field(default_factory=list)
    is_away: bool = False

    def enqueue(self, function: str, job_id: str) -> None:
        if self.is_away:
            raise QueueAway("Redis does not answer")
        self.rings.append((function, job_id))


@dataclass
class House:
    """As much of a runtime as the scheduler's step takes."""

    metadata: Metadata
    settings: Settings
    store: object = None
    queue: RememberingQueue = field(default_factory=RememberingQueue)
    now: datetime = NOON

    def clock(self) -> datetime:
        return self.now

    def ring_again(self) -> list[tuple[str, str]]:
        self.queue.rings.clear()
        ring_again(cast("Runtime", self))
        return self.queue.rings

    def new_job(self) -> str:
        with self.metadata.write() as session:
            return create_job(session, FUNCTION, {}, "alice", self.now).id

    def claim(self, job_id: str) -> None:
        with self.metadata.write() as session:
            assert claim_job(session, job_id, self.now) is not None

    def state_of(self, job_id: str) -> tuple[str, int]:
        with self.metadata.read() as session:
            job = find_job(session, job_id)
        return job.state, job.attempt


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with new_metadata(tmp_path) as metadata:
        yield House(metadata, Settings.from_environment({"INDICUBE_HOME": str(tmp_path)}))


def test_a_queued_job_is_rung_for_although_its_ring_was_lost(house: House) -> None:
    job = house.new_job()

    assert house.ring_again() == [(FUNCTION, job)]


def test_a_running_job_is_left_alone_while_its_lease_lasts(house: House) -> None:
    job = house.new_job()
    house.claim(job)
    house.now += timedelta(seconds=59)

    assert house.ring_again() == []
    assert house.state_of(job) == ("running", 1)


def test_a_job_whose_worker_died_is_queued_and_rung_for(house: House) -> None:
    job = house.new_job()
    house.claim(job)
    house.now += timedelta(seconds=61)

    assert house.ring_again() == [(FUNCTION, job)]
    assert house.state_of(job) == ("queued", 1)


def test_a_job_that_killed_its_worker_three_times_has_failed(house: House) -> None:
    job = house.new_job()
    for _ in range(3):
        house.claim(job)
        house.now += timedelta(seconds=61)
        house.ring_again()

    assert house.ring_again() == []
    assert house.state_of(job) == ("failed", 3)


def test_a_queue_that_is_away_costs_no_job(house: House) -> None:
    job = house.new_job()
    house.queue.is_away = True
    assert house.ring_again() == []
    house.queue.is_away = False

    assert house.ring_again() == [(FUNCTION, job)]


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (datetime(2026, 3, 1, 2, 59, tzinfo=UTC), date(2026, 2, 28), False),
        (datetime(2026, 3, 1, 3, 0, tzinfo=UTC), date(2026, 2, 28), True),
        (datetime(2026, 3, 1, 3, 0, tzinfo=UTC), date(2026, 3, 1), False),
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2026, 2, 28), True),
        (datetime(2026, 3, 1, 3, 0, tzinfo=UTC), None, True),
    ],
)
def test_the_nightly_step_is_due_once_from_its_hour_on(
    now: datetime, last: date | None, due: bool
) -> None:
    assert is_due(now, last, hour=3) is due


def test_a_step_of_the_night_that_fails_keeps_no_other_from_being_done(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def fail(*_parts: object) -> None:
        raise OSError("a file that cannot be removed")

    monkeypatch.setattr(scheduler, "sweep", fail)
    for step in ("recover_loads", "clear_spool", "purge_nightly", "look_at_facts"):
        monkeypatch.setattr(scheduler, step, lambda *_parts, name=step: done.append(name))
    for step in ("ring_again", "keep_exports", "keep_ledger"):
        monkeypatch.setattr(scheduler, step, lambda *_parts: None)

    one = scheduler.Scheduler(cast("Runtime", house))
    one.start()
    assert one.stop()

    assert done == ["recover_loads", "clear_spool", "purge_nightly", "look_at_facts"]
