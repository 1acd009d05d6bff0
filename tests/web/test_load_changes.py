"""Changing a load: what moves is shown before, a reason is kept, undoing is one click."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from lxml.html import document_fromstring

from server.metadata.jobs import list_jobs
from server.metadata.loads import change_load, find_load
from server.metadata.snapshots import events_of
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of
from tests.web.people import ADMIN, ANALYST, OPS, Browser, settle_people
from tests.web.screens import found_in, links, row_of, screen, texts, words
from web.app import create_app


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A day of January in load 4, restated by load 5 without 42 rows; tests leave 5 published."""
    with few_flights(tmp_path_factory.mktemp("changes")) as runtime:
        january = rows_of(1, 1)
        load_departures(runtime, "january.csv", january)
        load_departures(runtime, "january again.csv", january[:-42])
        settle_people(runtime)
        yield runtime


@pytest.fixture(scope="module")
def restated_app(restated: Runtime) -> Flask:
    """The application over it."""
    return create_app(restated)


@pytest.fixture
def ops(restated_app: Flask) -> Browser:
    """The browser of somebody who loads and decides."""
    browser = Browser(restated_app)
    browser.sign_in(OPS)
    return browser


def moved(browser: Browser, path: str) -> list[list[str]]:
    """The line of the scheduled departures in what moves."""
    page = screen(browser.get(path))
    return [
        [words(cell) for cell in row]
        for row in found_in(page, "#moved tr")
        if words(row).startswith("Scheduled departures")
    ]


def events(runtime: Runtime, number: int) -> list[tuple[str, str, str | None]]:
    """What was done to a load, by whom and why."""
    with runtime.metadata.read() as reading:
        return [(one.what, one.by, one.reason) for one in events_of(reading, number)]


def state(runtime: Runtime, number: int) -> str:
    """How a load stands."""
    with runtime.metadata.read() as reading:
        return find_load(reading, number).state


def test_a_published_load_that_nothing_is_seen_of_any_more_says_so(ops: Browser) -> None:
    assert row_of(screen(ops.get("/loads")), "table", "4")[3] == "publishedreplaced by later loads"
    assert row_of(screen(ops.get("/loads")), "table", "5")[3] == "published"
    assert texts(screen(ops.get("/loads/4")), ".headline .status .faint") == [
        "replaced by later loads"
    ]


def test_a_bad_load_is_withdrawn_and_undone_with_a_click_each(
    ops: Browser, restated: Runtime
) -> None:
    (ask,) = links(screen(ops.get("/loads/5")), ".load-changes a")
    before = restated.snapshot().number
    assert moved(ops, ask) == [
        ["Scheduled departures January 2013", "January 2013", "800", "842", "+42", "5"]
    ]
    assert restated.snapshot().number == before  # looking changes nothing

    done = ops.post(ask, reason="rows are missing")
    assert (done.status_code, done.location) == (303, "/loads/5?done=withdraw")
    page = screen(ops.get(done.location))
    assert texts(page, ".notice span") == ["The load is withdrawn: nobody sees its rows any more."]
    assert state(restated, 5) == "withdrawn"
    assert moved(ops, f"/snapshots/{before}..{before + 1}")[0][2:5] == ["800", "842", "+42"]

    (form,) = found_in(page, "form.notice")
    undone = ops.post(form.get("action") or "", reason="Undone")
    assert undone.location == "/loads/5?done=restore"
    assert state(restated, 5) == "published"
    with restated.metadata.read() as reading:
        told = [(one.what, one.by, one.reason) for one in events_of(reading, 5)]
    assert told[-2:] == [
        ("withdrawn", OPS, "rows are missing"),
        ("restored", OPS, "Undone"),
    ]
    assert "rows are missing" in words(screen(ops.get("/loads/5")))


def test_a_usual_reason_is_given_by_the_click_itself_and_read_in_either_language(
    ops: Browser, restated: Runtime
) -> None:
    path = "/loads/5/change/withdraw"
    buttons = found_in(screen(ops.get(path)), ".usual button")
    assert [words(one) for one in buttons] == [
        "Withdraw: Wrong file", "Withdraw: Incomplete file", "Withdraw: Sent too early",
    ]  # fmt: skip
    assert ops.post(path, reason="", usual=buttons[0].get("value") or "").status_code == 303
    assert state(restated, 5) == "withdrawn"

    number = restated.snapshot().number
    assert "Wrong file" in texts(screen(ops.get("/loads/5")), ".events li")[-1]
    told = texts(screen(ops.get("/snapshots?lang=zh")), "tbody td")[1]
    assert told.startswith("已撤回：文件有误")
    event = texts(screen(ops.get(f"/snapshots/{number - 1}..{number}?lang=zh")), ".events li")
    assert event[0].endswith("文件有误")
    ops.post("/loads/5/change/restore", reason="Undone")


