"""The slicer in a real browser: a question answered by clicks, by keys, and without a complaint."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from tests.flights import SOURCE
from tests.web.chromium import CHROMIUM, Tab, signed_in_context
from tests.web.looks import LOOKS, Look, troubles
from tests.web.people import Browser

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")

PIVOT = (
    "/slice/departures?rows=organisation:carrier&columns=time:quarter&value=flights"
    "&value=indicator.on_time_arrival:value,change&totals=1"
)
_VIEWS = "[...document.querySelectorAll('.view a')].map(one => one.textContent)"
SCREENS = (
    "/slice",
    PIVOT,
    "/slice/departures?rows=organisation&columns=region:region&value=flights:value,share&chart=heat"
    "&cut=organisation:network&cut=!origin:JFK&top=3:flights",
    "/slice/departures?rows=region:airport&rows=organisation:carrier&value=flights",
    "/slice/departures?rows=organisation:carrier&value=flights&cut=time:2014",
    "/slice/departures/cut/time?rows=organisation&value=flights&cut=time:2013,1,2",
    "/slice/departures/cut/organisation?rows=organisation&value=flights&search=air",
    "/slice/departures/facts?cut=organisation:network,UA&cut=time:2013,1,2",
    "/slice/departures?rows=organisation:carrier&value=flights&top=3:flights&totals=1&as_of=4",
    "/slice/departures/facts?outside=organisation:network&as_of=4",
)


@pytest.fixture
def context(chromium: Chromium, address: str, admin: Browser) -> Iterator[BrowserContext]:
    found = signed_in_context(
        chromium, address, admin.cookies()["sid"], viewport={"width": 1440, "height": 900}
    )
    yield found
    found.close()


@pytest.fixture
def tab(context: BrowserContext) -> Tab:
    return Tab(context)


def _until(tab: Tab, url: str) -> None:
    """Wait for an address, and for the answer to be in the page."""
    tab.page.wait_for_url(f"**{url}*")
    tab.until("document.querySelector('.htmx-request') === null")
    tab.settle()


@pytest.mark.parametrize("look", LOOKS)
def test_the_slicer_is_quiet_accessible_and_fits(
    chromium: Chromium, address: str, admin: Browser, look: Look
) -> None:
    assert troubles(chromium, address, admin.cookies()["sid"], look, SCREENS) == {}


def test_who_lost_most_minutes_where_in_winter_by_clicks_alone(tab: Tab, tmp_path: Path) -> None:
    """From the first screen to the answer; the sent link shows the same."""
    page = tab.page
    tab.open("/slice/departures?rows=organisation@default:carrier&value=arrival_delay_minutes")
    page.click("#r-region-2")
    _until(tab, "rows=region@default:airport")
    page.click("#cut-time")
    page.get_by_role("button", name="Members of 2013").click()
    page.get_by_role("button", name="Members of Q1 2013").click()
    page.get_by_label("January 2013", exact=True).check()
    page.get_by_label("February 2013", exact=True).check()
    page.get_by_role("button", name="Members of Q4 2013").click()
    page.get_by_label("December 2013", exact=True).check()
    page.get_by_role("button", name="Apply the filter").click()
    _until(tab, "cut=time:2013,1,1;2013,1,2;2013,4,12")
    page.get_by_role("link", name="Sort by Minutes of arrival delay").click()
    _until(tab, "order=-arrival_delay_minutes")
    page.click("#c-time-3")
    _until(tab, "columns=time@ymd:month")

    first = page.locator(".slice-table tbody tr").first
    carrier, destination = first.locator("th").all_inner_texts()
    months = [_number(text) for text in first.locator("td").all_inner_texts()]

    assert (carrier, destination, months) == _truth(tmp_path)
    again = page.evaluate("location.href")
    page.goto("about:blank")
    page.goto(again)
    assert page.locator(".slice-table tbody tr td").first.inner_text() == f"{months[0]:,}"
    assert tab.all_complaints() == []


def test_going_back_shows_the_question_before(tab: Tab) -> None:
    page = tab.page
    tab.open(PIVOT)
    page.evaluate("window.sameDocument = true")
    page.click("#swap")
    _until(tab, "rows=time@ymd:quarter")
    page.go_back()
    tab.until("document.querySelector('.slice-table th').textContent.includes('Carrier')")

    assert page.evaluate("window.sameDocument")
    assert tab.all_complaints() == []


def test_a_click_keeps_the_focus_where_it_was(tab: Tab) -> None:
    tab.open(PIVOT)
    tab.page.focus("#totals")
    tab.page.keyboard.press("Enter")
    tab.until("document.querySelector('#totals').getAttribute('aria-checked') === 'false'")

    assert tab.page.evaluate("document.activeElement.id") == "totals"


def test_a_figure_leads_to_its_facts_and_their_source_line(tab: Tab) -> None:
    page = tab.page
    tab.open("/slice/departures?rows=organisation:carrier&value=flights&cut=organisation:network")
    row = page.locator(".slice-table tbody tr", has_text="Hawaiian")
    assert row.locator("td").inner_text() == "342"
    row.locator("td a").click()
    page.wait_for_url("**/facts?*")
    tab.until("document.querySelector('#facts') !== null")
    assert "of 342 rows" in page.inner_text(".lede")
    page.locator("#facts tbody th a").first.click()
    page.wait_for_url("**/facts/*/*")
    tab.until("document.querySelector('.line') !== null")

    assert ",HA," in page.inner_text(".line")
    assert tab.all_complaints() == []


def test_more_rows_come_when_they_are_in_sight(tab: Tab) -> None:
    """Over two thousand rows in windows; heads stay, and nothing is loaded anew."""
    page = tab.page
    tab.open("/slice/departures?rows=aircraft:tail_number&columns=time:month&value=flights")
    page.evaluate("window.sameDocument = true")
    seen = page.locator(".slice-table tbody tr").count()
    for _ in range(3):
        page.evaluate("document.querySelector('#more').scrollIntoView()")
        tab.until(f"document.querySelectorAll('.slice-table tbody tr').length > {seen}")
        seen = page.locator(".slice-table tbody tr").count()
    tops = page.evaluate(
        "[document.querySelector('.slice-table thead').getBoundingClientRect().top,"
        " document.querySelector('#slice-frame').getBoundingClientRect().top]"
    )

    assert abs(tops[0] - tops[1]) <= 2
    assert page.evaluate("window.sameDocument")
    assert tab.all_complaints() == []


def test_the_table_is_copied_as_text_with_tabs(context: BrowserContext, tab: Tab) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open("/slice/departures?rows=organisation&columns=origin&value=flights&totals=1")
    tab.page.click("#copy")
    tab.until("document.querySelector('#announcement').textContent === 'Copied'")
    lines = tab.page.evaluate("navigator.clipboard.readText()").split("\n")

    assert [len(line.split("\t")) for line in lines] == [5] * 5
    assert lines[-1].split("\t")[0] == "Total"
    assert lines[-1].split("\t")[-1] == "336,776"


def test_the_arrow_keys_walk_the_cells(tab: Tab) -> None:
    tab.open(PIVOT)
    page = tab.page
    page.locator(".slice-table tbody td a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    at = page.evaluate(
        "[document.activeElement.closest('tr').rowIndex, "
        "document.activeElement.closest('td').cellIndex]"
    )

    assert at == [3, 2]


def test_the_arrow_keys_reach_cells_without_a_link_and_home_and_end_the_ends(tab: Tab) -> None:
    """The quarter of an indicator's change has no value: no link, and yet a place to stand."""
    tab.open(f"{PIVOT}&top=2:flights")
    page = tab.page
    total = page.locator(".slice-table tr.is-total td").first.locator("a, [tabindex]").first
    total.focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.textContent") == "Total"
    page.keyboard.press("End")
    ends = page.evaluate(
        "(e => e.closest('td') === e.closest('tr').lastElementChild)(document.activeElement)"
    )
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")

    assert ends
    assert page.evaluate("document.activeElement.textContent") == "Others"


