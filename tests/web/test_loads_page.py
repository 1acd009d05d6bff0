"""Loads: did everything arrive, and is every row accounted for."""

from datetime import timedelta

import pytest

from server.metadata.grouped_files import give_receipts, receive_file
from server.metadata.loads import (
    NewLoad,
    Quarantined,
    begin_load,
    change_load,
    quarantine,
)
from server.runtime import Runtime
from tests.web.people import ADMIN, Browser, Clock
from tests.web.screens import found_in, links, row_of, screen, texts, words


@pytest.fixture
def held(fresh: Runtime, clock: Clock) -> int:
    """A load that was held: 15 of its 100 rows were refused."""
    new = NewLoad(
        pack="flights",
        specification="departures",
        specification_hash="0" * 64,
        table_name="departures",
        kind="fact",
        source="extra.csv",
        member=None,
        source_hash="a" * 64,
        source_bytes=12_345,
        by="olga",
        job=None,
        owner="test",
        lease_until=clock.now,
        rows_expected=100,
    )
    with fresh.metadata.write() as writing:
        load = begin_load(writing, new, clock.now)
        quarantine(
            writing,
            load.id,
            [Quarantined(7, "day", "<b>30 Feb</b>", "date", "line 7: no such day")],
        )
        change_load(
            writing,
            load.id,
            ("received",),
            state="held",
            finished_at=clock.now + timedelta(seconds=5),
            rows_in_file=100,
            rows_stored=83,
            rows_quarantined=15,
            rows_ignored=2,
            error="15 of 100 rows are in quarantine",
        )
    return load.id


def test_the_list_tells_each_load_with_its_rows(admin: Browser) -> None:
    page = screen(admin.get("/loads"))

    assert row_of(page, "table", "4")[3:5] == ["published", "336,776"]
    assert row_of(page, "table", "4")[6] == "1 Jan 2013 – 31 Dec 2013"


def test_the_list_says_why_somebody_has_to_decide(browser: Browser, held: int) -> None:
    browser.sign_in(ADMIN)
    line = row_of(screen(browser.get("/loads")), "table", str(held))

    assert line[3] == "held15 of 100 rows are in quarantine"  # on a line of its own


def test_every_row_of_the_file_is_accounted_for(browser: Browser, held: int) -> None:
    browser.sign_in(ADMIN)
    page = screen(browser.get(f"/loads/{held}"))

    assert words(found_in(page, ".balance")[0]) == (
        "100 in the file=83 stored+15 quarantined (15.00%)+2 ignored as declared"
    )
    assert "15 of 100 rows are in quarantine" in texts(page, ".trouble")
    assert texts(page, ".steps li") == ["received", "parsed", "held +5.0 s"]


def test_a_refused_value_is_shown_as_text_and_never_as_markup(browser: Browser, held: int) -> None:
    browser.sign_in(ADMIN)
    answer = browser.get(f"/loads/{held}")

    assert "&lt;b&gt;30 Feb&lt;/b&gt;" in answer.text
    assert "<b>30 Feb" not in answer.text


def test_a_load_that_is_not_there_is_a_problem(admin: Browser) -> None:
    assert admin.get("/loads/999").status_code == 404


def test_while_a_load_runs_the_list_comes_back_by_itself(
    browser: Browser, fresh: Runtime, held: int
) -> None:
    browser.sign_in(ADMIN)
    assert "every 2s" not in browser.get("/loads").text
    with fresh.metadata.write() as writing:
        change_load(writing, held, ("held",), state="parsed")

    assert "every 2s" in browser.get("/loads").text


def test_older_loads_are_one_page_further(browser: Browser, fresh: Runtime, held: int) -> None:
    with fresh.metadata.write() as writing:
        for _ in range(60):
            new = NewLoad(
                pack="flights",
                specification="weather",
                specification_hash="0" * 64,
                table_name="weather",
                kind="fact",
                source="w.csv",
                member=None,
                source_hash="b" * 64,
                source_bytes=1,
                by="olga",
                job=None,
                owner="test",
                lease_until=fresh.clock(),
            )
            begin_load(writing, new, fresh.clock())
    browser.sign_in(ADMIN)

    (older,) = links(screen(browser.get("/loads")), ".pages a")
    rest = screen(browser.get(older))

    assert len(found_in(rest, "tbody tr")) == 61 - 50
    assert row_of(rest, "table", str(held))