def test_a_second_click_is_the_first_and_another_person_is_told(
    ops: Browser, restated: Runtime, new: Callable[[str], Browser]
) -> None:
    path, other = "/loads/5/change/withdraw", new(ADMIN)
    before = len(events(restated, 5))
    clicks = [ops.post(path, reason="rows are missing") for _ in range(2)]
    assert [(one.status_code, one.location) for one in clicks] == [
        (303, "/loads/5?done=withdraw")
    ] * 2
    assert len(events(restated, 5)) == before + 1

    late = other.post(path, reason="rows are missing")
    (told,) = texts(document_fromstring(late.text), ".lede")
    assert late.status_code == 409
    assert told.startswith("Load 5: withdrawn. Last: withdrawn, ")
    assert told.endswith(f", {OPS}. You changed nothing.")
    assert other.get(path).status_code == 409
    assert len(events(restated, 5)) == before + 1
    ops.post("/loads/5/change/restore", reason="Undone")


def test_what_was_looked_at_before_another_change_is_not_done(
    ops: Browser, restated: Runtime, new: Callable[[str], Browser]
) -> None:
    """Olga looks; Ada withdraws and restores an earlier load of the table; Olga is told."""
    path, other = "/loads/5/change/withdraw", new(ADMIN)
    (field,) = found_in(screen(ops.get(path)), ".change-form [name*=seen]")
    seen = field.get("value") or ""
    assert seen == str(restated.snapshot().number)
    for change in ("withdraw", "restore"):
        assert other.post(f"/loads/4/change/{change}", reason="a try").status_code == 303

    late = ops.post(path, reason="rows are missing", seen=seen)
    page = document_fromstring(late.text)
    assert late.status_code == 409
    (told,) = texts(page, "#refusal")
    assert f"Since you looked, {ADMIN} changed the same table: load 4 restored" in told
    assert state(restated, 5) == "published"

    # The question stands there again, as it is now, with the reason that was typed.
    assert texts(page, "#reason") == ["rows are missing"]
    (field,) = found_in(page, ".change-form [name*=seen]")
    assert field.get("value") == str(restated.snapshot().number) != seen
    assert "Scheduled departures" in " ".join(texts(page, "#moved tr"))


def test_whoever_comes_too_late_reads_the_own_reason_once_more(
    ops: Browser, restated: Runtime
) -> None:
    late = ops.post("/loads/5/change/restore", reason="It was <right> after all")

    assert late.status_code == 409
    assert texts(document_fromstring(late.text), "#typed") == ["It was <right> after all"]
    assert state(restated, 5) == "published"


def test_a_reason_is_needed_and_nothing_happens_without(ops: Browser, restated: Runtime) -> None:
    for reason in ("", "   ", "x" * 501):
        assert ops.post("/loads/5/change/withdraw", reason=reason).status_code == 400
    assert state(restated, 5) == "published"


@pytest.mark.parametrize(
    ("change", "status"), [("restore", 409), ("approve", 409), ("destroy", 404)]
)
def test_what_a_load_cannot_take_is_refused(ops: Browser, change: str, status: int) -> None:
    assert ops.get(f"/loads/5/change/{change}").status_code == status
    assert ops.post(f"/loads/5/change/{change}", reason="why not").status_code == status


def test_a_form_without_its_token_changes_nothing(ops: Browser, restated: Runtime) -> None:
    answer = ops.send("/loads/5/change/withdraw", {"reason": "forged"}, Origin=ops.base)

    assert answer.status_code == 403
    assert state(restated, 5) == "published"


def test_who_may_not_load_changes_nothing(restated_app: Flask) -> None:
    browser = Browser(restated_app)
    browser.sign_in(ANALYST)

    assert browser.get("/loads/5/change/withdraw").status_code == 403
    assert browser.post("/loads/5/change/withdraw", reason="no").status_code == 403


def test_a_load_names_what_it_replaced_and_by_what_it_was_replaced(ops: Browser) -> None:
    def fact(number: int, name: str) -> str:
        page = screen(ops.get(f"/loads/{number}"))
        for head in found_in(page, ".facts dt"):
            if words(head) == name:
                return words(head.getnext())
        raise AssertionError(name)

    assert fact(5, "Replaced load").startswith("4 (month=2013-01, 842 rows, publication 5)")
    assert fact(4, "Was replaced by load").startswith("5 (month=2013-01, 842 rows, publication 5)")
    assert fact(4, "Replaced load") == "none"
    # Load 5 was withdrawn above, and 4 seen again: that replaced nothing.
    for change in ("withdraw", "restore"):
        assert ops.post(f"/loads/5/change/{change}", reason="a try").status_code == 303
    assert fact(5, "Was replaced by load") == "none"