def test_the_menu_of_exports_closes_once_a_file_is_asked_for(tab: Tab) -> None:
    tab.open("/slice/departures?rows=origin&value=flights")
    tab.page.click(".export-menu summary")
    tab.page.click(".export-menu button[value=csv]")
    tab.until("document.querySelector('#toasts .toast') !== null")

    assert not tab.page.evaluate("document.querySelector('.export-menu').open")
    assert tab.page.evaluate("document.activeElement.closest('.export-menu') !== null")


def test_a_view_is_saved_shared_and_removed(tab: Tab) -> None:
    page = tab.page
    tab.open("/slice/departures?rows=origin&value=flights")
    page.click("#views > summary")
    page.fill("#view-name", "Airports of departure")
    page.get_by_label("Shared with everybody who may slice").check()
    page.get_by_role("button", name="Save view").click()
    tab.until(_VIEWS + ".includes('Airports of departure')")
    page.goto("/slice/departures")
    page.click("#views > summary")
    page.get_by_role("link", name="Airports of departure").click()
    page.wait_for_url("**rows=origin*")
    page.click("#views > summary")
    page.get_by_role("button", name="Remove the view Airports of departure").click()
    tab.until("!" + _VIEWS + ".includes('Airports of departure')")

    assert tab.all_complaints() == []


def _number(text: str) -> int:
    return int(text.replace(",", "").replace("\u2212", "-"))


def _truth(folder: Path) -> tuple[str, str, list[int]]:
    """The same from the source files, by another engine."""
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive:
        archive.extract("flights.csv", folder)
    connection = duckdb.connect()
    flights = f"read_csv('{folder}/flights.csv', nullstr='NA', header=true)"
    carrier, dest = connection.execute(
        f"SELECT carrier, dest FROM {flights} WHERE month IN (1, 2, 12) GROUP BY ALL "
        "ORDER BY sum(arr_delay) DESC NULLS LAST LIMIT 1"
    ).fetchall()[0]
    months = connection.execute(
        f"SELECT sum(arr_delay)::BIGINT FROM {flights} WHERE month IN (1, 2, 12) "
        "AND carrier = ? AND dest = ? GROUP BY month ORDER BY month",
        [carrier, dest],
    ).fetchall()
    names = [
        connection.execute(
            f"SELECT name FROM read_csv('{SOURCE}/{file}', nullstr='NA', header=true) "
            f"WHERE {key} = ?",
            [code],
        ).fetchall()[0][0]
        for file, key, code in (
            ("airlines.csv", "carrier", carrier),
            ("airports.csv", "faa", dest),
        )
    ]
    connection.close()
    return names[0], names[1], [one[0] for one in months]