def test_filters_confine_the_list_and_stay_while_paging(browser: Browser, fresh: Runtime) -> None:
    with fresh.metadata.write() as writing:
        for number in range(120):
            new = NewLoad(
                pack="flights",
                specification="weather" if number % 2 else "departures",
                specification_hash="0" * 64,
                table_name="weather" if number % 2 else "departures",
                kind="fact",
                source=f"100%_{number}.csv",
                member=None,
                source_hash="b" * 64,
                source_bytes=1,
                by="olga",
                job=None,
                owner="test",
                lease_until=fresh.clock(),
            )
            begin_load(writing, new, fresh.clock())
    browser.sign_in(ADMIN)

    def listed(path: str) -> tuple[list[str], list[str]]:
        page = screen(browser.get(path))
        return texts(page, "tbody th"), links(page, ".pages a[rel*=next]")

    numbers, (older,) = listed("/loads?table=weather&state=received")
    assert (len(numbers), numbers[0]) == (50, "120")
    numbers, more = listed(older)
    assert (len(numbers), numbers[-1], more) == (10, "2", [])
    assert listed("/loads?text=100%25_11.") == (["12"], [])
    assert listed("/loads?text=%25")[0] == listed("/loads")[0]
    assert listed("/loads?text=77")[0] == ["78", "77"]
    assert listed("/loads?state=held") == ([], [])
    assert browser.get("/loads?state=lost").status_code == 400


def test_quarantine_is_paged_and_downloaded_whole(
    browser: Browser, fresh: Runtime, held: int
) -> None:
    with fresh.metadata.write() as writing:
        quarantine(
            writing,
            held,
            [Quarantined(n, "day", f"=1+{n}", "date", "no such day") for n in range(100, 250)],
        )
    browser.sign_in(ADMIN)
    page = screen(browser.get(f"/loads/{held}"))
    (later,) = links(page, "#refused .pages a")
    rest = screen(browser.get(later.split("#")[0]))

    assert len(found_in(page, "#refused tbody tr")) == 100
    assert len(found_in(rest, "#refused tbody tr")) == 51
    answer = browser.get(f"/loads/{held}/quarantine.csv")
    lines = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()
    assert (len(lines), lines[0]) == (152, "line,column,value,rule,message")
    assert lines[2] == "100,day,'=1+100,date,no such day"  # no spreadsheet takes it for a formula


def test_quarantine_says_why_in_the_language_of_whoever_takes_it(
    browser: Browser, fresh: Runtime, held: int
) -> None:
    with fresh.metadata.write() as writing:
        told = "day must be a date like 2013-12-31"
        quarantine(writing, held, [Quarantined(9, "day", "30 Feb", "date", told)])
    browser.sign_in(ADMIN)

    answer = browser.get(f"/loads/{held}/quarantine.csv", **{"Accept-Language": "zh"})
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[-1] == "9,day,30 Feb,date,day 必须是 2013-12-31 这样的日期"


@pytest.mark.parametrize("before", ["x", "-1", "1;2"])
def test_a_page_that_cannot_be_is_refused(admin: Browser, before: str) -> None:
    assert admin.get(f"/loads?before={before}").status_code == 400


def test_a_load_names_the_files_that_it_was_made_of(
    fresh: Runtime, clock: Clock, browser: Browser, held: int
) -> None:
    browser.sign_in(ADMIN)
    assert not found_in(screen(browser.get(f"/loads/{held}")), "#files")
    with fresh.metadata.write() as writing:
        spans = {
            receive_file(writing, "tills", f"{name}.csv", name * 64, "olga", clock.now).id: span
            for name, span in (("a", (2, 11)), ("b", None))
        }
        give_receipts(writing, held, spans)

    page = screen(browser.get(f"/loads/{held}"))
    assert row_of(page, "#files table", "a.csv")[1] == "2 – 11"
    assert row_of(page, "#files table", "b.csv")[1] == "no rows"


@pytest.mark.parametrize(("name", "chinese"), [("system", "系统"), ("command line", "命令行")])
def test_who_did_it_is_told_in_the_language_of_the_page(
    held: int, fresh: Runtime, browser: Browser, name: str, chinese: str
) -> None:
    """What the application or a command did is of nobody; a name stays as it is."""
    browser.sign_in(ADMIN)
    assert "olga" in texts(screen(browser.get(f"/loads/{held}?lang=zh")), "dl.facts dd")
    with fresh.metadata.write() as writing:
        change_load(writing, held, ("held",), by=name)

    assert name in texts(screen(browser.get(f"/loads/{held}?lang=en")), "dl.facts dd")
    for path in (f"/loads/{held}", "/loads"):
        page = " ".join(texts(screen(browser.get(f"{path}?lang=zh")), "main"))
        assert chinese in page
        assert name not in page