def test_the_way_of_a_load_tells_how_long_each_step_took(ops: Browser) -> None:
    steps = texts(screen(ops.get("/loads/5")), ".steps li")

    assert [one.split()[0] for one in steps] == [
        "received",
        "parsed",
        "stored",
        "verified",
        "published",
    ]
    assert all(one.endswith(" s") for one in steps[1:])


def test_what_a_load_moved_stands_on_its_own_page(ops: Browser) -> None:
    assert moved(ops, "/loads/5/moved") == [
        ["Scheduled departures January 2013", "January 2013", "842", "800", "−42", "5"]
    ]


def test_what_moved_by_less_than_is_shown_elsewhere_is_shown_with_more_decimals(
    ops: Browser,
) -> None:
    """No line says that nothing moved: whatever is listed did."""
    page = screen(ops.get("/loads/5/moved"))
    lines = [[words(cell) for cell in row] for row in found_in(page, "#moved tbody tr")]
    assert len(lines) > 20
    for figure, _month, before, after, difference, load in lines:
        assert before != after, figure
        assert not re.fullmatch("[±+−]?0[.0]*( pp)?", difference), figure
        assert load == "5"


def test_scores_that_moved_stand_first_and_lead_to_the_scorecard(ops: Browser) -> None:
    page = screen(ops.get("/loads/5/moved"))
    first = found_in(page, "#moved tbody tr")[0]
    assert words(first).startswith("New York departures 2013")
    before, after = links(first, "td a")[:2]
    shown = [texts(screen(ops.get(one)), ".overall-score")[:1] for one in (before, after)]
    assert [words(cell) for cell in first][2:4] == [one[0] for one in shown]


@pytest.fixture
def rejected(restated: Runtime) -> Iterator[int]:
    """Load 5, as if it had been rejected."""
    with restated.metadata.write() as writing:
        change_load(writing, 5, ("published",), state="rejected")
    yield 5
    with restated.metadata.write() as writing:
        change_load(writing, 5, ("rejected",), state="published")


def test_why_a_load_was_rejected_is_told_in_the_language_of_the_reader(
    ops: Browser, restated: Runtime, rejected: int
) -> None:
    with restated.metadata.write() as writing:
        change_load(writing, rejected, ("rejected",), error="january.csv is empty")
    try:
        told = [
            texts(screen(ops.get(f"/loads/{rejected}?lang={language}")), "p.trouble")
            for language in ("en", "zh")
        ]
    finally:
        with restated.metadata.write() as writing:
            change_load(writing, rejected, ("rejected",), error=None)
    assert told == [["january.csv is empty"], ["january.csv 是空文件"]]


def test_what_takes_long_becomes_a_job_that_the_page_follows(
    ops: Browser, restated: Runtime, rejected: int
) -> None:
    done = ops.post(f"/loads/{rejected}/change/replay", reason="mended")

    assert done.location == f"/loads/{rejected}"
    with restated.metadata.read() as reading:
        (job,) = list_jobs(reading, 1, "loaders.changing.run_change")
    assert job.arguments == {"change": "replay", "load": rejected, "reason": "mended"}
    (told,) = found_in(screen(ops.get(f"/loads/{rejected}")), "#job")
    assert "waiting for its turn" in words(told)
    assert told.get("hx-trigger") == "every 2s"


@pytest.mark.parametrize("name", [ADMIN, OPS])
def test_a_held_load_asks_for_a_decision(
    restated: Runtime, name: str, new: Callable[[str], Browser]
) -> None:
    browser = new(name)
    with restated.metadata.write() as writing:
        change_load(writing, 5, ("published",), state="held", held_for="error_limit")
    try:
        page = screen(browser.get("/loads/5"))
        assert texts(page, ".load-changes a") == ["Approve and publish", "Refuse"]
        told = screen(browser.get("/loads/5/change/approve"))
        assert "The file is read again" in words(told)
    finally:
        with restated.metadata.write() as writing:
            change_load(writing, 5, ("held",), state="published", held_for=None)


@pytest.fixture
def new(restated_app: Flask) -> Callable[[str], Browser]:
    """Makes the browser of somebody by name."""

    def browser(name: str) -> Browser:
        made = Browser(restated_app)
        made.sign_in(name)
        return made

    return browser
