"""The metadata are away: every page says so within two seconds; all goes on when they are back."""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from threading import Timer
from typing import Any

import pytest

from loaders.job import answer, load_of_job
from loaders.load import Progress
from server.metadata.jobs import Job, create_job, find_job, reclaim_jobs
from server.runtime import Runtime
from tests.chaos.processes import Postgres, has_postgres, postgres, stopped
from tests.few_flights import few_flights, header, load_departures, rows_of
from tests.web.people import ADMIN, Browser, settle_people
from web.app import create_app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed"),
]
PAGES = (
    "/",
    "/scorecards/punctuality?period=2013-01",
    "/slice/departures?rows=origin:origin&value=flights",
    "/loads",
    "/loads/4",
    "/account",
    "/sign-in",
)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Postgres, str]]:
    with postgres() as started:
        yield started


@pytest.fixture(scope="module")
def distant(
    tmp_path_factory: pytest.TempPathFactory, server: tuple[Postgres, str]
) -> Iterator[Runtime]:
    """A runtime over that server, with a day of January in load 4."""
    home = tmp_path_factory.mktemp("distant")
    with few_flights(home, INDICUBE_DATABASE=server[1], INDICUBE_JOB_LEASE_SECONDS="5") as runtime:
        load_departures(runtime, "january.csv", rows_of(1, 1))
        settle_people(runtime)
        yield runtime


@pytest.fixture(scope="module")
def browser(distant: Runtime) -> Browser:
    """An administrator's browser."""
    found = Browser(create_app(distant))
    found.sign_in(ADMIN)
    return found


def test_every_page_says_so_within_two_seconds(
    browser: Browser, server: tuple[Postgres, str]
) -> None:
    before = {path: browser.get(path).status_code for path in PAGES}
    assert browser.get("/loads").status_code == 200  # whom it admits is held in memory now
    server[0].kill()
    try:
        for path in (*PAGES, "/api/v1/cubes"):
            began = time.monotonic()
            told = browser.get(path, Authorization="Bearer icb_something")
            if path == "/sign-in" and told.status_code == before[path]:
                continue  # it needs nothing but its form
            assert (path, told.status_code, time.monotonic() - began < 2) == (path, 503, True)
            assert "records of Indicube cannot be reached" in told.text
            assert told.headers["Retry-After"] == "5"
        ready = Browser(browser.client.application).get("/readyz")
        assert (ready.status_code, ready.get_json()["away"]) == (503, ["metadata", "queue"])
    finally:
        server[0].start()

    _until_ready(browser)
    assert {path: browser.get(path).status_code for path in PAGES} == before


@pytest.mark.parametrize(("month", "seconds"), [(3, 1.0), (4, 6.0)])
def test_a_job_that_the_server_dies_under_waits_and_is_done_afterwards(
    distant: Runtime, browser: Browser, server: tuple[Postgres, str], month: int, seconds: float
) -> None:
    """Away for less than the lease, the job is put back; away for longer, its lease runs out."""
    path = distant.settings.home / f"{month}.csv"
    path.write_text(header() + "".join(rows_of(month, 1)), "utf-8")
    arguments = {"name": "departures", "file": str(path)}
    with distant.metadata.write() as session:
        job = create_job(session, "loaders.job.run_load", arguments, "olga", distant.clock())
    back = Timer(seconds, server[0].start)

    def dies(runtime: Runtime, asked: Job, progress: Progress) -> Mapping[str, Any]:
        server[0].kill()
        back.start()
        return load_of_job(runtime, asked, progress)

    answer(distant, job.id, dies)
    back.join()
    _until_ready(browser)
    with distant.metadata.write() as session:
        left = find_job(session, job.id)
        later = distant.clock() + timedelta(seconds=distant.settings.job_lease_seconds + 1)
        assert reclaim_jobs(session, later) == [job.id]
    assert (left.state, left.error) == ("queued" if seconds < 5 else "running", None)

    answer(distant, job.id, load_of_job)
    with distant.metadata.read() as session:
        assert find_job(session, job.id).state == "done"


def _until_ready(browser: Browser) -> None:
    """It listens before it has read its log again."""
    deadline, nobody = time.monotonic() + 10, Browser(browser.client.application)
    while "metadata" in nobody.get("/readyz").get_json()["away"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_that_hangs_is_not_waited_for(
    browser: Browser, distant: Runtime, server: tuple[Postgres, str]
) -> None:
    """Whoever waits already is told within two seconds, whoever comes then at once."""
    before = {path: browser.get(path).status_code for path in PAGES}
    distant.metadata.watch()
    with stopped(server[0]):
        for path in PAGES:
            began = time.monotonic()
            told = browser.get(path)
            if path == "/sign-in" and told.status_code == before[path]:
                continue
            assert (path, told.status_code, time.monotonic() - began < 2) == (path, 503, True)
            assert "records of Indicube cannot be reached" in told.text
    _until_ready(browser)
    assert {path: browser.get(path).status_code for path in PAGES} == before


def test_a_job_that_the_server_hangs_under_is_done_when_it_goes_on(
    distant: Runtime, browser: Browser, server: tuple[Postgres, str]
) -> None:
    path = distant.settings.home / "hang.csv"
    path.write_text(header() + "".join(rows_of(5, 1)), "utf-8")
    arguments = {"name": "departures", "file": str(path)}
    with distant.metadata.write() as session:
        job = create_job(session, "loaders.job.run_load", arguments, "olga", distant.clock())
    hang = stopped(server[0])

    def hangs(runtime: Runtime, asked: Job, progress: Progress) -> Mapping[str, Any]:
        hang.__enter__()
        Timer(3, hang.__exit__, [None, None, None]).start()
        return load_of_job(runtime, asked, progress)

    answer(distant, job.id, hangs)
    _until_ready(browser)
    with distant.metadata.write() as session:
        if find_job(session, job.id).state == "running":
            later = distant.clock() + timedelta(seconds=distant.settings.job_lease_seconds + 1)
            assert reclaim_jobs(session, later) == [job.id]
    answer(distant, job.id, load_of_job)

    with distant.metadata.read() as session:
        assert find_job(session, job.id).state == "done"
