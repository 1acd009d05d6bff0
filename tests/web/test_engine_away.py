"""The facts are away: every page says so within two seconds, and all goes on when they are back."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from loaders.job import answer, load_of_job
from server.errors import StoreAway
from server.exports.asking import ask_for
from server.exports.job import make_export
from server.exports.spec import ExportSpec
from server.metadata.jobs import WAITING, create_job, find_job
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime, open_facts, open_without_facts
from server.store.pulse import SURE
from tests.chaos.processes import Program, front
from tests.few_flights import few_flights, header, load_departures, rows_of
from tests.starting import free_port
from tests.web.people import ADMIN, Browser, settle_people
from tests.web.routes import address, is_of_programs, rules
from web.app import create_app

pytestmark = pytest.mark.slow

WITH_FIGURES = (
    "/scorecards/punctuality?period=2013-01",
    "/indicators/on_time_arrival?period=2013-01",
    "/indicators/on_time_arrival/facts?period=2013-01",
    "/slice/departures?rows=origin:origin&value=flights",
    "/snapshots/3..4",
)
WITHOUT_FIGURES = (
    "/loads",
    "/loads/4",
    "/snapshots",
    "/indicators",
    "/account",
    "/exports",
    "/people",
    "/people/2",
    "/roles",
    "/roles/analyst",
)
MODES = ("refuses", "hangs")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, int]]:
    """A store on the other side of HTTP, as a process that can be stopped, and its port."""
    folder, port = tmp_path_factory.mktemp("front"), free_port()
    with front(folder, port) as program:
        yield program, port


@pytest.fixture(scope="module")
def distant(
    tmp_path_factory: pytest.TempPathFactory, engine: tuple[Program, int]
) -> Iterator[Runtime]:
    """A runtime over that store, with a day of January in load 4."""
    address = f"http://127.0.0.1:{engine[1]}/indicube?reader=reader:secret"
    home = tmp_path_factory.mktemp("distant")
    with few_flights(home, INDICUBE_CLICKHOUSE=address) as runtime:
        load_departures(runtime, "january.csv", rows_of(1, 1))
        settle_people(runtime)
        yield runtime


@pytest.fixture(scope="module")
def browser(distant: Runtime) -> Browser:
    """An administrator's browser."""
    found = Browser(create_app(distant))
    found.sign_in(ADMIN)
    return found


