"""How the screens behave in a real browser: in place, by keyboard, without script, quietly."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from tests.web.chromium import CHROMIUM, Tab, signed_in_context
from tests.web.people import Browser

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")


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


@pytest.mark.parametrize("width", [360, 768, 1024, 3840])
def test_the_scorecard_fits_every_width(tab: Tab, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.open("/scorecards/punctuality")

    assert tab.overflow() <= 0


def test_a_picker_changes_the_screen_in_place_and_keeps_focus_and_scroll(tab: Tab) -> None:
    tab.open("/scorecards/punctuality")
    page = tab.page
    page.evaluate("window.sameDocument = true")
    page.mouse.wheel(0, 500)
    tab.until("scrollY > 300")
    before = page.evaluate("scrollY")

    page.focus("#pick-organisation")
    page.select_option("#pick-organisation", "organisation:low_cost,B6")
    tab.until("document.querySelector('.lede').textContent.includes('JetBlue')")

    assert page.evaluate("window.sameDocument")
    assert page.evaluate("document.activeElement.id") == "pick-organisation"
    assert abs(page.evaluate("scrollY") - before) < 80
    assert "cut=organisation" in page.url
    assert tab.all_complaints() == []


def test_going_back_shows_what_was_there(tab: Tab) -> None:
    tab.open("/scorecards/punctuality?period=2013-07")
    page = tab.page
    page.click("#earlier")
    page.wait_for_url("**period=2013-06*")
    tab.until("document.title.includes('June 2013')")

    page.go_back()
    tab.until("document.querySelector('.lede').textContent.includes('July 2013')")

    assert page.title().startswith("New York departures 2013 · July 2013")
    assert page.locator(".frame").count() == 1
    assert tab.all_complaints() == []


def test_going_to_another_screen_starts_at_its_top_and_is_announced(tab: Tab) -> None:
    tab.open("/scorecards/punctuality")
    page = tab.page
    page.evaluate("window.sameDocument = true; scrollTo(0, 600)")
    page.click("#i-fleet_age")
    page.wait_for_url("**/indicators/fleet_age*")
    tab.until("document.querySelector('[data-chart] svg') !== null")

    assert page.evaluate("window.sameDocument")
    assert page.evaluate("scrollY") == 0
    assert page.inner_text("#announcement").startswith("Fleet age flown")
    assert tab.all_complaints() == []


def test_the_chart_is_drawn_in_the_colours_of_the_theme(tab: Tab) -> None:
    tab.open("/indicators/on_time_arrival")
    light = tab.page.evaluate("window.before = document.querySelector('[data-chart]').innerHTML")

    tab.page.emulate_media(color_scheme="dark")
    tab.until("document.querySelector('[data-chart] svg') !== null")
    tab.until("document.querySelector('[data-chart]').innerHTML !== window.before")

    assert tab.page.inner_html("[data-chart]").count("<path") == light.count("<path")
    assert tab.all_complaints() == []


def test_pointing_at_the_chart_breaks_no_rule(tab: Tab) -> None:
    tab.open("/indicators/on_time_arrival")
    tab.page.hover("[data-chart]")
    tab.until("document.querySelector('[data-chart]').textContent.includes('PL plan   ')")

    assert tab.all_complaints() == []


def test_the_palette_opens_by_key_and_leads_there(tab: Tab) -> None:
    page = tab.page
    tab.open("/scorecards/punctuality")
    page.keyboard.press("Control+k")
    page.keyboard.type("severe")
    tab.until("document.querySelectorAll('#found a').length === 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/indicators/severe_delays*")

    assert page.locator("dialog[open]").count() == 0
    assert tab.all_complaints() == []


def test_nothing_of_the_figures_is_kept_in_the_browser(tab: Tab) -> None:
    tab.open("/scorecards/punctuality")
    tab.page.click("#earlier")
    tab.page.wait_for_url("**period=2013-11*")

    kept = tab.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await caches.keys()).length]"
    )

    assert kept == [0, 0, 0]


def test_htmx_puts_no_style_into_the_page(tab: Tab) -> None:
    tab.open("/scorecards/punctuality")

    assert tab.page.evaluate("document.adoptedStyleSheets.length") == 0
    assert tab.page.locator("style").count() == 0


@pytest.mark.parametrize(
    "markup",
    [
        "<script src='/static/planted.js'></script>",
        "<script>window.planted = true</script>",
        "<img src=x onerror='window.planted = true'>",
        "<div hx-on:click='window.planted = true' id='bait'>x</div>",
        "<div hx-get='/find' hx-trigger='click[window.planted=true]' id='bait'>x</div>",
        "<div hx-get='/find' hx-vals='js:{a: window.planted = true}' id='bait'>x</div>",
    ],
)
def test_markup_that_came_with_an_answer_never_runs(tab: Tab, markup: str) -> None:
    """Even if text were put into a page unescaped by mistake, the policy and htmx hold."""
    page = tab.page
    page.route(
        "**/static/planted.js",
        lambda route: route.fulfill(
            body="window.planted = true", content_type="application/javascript"
        ),
    )
    page.route(
        "**/find*",
        lambda route: route.fulfill(
            body=f"<div class='found'>{markup}</div>", content_type="text/html"
        ),
    )
    tab.open("/scorecards/punctuality")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#found .found", state="attached")
    if page.locator("#bait").count():
        page.click("#bait")
    page.wait_for_timeout(200)

    assert page.evaluate("window.planted") is None


def test_no_request_leaves_for_another_host(tab: Tab, address: str) -> None:
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    for path in ("/scorecards/punctuality", "/indicators/on_time_arrival", "/loads"):
        tab.open(path)

    assert asked
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_without_script_the_pickers_have_a_button(
    chromium: Chromium, address: str, admin: Browser
) -> None:
    context = signed_in_context(
        chromium, address, admin.cookies()["sid"], java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/scorecards/punctuality")
    page.select_option("#period", "2013-07")
    page.click(".bar-go")

    assert "July 2013" in page.inner_text(".lede")
    assert page.locator(".board-line").count() == 13
    context.close()


def test_the_first_key_leads_past_the_navigation(tab: Tab) -> None:
    tab.open("/scorecards/punctuality")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"

    tab.page.keyboard.press("Enter")

    assert tab.page.evaluate("document.activeElement.id") == "screen"


def test_the_reason_for_a_missing_number_shows_on_focus(tab: Tab) -> None:
    tab.open("/indicators/on_time_arrival")
    reason = tab.page.locator(".figures .why").first
    assert not reason.is_visible()

    tab.page.locator(".figures .absent").first.focus()

    assert reason.is_visible()
