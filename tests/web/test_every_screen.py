"""Every screen in a real browser: quiet, accessible, and fitting, in both themes and sizes."""

import pytest
from playwright.sync_api import Browser as Chromium

from tests.web.chromium import CHROMIUM, Tab
from tests.web.looks import LOOKS, Look, troubles
from tests.web.people import Browser

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")

SCREENS = (
    "/scorecards/punctuality",
    "/scorecards/punctuality?period=2013-07&cut=organisation:low_cost,B6",
    "/scorecards/punctuality?period=2012-05",
    "/indicators/on_time_arrival",
    "/indicators/low_visibility?cut=organisation:network",
    "/indicators/on_time_arrival/facts",
    "/indicators/on_time_arrival/facts/7/83163",
    "/indicators",
    "/indicators?q=xylophone",
    "/loads",
    "/loads/4",
    "/loads?state=held",
    "/loads/5/change/withdraw",
    "/loads/5/moved",
    "/scorecards/punctuality?as_of=4",
    "/indicators/on_time_arrival?as_of=4",
    "/snapshots",
    "/snapshots/4..5",
    "/slice/departures/worked-out?rows=organisation&value=flights&cut=time:2013,4",
    "/account",
    "/account/links",
    "/people",
    "/people/2",
    "/people/2/rules/new?dimension=organisation&open=network",
    "/roles",
    "/roles/analyst",
    "/find?q=delay",
)


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_is_quiet_accessible_and_fits(
    chromium: Chromium, address: str, admin: Browser, look: Look
) -> None:
    assert troubles(chromium, address, admin.cookies()["sid"], look, SCREENS) == {}


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/some-link"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_is_quiet_and_accessible(
    chromium: Chromium, address: str, path: str, scheme: str
) -> None:
    context = chromium.new_context(base_url=address, color_scheme=scheme)  # type: ignore[arg-type]
    tab = Tab(context)
    tab.open(path)

    assert (tab.all_complaints(), tab.axe()) == ([], [])
    context.close()