@contextmanager
def away(program: Program, mode: str) -> Iterator[None]:
    """While the block runs the store refuses every connection, or takes them and says nothing."""
    if mode == "hangs":
        os.kill(program.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(program.pid, signal.SIGCONT)
    else:
        program.kill()
        try:
            yield
        finally:
            program.start()


def asked(browser: Browser, path: str) -> tuple[TestResponse, float]:
    """A page, and how many seconds it took."""
    began = time.monotonic()
    return browser.get(path), time.monotonic() - began


def timed(call: Callable[[], object]) -> float:
    """How many seconds a call takes."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def until(truth: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("mode", MODES)
def test_every_page_answers_within_two_seconds_and_says_so(
    browser: Browser, engine: tuple[Program, int], mode: str
) -> None:
    until(lambda: browser.get(WITH_FIGURES[0]).status_code == 200)
    with away(engine[0], mode):
        time.sleep(SURE)  # in which rows that are kept may still be shown
        for path in WITH_FIGURES:
            told, took = asked(browser, path)
            assert (path, told.status_code, took < 2) == (path, 503, True)
            assert told.headers["Retry-After"] == "5"
            assert "The facts cannot be reached since" in told.text
            assert "The last publication is number " in told.text
        for path in WITHOUT_FIGURES:
            told, took = asked(browser, path)
            assert (path, told.status_code, took < 2) == (path, 200, True)
            assert "The facts cannot be reached since" in told.text, path
        ready = browser.get("/readyz")
        assert "facts" in ready.get_json()["away"]

    until(lambda: browser.get(WITH_FIGURES[0]).status_code == 200)
    for path in WITH_FIGURES:
        assert browser.get(path).status_code == 200, path
    assert "cannot be reached" not in browser.get("/loads").text


@pytest.mark.parametrize("mode", MODES)
def test_every_route_answers_within_two_seconds_and_recovers(
    distant: Runtime, browser: Browser, engine: tuple[Program, int], mode: str
) -> None:
    """Every address that answers while the store is there, the programs' too."""
    app = browser.client.application
    with distant.metadata.write() as writing:
        token = create_token(writing, named_user(writing, ADMIN), "away", distant.clock())
    program = app.test_client()

    def ask(path: str) -> TestResponse:
        if is_of_programs(path):
            return program.get(path, headers={"Authorization": f"Bearer {token}"})
        return browser.get(path)

    until(lambda: browser.get(WITH_FIGURES[0]).status_code == 200)
    pinned = browser.post("/dashboards/pin", what="figure|on_time_arrival", name=mode)
    assert pinned.status_code == 303
    paths = [*(_present(one) for one in rules(app, "GET")), "/slice/departures"]
    there = {one: status for one in paths if (status := ask(one).status_code) in (200, 302)}
    assert len(there) > 35

    with away(engine[0], mode):
        time.sleep(SURE)  # in which answers that are kept may still be given
        statuses: dict[str, int] = {}
        for path in there:
            began = time.monotonic()
            told = ask(path)
            assert (path, time.monotonic() - began < 2) == (path, True)
            assert (path, told.status_code) in ((path, 503), (path, there[path]))
            statuses[path] = told.status_code
            if told.status_code == 503 and path != "/readyz":
                assert told.headers["Retry-After"] == "5", path
                assert "The facts cannot be reached since" in told.text, path
                assert "The last publication is number " in told.text, path
                if path.startswith("/api/"):
                    assert "facts" in told.get_json()["error"]["message"], path
                    assert "publication" in told.get_json()["error"]["hint"], path
                assert is_of_programs(path) or ">Try again<" in told.text, path

    until(lambda: browser.get(WITH_FIGURES[0]).status_code == 200)
    assert {one: ask(one).status_code for one in there} == there
    refused = {one.partition("?")[0] for one, status in statuses.items() if status == 503}
    assert {"/scorecards/punctuality", "/slice/departures", "/dashboards/1"} <= refused
    figures = {one.partition("?")[0] for one in there if one.startswith(FIGURES_OF_API)}
    assert figures - {NOTHING_BEFORE} <= refused


# The month before was never loaded: that there is no change to split is known without the facts.
NOTHING_BEFORE = "/api/v1/indicators/on_time_arrival/contribution"
FIGURES_OF_API = (
    "/api/v1/cubes/departures/",
    "/api/v1/indicators/",
    "/api/v1/scorecards/",
    "/api/v1/snapshots/diff",
    "/slicer/cube/departures/aggregate",
    "/slicer/cube/departures/facts",
    "/slicer/cube/departures/members/",
)
_QUERIES = {
    "/api/v1/cubes/<name>/cell": "?cut=origin:JFK",
    "/api/v1/cubes/<name>/facts": "?page=0&pagesize=2",
    "/api/v1/snapshots/diff": "?from=3&to=4",
    "/snapshots/between": "?from=3&to=4",
    "/slice/<name>": "?rows=origin:origin&value=flights",
}


def _present(rule: Rule) -> str:
    """An address of a route at which something is in this house."""
    found = address(rule)
    if rule.rule.startswith("/dashboards/"):
        found = found.replace("/4", "/1")
    usual = "?period=2013-01" if "/<code>" in rule.rule else ""
    return found + _QUERIES.get(rule.rule, usual)


@pytest.mark.parametrize("mode", MODES)
def test_a_load_waits_and_is_done_when_the_store_is_back(
    distant: Runtime, engine: tuple[Program, int], mode: str
) -> None:
    name = f"{mode}.csv"
    month = {"refuses": 3, "hangs": 4}[mode]
    (distant.settings.home / name).write_text(header() + "".join(rows_of(month, 1)), "utf-8")
    arguments = {"name": "departures", "file": str(distant.settings.home / name)}
    with distant.metadata.write() as session:
        job = create_job(session, "loaders.job.run_load", arguments, "olga", distant.clock())
    with away(engine[0], mode):
        for _ in range(4):  # more often than a job is tried
            assert timed(lambda: answer(distant, job.id, load_of_job)) < 15
        with distant.metadata.read() as session:
            waiting = find_job(session, job.id)
        assert (waiting.state, waiting.doing, waiting.attempt) == ("queued", WAITING, 0)

    def is_done() -> bool:
        answer(distant, job.id, load_of_job)
        with distant.metadata.read() as session:
            return find_job(session, job.id).state == "done"

    until(is_done)
    browser = distant.cubes.browser("departures", distant.snapshot())
    answered = browser.aggregate((f"time:2013,{(month + 2) // 3},{month}",), aggregates=["flights"])
    assert answered.summary["flights"] == len(rows_of(month, 1))


def test_an_export_waits_and_is_made_when_the_store_is_back(
    distant: Runtime, engine: tuple[Program, int]
) -> None:
    with distant.metadata.read() as session:
        person = named_user(session, ADMIN).person_at(distant.clock())
    spec = ExportSpec("scorecard", "punctuality", "csv", period="2013-01")
    export = ask_for(distant, person, spec, "punctuality")
    with away(engine[0], "hangs"):
        for _ in range(4):
            make_export(distant, export.id)
        with distant.metadata.read() as session:
            assert find_job(session, export.id).state == "queued"

    def is_done() -> bool:
        make_export(distant, export.id)
        with distant.metadata.read() as session:
            return find_job(session, export.id).state == "done"

    until(is_done)


def test_a_start_without_the_store_answers_and_opens_it_late(
    distant: Runtime, engine: tuple[Program, int]
) -> None:
    with away(engine[0], "refuses"):
        late = open_without_facts(distant.settings)
        browser = Browser(create_app(late))
        browser.sign_in(ADMIN)
        assert browser.get(WITH_FIGURES[0]).status_code == 503
        assert browser.get("/loads").status_code == 200
        with pytest.raises(StoreAway):
            open_facts(late)
    time.sleep(2.5)
    assert browser.get(WITH_FIGURES[0]).status_code == 503  # nobody has looked at the tables yet

    open_facts(late)
    assert browser.get(WITH_FIGURES[0]).status_code == 200
    late.close()


def test_the_engine_of_this_process_that_fails_is_said_so_too(
    distant: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the process there is no line to be cut; the engine itself can fail."""
    with few_flights(distant.settings.home / "own") as own:
        load_departures(own, "january.csv", rows_of(1, 1))
        settle_people(own)
        broken = replace(own)
        browser = Browser(create_app(broken))
        browser.sign_in(ADMIN)

        def fail(*_given: object, **_named: object) -> None:
            raise StoreAway("the engine broke")

        with monkeypatch.context() as patched:
            patched.setattr(own.store.readers, "_rows", fail)
            assert browser.get(WITH_FIGURES[0]).status_code == 503
            assert timed(lambda: browser.get(WITH_FIGURES[0])) < 2
        until(lambda: browser.get(WITH_FIGURES[0]).status_code == 200)
