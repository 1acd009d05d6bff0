"""As known on: every screen with figures can be put back to a publication, a day or an instant."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from server.ledger.publish import withdraw
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of
from tests.web.people import ADMIN, ANALYST, Browser, settle_people
from tests.web.screens import found_in, links, screen, texts, words
from web.app import create_app

SCREENS = (
    "/scorecards/punctuality?period=2013-01",
    "/indicators/on_time_arrival?period=2013-01",
    "/indicators/on_time_arrival/facts?period=2013-01",
)
# Of 842 flights 577 were on time, of the first 800 of them 560.
SHOWN = (("68.5%", "70.0%"), ("68.5%", "70.0%"), ("of 842", "of 800"))


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A day of January at publication 4, restated at 5 without 42 rows, and more at 6 and 7."""
    with few_flights(tmp_path_factory.mktemp("known")) as runtime:
        january = rows_of(1, 1)
        load_departures(runtime, "january.csv", january)
        load_departures(runtime, "january again.csv", january[:-42])
        load_departures(runtime, "february.csv", rows_of(2, 1))
        withdraw(runtime.metadata, 6, "olga", "of another year", runtime.clock())
        settle_people(runtime)
        yield runtime


@pytest.fixture(scope="module")
def restated_app(restated: Runtime) -> Flask:
    """The application over it."""
    return create_app(restated)


@pytest.fixture(scope="module")
def reader(restated_app: Flask) -> Browser:
    """An administrator's browser."""
    browser = Browser(restated_app)
    browser.sign_in(ADMIN)
    return browser


@pytest.mark.parametrize(("path", "shown"), list(zip(SCREENS, SHOWN, strict=True)))
def test_every_screen_shows_what_was_known_and_says_so(
    reader: Browser, path: str, shown: tuple[str, str]
) -> None:
    before, now = screen(reader.get(f"{path}&as_of=4")), screen(reader.get(path))

    (banner,) = texts(before, ".known-banner")
    assert "As known on publication 4" in banner
    assert "january.csv" in banner
    assert "by olga" in banner
    assert "3 publications since." in banner
    assert found_in(now, ".known-banner") == []
    was, is_now = (words(found_in(page, ".content")[0]) for page in (before, now))
    assert [text in was for text in shown] == [True, False]
    assert [text in is_now for text in shown] == [False, True]


@pytest.mark.parametrize("path", SCREENS)
def test_links_inside_a_screen_keep_the_moment_and_one_leads_back(
    reader: Browser, path: str
) -> None:
    page = screen(reader.get(f"{path}&as_of=4"))
    inside = [
        link
        for link in links(page, ".content a")
        if link.startswith(("/scorecards", "/indicators"))
    ]

    assert inside
    assert [link for link in inside if "as_of=4" not in link] == []
    (back,) = links(page, ".known-banner .button")
    assert "as_of" not in back
    assert "period=2013-01" in back
    assert screen(reader.get(back)) is not None


def test_the_way_to_the_slicer_keeps_the_moment(reader: Browser) -> None:
    page = screen(reader.get(f"{SCREENS[0]}&as_of=4"))
    (path,) = links(page, "a#nav-slicer")
    while (answer := reader.get(path)).status_code == 302:
        path = answer.location

    (banner,) = texts(screen(answer), ".known-banner")
    assert "As known on publication 4" in banner


def test_the_picker_offers_the_latest_publications_with_what_and_by_whom(reader: Browser) -> None:
    page = screen(reader.get(SCREENS[0]))
    offered = texts(page, ".known li")

    assert texts(page, ".known li b") == ["7", "6", "5", "4", "3", "2", "1"]
    assert "withdrawn: of another year · olga" in offered[0]
    (first, *_) = links(page, ".known li a")
    assert first == "/scorecards/punctuality?period=2013-01&as_of=7"


def test_a_day_means_its_end_and_stays_in_the_field(reader: Browser) -> None:
    today = datetime.now(UTC).date().isoformat()
    page = screen(reader.get(f"{SCREENS[0]}&as_of={today}"))

    assert "Nothing was published since." in texts(page, ".known-banner")[0]
    (field,) = found_in(page, ".known-day input[type*=date]")
    assert (field.get("value"), field.get("max")) == (today, today)


def test_the_form_of_the_picker_keeps_the_rest_of_the_address(reader: Browser) -> None:
    path = "/scorecards/punctuality?period=2013-01&cut=organisation:network&as_of=4&lang=zh"
    page = screen(reader.get(path))
    kept = [
        (field.get("name"), field.get("value"))
        for field in found_in(page, ".known-day input[type*=hidden]")
    ]

    assert kept == [("period", "2013-01"), ("cut", "organisation:network"), ("lang", "zh")]
    assert "当时所知" in page.text_content()


@pytest.mark.parametrize("said", ["0x", "2000-01-01", "2999-01-01", "99", "2013-13-45"])
def test_a_moment_that_cannot_be_is_a_sentence(reader: Browser, said: str) -> None:
    answer = reader.get(f"{SCREENS[0]}&as_of={said}")

    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_the_palette_finds_the_publications(reader: Browser) -> None:
    assert "/snapshots" in links(screen(reader.get("/find?q=publ")), "a")


def test_the_list_of_publications_leads_to_each_as_it_was(reader: Browser) -> None:
    page = screen(reader.get("/snapshots"))

    assert texts(page, "tbody th") == ["7", "6", "5", "4", "3", "2", "1"]
    known = [link for link in links(page, "tbody a") if "as_of" in link]
    assert known[0] == "/?as_of=7"
    there = reader.get(known[0])
    assert (there.status_code, there.location) == (302, "/scorecards/punctuality?as_of=7")


def test_the_difference_of_two_publications_names_what_moved(reader: Browser) -> None:
    page = screen(reader.get("/snapshots/4..5"))
    flights = [
        [words(cell) for cell in row]
        for row in found_in(page, "#moved tr")
        if words(row).startswith("Scheduled departures")
    ]

    assert flights == [
        ["Scheduled departures January 2013", "January 2013", "842", "800", "−42", "5"]
    ]
    assert "month=2013-01" in page.text_content()
    assert texts(page, ".events li")[0].startswith("published load 5 january again.csv")


def test_two_moments_are_compared_by_number_or_day(reader: Browser) -> None:
    today = datetime.now(UTC).date().isoformat()

    assert reader.get("/snapshots/between?from=4&to=5").location == "/snapshots/4..5"
    assert reader.get(f"/snapshots/between?from=4&to={today}").location == "/snapshots/4..7"
    assert reader.get("/snapshots/between?from=4").status_code == 400
    assert reader.get("/snapshots/5..4").status_code == 400
    assert reader.get("/snapshots/5..99").status_code == 404


def test_nobody_learns_of_rows_outside_their_scope(restated_app: Flask) -> None:
    """Who may not see loads sees which figures of theirs moved, and no row counts of others."""
    browser = Browser(restated_app)
    browser.sign_in(ANALYST)
    page = screen(browser.get("/snapshots/4..5"))

    assert "month=2013-01" not in page.text_content()
    assert links(page, ".events a") == []
    assert "842" not in words(page)
