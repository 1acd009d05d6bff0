"""Why an indicator changed: sentence, bridge and table say the same, and lead on."""

import json
from fractions import Fraction
from itertools import pairwise

import pytest

from server.indicators.rounding import round_half_even
from tests.web.people import Browser
from tests.web.screens import found_in, links, row_of, screen, texts, words
from tests.web.source import count, december, is_on_time

PAGE = "/indicators/on_time_arrival/why"


def test_the_change_is_that_of_the_indicator(admin: Browser) -> None:
    share = round_half_even(Fraction(count(december(), is_on_time), len(december())) * 100, 1)
    page = screen(admin.get(f"{PAGE}?period=2013-12&by=organisation"))
    (before, now, change, *_) = texts(page, ".figures dd")

    assert now == f"{share}%"
    assert row_of(page, ".causes-table", "Total")[1:4] == [before, now, change]


def test_the_bridge_leads_from_one_figure_to_the_other(admin: Browser) -> None:
    page = screen(admin.get(f"{PAGE}?period=2013-12&by=organisation"))
    (holder,) = found_in(page, "#chart-causes")
    chart = json.loads(holder.get("data-chart") or "")
    spans = chart["series"][0]["spans"]

    assert chart["categories"][0] == "November 2013"
    assert chart["categories"][-1] == "December 2013"
    assert spans[0][0] == spans[-1][0] == 0
    for one, following in pairwise(spans[:-1]):
        assert following[0] == pytest.approx(one[1])
    assert spans[-2][1] == pytest.approx(spans[-1][1])


def test_a_member_leads_one_level_down_and_into_the_slicer(admin: Browser) -> None:
    page = screen(admin.get(f"{PAGE}?period=2013-12&by=organisation"))
    found = links(page, ".causes-table a")
    down = f"{PAGE}?period=2013-12&cut=organisation:network"
    slicer = next(one for one in found if "value=indicator" in one and "network" in one)

    assert down in found
    assert "American Airlines" in " ".join(
        texts(screen(admin.get(f"{down}&by=organisation")), "th")
    )
    assert admin.get(slicer).status_code == 200


def test_the_dimension_to_look_at_first_is_marked(admin: Browser) -> None:
    page = screen(admin.get(f"{PAGE}?period=2013-12"))
    leans = texts(page, ".leans li")

    assert "look here first" in leans[0]
    assert sum("look here first" in one for one in leans) == 1


def test_the_indicator_page_fetches_the_parts_alone(admin: Browser) -> None:
    whole = screen(admin.get("/indicators/on_time_arrival?period=2013-12"))
    (place,) = found_in(whole, "#causes")
    address = place.get("hx-get") or ""
    part = admin.ask(address, "causes")

    assert address == f"{PAGE}?period=2013-12"
    assert "<h1" not in part.text
    assert "chart-causes" in part.text
    assert links(whole, "#causes a") == [address]


def test_what_was_not_loaded_is_said(admin: Browser) -> None:
    page = screen(admin.get(f"{PAGE}?period=2013-12&against=last_year"))

    assert words(found_in(page, ".empty")[0]).endswith("have not been loaded.")


def test_choices_stay_with_the_place(admin: Browser) -> None:
    page = screen(admin.get(f"{PAGE}?period=2013-11&by=region&like=1"))

    (alike,) = texts(page, ".note")
    assert alike == "like for like: 15 of 16 are on both sides"
    assert any("by=region" in one and "like=1" in one for one in links(page, "#earlier"))


def test_a_volume_can_be_held_against_its_target_and_a_rate_cannot(admin: Browser) -> None:
    rate, volume = (
        texts(screen(admin.get(f"/indicators/{code}/why?period=2013-12")), ".causes-ways a")
        for code in ("on_time_arrival", "seat_miles")
    )

    assert "Target" not in rate
    assert "Target" in volume
