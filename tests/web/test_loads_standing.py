"""Above the list of loads: what contracts still wait for, and roll-ups that were taken away."""

from server.metadata.rollups import set_disabled
from server.runtime import Runtime
from tests.web.people import ADMIN, Browser, Clock
from tests.web.screens import found_in, screen, texts


def test_a_contract_that_is_met_says_so(admin: Browser) -> None:
    page = screen(admin.get("/loads"))

    assert texts(page, "#arrived dt") == ["departures"]
    assert texts(page, "#arrived dd") == ["all 12 have arrived whole to 31 Dec 2013"]


def test_a_roll_up_that_was_taken_away_is_told_with_what_to_do(
    fresh: Runtime, clock: Clock, browser: Browser
) -> None:
    browser.sign_in(ADMIN)
    assert not found_in(screen(browser.get("/loads")), ".trouble")
    with fresh.metadata.write() as writing:
        set_disabled(writing, "departures", "by_month__0a1b2c3d", "12 is told, 11 is so", clock.now)

    (told,) = texts(screen(browser.get("/loads")), ".trouble")
    assert "of departures" in told
    assert "12 is told, 11 is so" in told
    assert "indicube rollup build by_month" in told
