"""Undoing an upsert: what it would move is worked out by a job, so that looking writes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from loaders.changing import change_of_job
from loaders.foreseeing import foresight_of_job
from loaders.job import answer
from server.metadata.jobs import Job, list_jobs
from server.metadata.loads import find_load
from server.metadata.tables import BatchRow
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of
from tests.web.people import OPS, Browser, settle_people
from tests.web.screens import found_in, screen, texts, words
from web.app import create_app


def state(runtime: Runtime, number: int) -> str:
    """How a load stands."""
    with runtime.metadata.read() as reading:
        return find_load(reading, number).state


def as_upsert(specification: str) -> str:
    """The departures as rows that are told apart by a key, all in two buckets a month."""
    return specification.replace(
        'mode = "replace"\nscope = ["month(day)"]',
        'mode = "upsert"\nbuckets = 2\n'
        'key = ["day", "carrier", "flight", "origin", "scheduled_departure"]',
    ).replace("[cover]\nfile_name = 'departures_(?P<month>\\d{4}-\\d{2})\\.(?:csv|parquet)'\n", "")


@contextmanager
def upserted(home: Path) -> Iterator[tuple[Runtime, Browser]]:
    """Load 4 brings a day; load 5 replaces a row of it, load 6 another one."""
    with few_flights(home, as_upsert) as runtime:
        day = rows_of(1, 1)
        load_departures(runtime, "day.csv", day)
        for number in (0, 1):
            fields = day[number].split(",")
            fields[5] = "600"  # minutes late
            load_departures(runtime, f"late {number}.csv", [",".join(fields)])
        settle_people(runtime)
        browser = Browser(create_app(runtime))
        browser.sign_in(OPS)
        yield runtime, browser


def latest(runtime: Runtime, function: str) -> Job:
    """The latest job of a kind."""
    with runtime.metadata.read() as reading:
        return list_jobs(reading, 1, function)[0]


FORESIGHT = "loaders.foreseeing.run_foresight"


def test_looking_at_an_upserts_undoing_writes_nothing_and_a_job_works_it_out(
    tmp_path: Path,
) -> None:
    with upserted(tmp_path) as (runtime, browser):
        path = "/loads/5/change/withdraw"

        def kept() -> tuple[int, int]:
            with runtime.metadata.read() as reading:
                batches = reading.execute(select(func.count()).select_from(BatchRow)).scalar_one()
                return batches, len(list_jobs(reading, 99))

        before = kept()
        page = screen(browser.get(path))
        assert "Later loads changed the same rows" in words(found_in(page, "#moved")[0])
        assert kept() == before
        for _ in range(2):  # a second click asks for nothing more
            assert browser.post(f"{path}/look").location == path
        assert kept() == (before[0], before[1] + 1)
        page = screen(browser.get(path))
        assert "Waiting for its turn" in words(found_in(page, "#looking")[0])

        answer(runtime, latest(runtime, FORESIGHT).id, foresight_of_job)
        assert latest(runtime, FORESIGHT).state == "done"
        built = kept()
        (line,) = [
            [words(cell) for cell in row]
            for row in found_in(screen(browser.get(path)), "#moved tr")
            if words(row).startswith("Minutes of departure delay")
        ]
        was = int(rows_of(1, 1)[0].split(",")[5])
        before_text, after_text = (int(text.replace(",", "")) for text in line[2:4])
        assert after_text - before_text == was - 600
        assert kept() == built

        done = browser.post(path, reason="a wrong row")
        assert done.location == "/loads/5?done=withdraw"
        assert state(runtime, 5) == "withdrawn"  # at once: what was built is taken


def test_working_it_out_can_be_stopped_and_tried_again(tmp_path: Path) -> None:
    with upserted(tmp_path) as (runtime, browser):
        path = "/loads/5/change/withdraw"
        browser.post(f"{path}/look")
        browser.post(f"{path}/leave")
        stopped = latest(runtime, FORESIGHT)
        assert stopped.state == "cancelled"
        answer(runtime, stopped.id, foresight_of_job)  # a ring that comes too late
        page = screen(browser.get(path))
        assert ("It was stopped." in words(page), texts(page, "#look")) == (True, ["Try again"])

        browser.post(f"{path}/look")
        late = replace(runtime, clock=iter_clock(timedelta(minutes=3)))
        answer(late, latest(runtime, FORESIGHT).id, foresight_of_job)
        failed = latest(runtime, FORESIGHT)
        assert (failed.state, failed.error_code) == ("failed", "too_long")
        page = screen(browser.get(path))
        assert "not worked out within 5 minutes" in words(page)
        assert state(runtime, 5) == "published"


def iter_clock(step: timedelta) -> Callable[[], datetime]:
    """A clock that goes on by a step whenever somebody looks at it."""
    moments = count()
    start = datetime.now(UTC)
    return lambda: start + next(moments) * step


def test_an_upsert_is_withdrawn_by_a_job_when_nobody_looked_before(tmp_path: Path) -> None:
    with upserted(tmp_path) as (runtime, browser):
        done = browser.post("/loads/5/change/withdraw", reason="a wrong row")
        assert (done.status_code, state(runtime, 5)) == (303, "published")
        other = browser.post("/loads/5/change/withdraw", reason="another reason")
        assert (other.status_code, "already" in other.text) == (409, True)
        answer(runtime, latest(runtime, "loaders.changing.run_change").id, change_of_job)

        page = screen(browser.get(done.location))
        assert texts(page, ".notice span") == [
            "The load is withdrawn: nobody sees its rows any more."
        ]
        assert state(runtime, 5) == "withdrawn"
