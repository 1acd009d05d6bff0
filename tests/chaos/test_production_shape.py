"""The shape of production: web, workers, scheduler, ClickHouse, PostgreSQL, Redis, and kills.

Files are loaded and withdrawn while readers read pages and processes are killed: each file counts
once, no page mixes two loads, every export is done once.
"""

import random
import signal
import threading
import time
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

from server.ledger.publish import restore, withdraw
from server.metadata.exports import FUNCTION as EXPORT
from server.metadata.exports import ask_export, find_export
from server.metadata.loads import list_loads, unfinished_loads
from server.metadata.users import named_user
from tests.chaos.exporting import SPEC, amounts_in, amounts_of
from tests.chaos.files import chance_of, stalls, till
from tests.chaos.installation import Installation, production
from tests.chaos.oracle import Oracle
from tests.chaos.pages import Readers, read_page
from tests.chaos.processes import START_SECONDS, Program, has_postgres, stopped
from tests.chaos.scale import SEED, scale
from tests.chaos.story import Kind, make_step
from tests.starting import children

pytestmark = [
    pytest.mark.harness,
    pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed"),
]
# Files are loaded by the queue, whatever is away; withdrawing asks the metadata from here.
KINDS: tuple[Kind, ...] = ("till", "till", "withdraw", "restore", "stalls")
VICTIMS = (
    *("worker", "second worker", "web", "a web process", "scheduler"),
    *("redis", "engine", "postgres"),
)
HANGING = 20.0  # seconds that the metadata server holds still
RESUMED_WITHIN = 60.0  # seconds from the return of what was away


class Told:
    """The oracle that the tests of this file go on with, one after the other."""

    def __init__(self) -> None:
        self.oracle = Oracle()
        self.steps = 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with production(tmp_path_factory.mktemp("production")) as opened:
        yield opened


@pytest.fixture(scope="module")
def told() -> Told:
    return Told()


def test_no_page_mixes_two_loads_while_processes_are_killed(
    house: Installation, told: Told
) -> None:
    chance = chance_of(SEED, "production")
    told.oracle = house.load(stalls(chance), 0, told.oracle)
    wanted, kills = scale().page_reads // 4, scale().house_kills
    with Readers(house.port, house.token) as readers:
        while len(readers.pages) < wanted or kills > 0:
            victim = chance.choice(VICTIMS) if kills > 0 else None
            with _killed(house, victim, chance) if victim else _nothing():
                _step(house, told, ("till",) if victim == "postgres" else KINDS)
            kills -= victim is not None
    readers.judge(told.oracle)
    assert len(readers.pages) >= wanted


@pytest.mark.parametrize(("away", "number"), [("engine", 31_000), ("postgres", 32_000)])
def test_a_load_under_way_resumes_by_itself_when_what_was_killed_is_back(
    house: Installation, told: Told, away: str, number: int
) -> None:
    """Nobody asks again: the queue does it, within a minute; pages say meanwhile what is away."""
    sent = till(chance_of(SEED, away), rows=40_000)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(house.load, sent, number, told.oracle)
        _worker_of(house, f"till.{number}.csv")
        house.programs[away].kill()
        # What a process keeps in memory it may show without the engine: none is asked for twice.
        said = [_asked_while_away(house, since=2000 + turn) for turn in range(5)]
        house.programs[away].start()
        back = time.monotonic()
        told.oracle = loading.result()
        took = time.monotonic() - back

    assert {status for status, _ in said} == {503}
    assert sorted(seconds for _, seconds in said)[2] < 2
    assert took < RESUMED_WITHIN
    _check(house, told.oracle)


def test_a_load_under_way_goes_on_when_the_metadata_have_hung(
    house: Installation, told: Told
) -> None:
    """The server holds still: no page waits for it, and nobody asks for the load again."""
    sent = till(chance_of(SEED, "hanging"), rows=40_000)
    _wait_for_pages(house)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(house.load, sent, 33_000, told.oracle)
        _worker_of(house, "till.33000.csv")
        with stopped(house.programs["postgres"]):
            said = _asked_for(house, HANGING)
        back = time.monotonic()
        told.oracle = loading.result()
        took = time.monotonic() - back

    assert {status for status, _ in said} == {503}
    assert max(seconds for _, seconds in said) < 2
    assert sum(seconds for _, seconds in said) < HANGING / 2  # most of them are told at once
    assert took < RESUMED_WITHIN
    _check(house, told.oracle)


