"""Dashboards in a real browser: pinned, arranged by keys and by drag, large on a wall."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium

from server.runtime import Runtime
from tests.web.chromium import CHROMIUM, Tab, serving, signed_in_context
from tests.web.looks import LOOKS, Look, troubles
from tests.web.people import ADMIN, Browser, Clock

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")

ORDER = "[...document.querySelectorAll('.grid-tile h2')].map(e => e.textContent.trim()).join()"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fresh(settled: Runtime) -> Runtime:
    return settled


@pytest.fixture
def address(fresh_app: Flask) -> Iterator[str]:
    with serving(fresh_app) as found:
        yield found


@pytest.fixture
def owner(browser: Browser) -> Browser:
    """An administrator with a dashboard of every kind of tile."""
    browser.sign_in(ADMIN)
    browser.post("/dashboards/pin", what="figure|fleet_age", dashboard="new", name="Tower")
    for what in (
        "figure|severe_delays",
        "scorecard|punctuality",
        "trend|on_time_arrival",
        "ranking|on_time_arrival|organisation",
        "table|on_time_arrival|region",
    ):
        browser.post("/dashboards/pin", what=what, dashboard="1")
    browser.post("/dashboards/1/text", title="Note", text="By the gate.", version="7")
    slice_ = "/slice/departures?rows=organisation&columns=origin&value=flights&totals=1"
    browser.post("/dashboards/pin", what="slice_table", address=slice_, dashboard="1")
    return browser


@pytest.mark.parametrize("look", LOOKS)
def test_every_dashboard_screen_is_quiet_accessible_and_fits(
    chromium: Chromium, address: str, owner: Browser, look: Look
) -> None:
    boards = (
        "/dashboards",
        "/dashboards/1",
        "/dashboards/1?period=2013-07&cut=organisation:network",
        "/dashboards/1?edit=1",
        "/dashboards/1/wall",
    )
    pinned = (
        "/indicators/on_time_arrival",
        "/scorecards/punctuality",
        "/slice/departures?rows=organisation&value=flights",
    )
    session = owner.cookies()["sid"]

    assert troubles(chromium, address, session, look, boards) == {}
    assert troubles(chromium, address, session, look, pinned, press=".pin summary") == {}


def test_tiles_are_pinned_and_arranged_by_keys_and_by_drag(
    chromium: Chromium, address: str, owner: Browser
) -> None:
    context = signed_in_context(
        chromium, address, owner.cookies()["sid"], viewport={"width": 1440, "height": 1000}
    )
    tab = Tab(context)
    page = tab.page
    tab.open("/indicators/late_departures")
    page.focus(".pin summary")
    page.keyboard.press("Enter")
    page.focus(".pin-form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboards/1*")
    tab.until(f"{ORDER}.endsWith('Late departures')")

    page.click("#edit")
    tab.until("document.querySelector('.is-draggable') !== null")
    page.focus("[id^=later-]")
    page.keyboard.press("Enter")
    tab.until(f"{ORDER}.startsWith('Severe arrival delays,Fleet age flown')")
    assert page.evaluate("document.activeElement.id").startswith("later-")

    handle = page.locator(".drag").nth(1).bounding_box()
    target = page.locator(".grid-tile").nth(0).bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 9, handle["y"] + 9)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + 60, steps=4)
    page.mouse.up()
    tab.until(f"{ORDER}.startsWith('Fleet age flown,Severe arrival delays')")
    assert tab.all_complaints() == []
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_a_wall_turns_by_itself_and_reads_from_afar(
    chromium: Chromium, address: str, owner: Browser, width: int, height: int
) -> None:
    context = signed_in_context(
        chromium,
        address,
        owner.cookies()["sid"],
        viewport={"width": width, "height": height},
    )
    tab = Tab(context)
    tab.open("/dashboards/1/wall?seconds=5")
    first = tab.page.inner_text(".wall-grid")
    # The smallest letters take 1.5 % of the width of the screen: 18 mm on one of 1.2 m.
    small = tab.page.evaluate(
        "Math.min(...[...document.querySelectorAll('#wall *')]"
        ".filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))"
        ".filter(e => !e.closest('.hidden, .status > span, .why, [data-chart]'))"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    cut = tab.page.evaluate(
        "[...document.querySelectorAll('.wall-tile')]"
        ".filter(e => e.scrollHeight > e.clientHeight + 2).map(e => e.innerText)"
    )
    tab.until(f"document.querySelector('.wall-grid').innerText !== {first!r}", seconds=15)

    assert small >= 0.015 * width
    assert cut == []
    assert tab.overflow() <= 0
    assert tab.all_complaints() == []
    context.close()


def test_a_screen_that_is_ended_goes_dark_however_slowly_it_turns(
    chromium: Chromium, address: str, owner: Browser
) -> None:
    page = owner.post("/dashboards/1/displays").text
    token = page.split("/wall/")[-1].split("?")[0]
    context = chromium.new_context(base_url=address)
    tab = Tab(context)
    tab.open(f"/wall/{token}?seconds=3600")
    owner.post("/dashboards/1/displays/end", display="1", version="8")
    tab.until("document.body.innerText.includes('This screen is closed')", seconds=12)

    assert context.cookies() == []
    context.close()
