"""A whole `indicube up`: its application and its Redis are killed, stopped and broken.

Files are loaded through the queue and pages are read meanwhile; each file counts once, and no page
mixes two loads.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

import pytest

from server.metadata.session import open_metadata
from tests.chaos.files import chance_of, stalls, till
from tests.chaos.house import MODEL
from tests.chaos.installation import Doors, new_token
from tests.chaos.oracle import Oracle
from tests.chaos.pages import Readers, read_page
from tests.chaos.scale import SEED, scale
from tests.starting import Started, free_port

pytestmark = pytest.mark.harness

STOPPED_SECONDS = (1.0, 7.0)  # shorter and longer than the lease of a job
HARMS = ("kill redis", "kill master", "kill worker", "break worker")
VARIABLES = {
    "INDICUBE_MODELS": str(MODEL),
    "INDICUBE_JOB_LEASE_SECONDS": "5",
    "INDICUBE_JOB_ATTEMPTS": "20",
    "INDICUBE_API_REQUESTS_PER_MINUTE": "1000000",
}


@dataclass(frozen=True)
class Running:
    """A house that was started by its one command."""

    started: Started
    doors: Doors

    def harm(self, what: str) -> None:
        """Do something to one of its processes."""
        with suppress(ProcessLookupError, AssertionError):  # it is being started anew
            match what:
                case "kill redis":
                    os.kill(self.started.redis, signal.SIGKILL)
                case "kill master":
                    os.kill(self.started.master, signal.SIGKILL)
                case "break worker":
                    os.kill(self.started.worker, signal.SIGSEGV)
                case "kill worker":
                    os.kill(self.started.worker, signal.SIGKILL)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("up") / "home"
    with Started(home, port=free_port(), **VARIABLES) as started:
        started.wait_ready()
        with closing(open_metadata(f"sqlite:///{home}/metadata.db")) as metadata:
            redis = (home / "run" / "redis.path").read_text(encoding="utf-8").strip()
            doors = Doors(
                folder=home.parent,
                port=started.port,
                token=new_token(metadata),
                metadata=metadata,
                redis=f"unix://{redis}",
                outputs=lambda: started.output[-3000:],
            )
            yield Running(started, doors)


def test_loads_count_once_whatever_is_killed_and_no_page_mixes_two(house: Running) -> None:
    chance = chance_of(SEED, "house")
    wanted, kills, number = scale().page_reads * 3 // 4, scale().house_kills, 0
    oracle = house.doors.load(stalls(chance), 0, Oracle())
    with Readers(house.doors.port, house.doors.token) as readers:
        while number < kills or len(readers.pages) < wanted:
            number += 1
            is_hit = number <= kills
            timer = threading.Timer(
                chance.uniform(0, 0.3), house.harm, [HARMS[number % len(HARMS)]]
            )
            if is_hit:
                timer.start()
            oracle = house.doors.load(till(chance, 2_000 if is_hit else 24), number, oracle)
            if is_hit:
                timer.join()
                house.started.wait_ready()
    readers.judge(oracle)
    _check(house, oracle)


@pytest.mark.parametrize("seconds", STOPPED_SECONDS)
def test_an_application_that_stood_still_goes_on_as_if_nothing_had_been(
    house: Running, seconds: float
) -> None:
    chance = chance_of(SEED, seconds)
    before = read_page(house.doors.port, house.doors.token)
    worker = house.started.worker
    timers = [
        threading.Timer(0.15, os.kill, [worker, signal.SIGSTOP]),
        threading.Timer(0.15 + seconds, os.kill, [worker, signal.SIGCONT]),
    ]
    for timer in timers:
        timer.start()

    oracle = house.doors.load(till(chance, rows=20_000), int(seconds * 1_000), Oracle())
    for timer in timers:
        timer.join()
    time.sleep(0.5)
    after = read_page(house.doors.port, house.doors.token)
    assert after.takings - before.takings == 20_000
    added = sum(taking.amount for taking in oracle.sent[0][1].takings)
    assert after.amount - before.amount == added


def _check(house: Running, oracle: Oracle) -> None:
    readers = Readers(house.doors.port, house.doors.token)
    readers.pages.append(read_page(house.doors.port, house.doors.token))
    readers.judge(oracle)
    assert readers.pages[0].snapshot == oracle.last