def test_every_export_is_done_once_while_workers_are_killed(
    house: Installation, told: Told
) -> None:
    chance = chance_of(SEED, "exports")
    asked = [_ask_export(house, number) for number in range(6)]
    for victim in ("worker", "second worker"):
        time.sleep(chance.uniform(0, 0.5))
        house.programs[victim].kill_and_start()
    told.oracle = house.load(till(chance), 10_000, told.oracle)

    for export in asked:
        assert house.wait(export).state == "done"
        with house.metadata.read() as session:
            made = find_export(session, export)
        files = list((house.folder / "home" / "exports").glob(f"{export}.*"))
        assert [path.name for path in files if path.suffix != ".tmp"] == [made.file_name]
        assert amounts_in(files[0]) == amounts_of(told.oracle, made.snapshot)


def test_two_workers_with_one_file_publish_it_once(house: Installation, told: Told) -> None:
    sent = till(chance_of(SEED, "twice"))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(house.load, sent, number, told.oracle) for number in (20_000, 20_001)]
        after = {job.result().sent[-1][0] for job in both}

    assert len(after) == 1
    told.oracle = both[0].result()
    _check(house, told.oracle)


def test_a_worker_that_is_stopped_too_long_does_not_publish_twice(
    house: Installation, told: Told
) -> None:
    """Its job goes to the other worker when its lease has run out; then it wakes up."""
    sent = till(chance_of(SEED, "stopped"), rows=60_000)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(house.load, sent, 30_000, told.oracle)
        stopped = _worker_of(house, "till.30000.csv")
        stopped.send(signal.SIGSTOP)
        told.oracle = loading.result()
    stopped.send(signal.SIGCONT)
    time.sleep(1)

    _check(house, told.oracle)
    with house.metadata.read() as session:
        loads = [load for load in list_loads(session) if load.source == "till.30000.csv"]
    assert [load.state for load in loads].count("published") == 1
    assert len(loads) == 2


def _worker_of(house: Installation, source: str) -> Program:
    """The worker that has begun to load a file."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with house.metadata.read() as session:
            owners = [load.owner for load in unfinished_loads(session) if load.source == source]
        for name in ("worker", "second worker"):
            if owners and owners[0].split(":")[1] == str(house.programs[name].pid):
                return house.programs[name]
    raise AssertionError("nobody loads it")


def _asked_while_away(house: Installation, since: int | None = None) -> tuple[int, float]:
    """How a page answers while something is away: its status and its seconds."""
    began = time.monotonic()
    try:
        read_page(house.port, house.token, since)
    except urllib.error.HTTPError as error:
        return error.code, time.monotonic() - began
    return 200, time.monotonic() - began


def _wait_for_pages(house: Installation) -> None:
    """Until both processes of the web server are up, on however slow a machine."""
    answered, over = 0, time.monotonic() + START_SECONDS
    while answered < 10:
        assert time.monotonic() < over, house.outputs()
        with suppress(OSError):
            read_page(house.port, house.token)
            answered += 1
            time.sleep(0.2)


def _asked_for(house: Installation, seconds: float) -> list[tuple[int, float]]:
    """How pages answer for so long."""
    said: list[tuple[int, float]] = []
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        said.append(_asked_while_away(house))
        time.sleep(0.2)
    return said


def _step(house: Installation, told: Told, kinds: tuple[Kind, ...]) -> None:
    told.steps += 1
    kind = chance_of(SEED, told.steps).choice(kinds)
    step = make_step(SEED, told.steps, kind, told.oracle)
    if step.load is None:
        assert step.sent is not None
        told.oracle = house.load(step.sent, told.steps, told.oracle)
        return
    change = restore if step.kind == "restore" else withdraw
    number = change(house.metadata, step.load, "ann", "a story", datetime.now(UTC))
    told.oracle = told.oracle.changed(step.load, number, is_shown=step.kind == "restore")


@contextmanager
def _killed(house: Installation, victim: str, chance: random.Random) -> Iterator[None]:
    """Somebody is killed at a random moment while the block runs, and started anew."""
    timer = threading.Timer(chance.uniform(0, 0.5), _kill, [house, victim])
    timer.start()
    yield
    timer.join()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _kill(house: Installation, victim: str) -> None:
    if victim != "a web process":
        house.programs[victim].kill_and_start(wait=False)
        return
    web = house.programs["web"]
    serving = children(web.pid)
    if serving:
        web.send_to_child(serving[0], signal.SIGKILL)


def _ask_export(house: Installation, number: int) -> str:
    with house.metadata.write() as session:
        export = ask_export(
            session,
            user=named_user(session, "ana").id,
            by="ana",
            spec=SPEC.as_mapping(),
            file_format=SPEC.format,
            title=f"number {number}",
            now=datetime.now(UTC),
        ).id
    house.ring(EXPORT, export)
    return export


def _check(house: Installation, oracle: Oracle) -> None:
    assert [name for name, program in house.programs.items() if not program.is_running] == []
    readers = Readers(house.port, house.token)
    readers.pages.append(read_page(house.port, house.token))
    readers.judge(oracle)
    assert readers.pages[0].snapshot == oracle.last
