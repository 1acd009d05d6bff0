"""The indicator screen: definition, trend, breakdown, and the way down to the facts."""

import json
from fractions import Fraction

from server.indicators.rounding import round_half_even
from tests.web.people import Browser
from tests.web.screens import found_in, links, row_of, screen, texts, words
from tests.web.source import NETWORK, count, december, is_on_time

PAGE = "/indicators/on_time_arrival"


def test_it_tells_what_the_indicator_is(admin: Browser) -> None:
    page = screen(admin.get(PAGE))
    said = " ".join(texts(page, ".content"))

    assert texts(page, "h1") == ["Arrivals on time %"]
    assert texts(page, ".formula") == ["on_time_arrivals / flights"]
    for phrase in ("higher is better", "Grace Miller", "monthly", "version 1", "Seasonal"):
        assert phrase in said


def test_the_operands_are_those_of_the_source(admin: Browser) -> None:
    page = screen(admin.get(PAGE))
    shown = texts(page, "dl.facts dd")

    assert f"{len(december()):,} Scheduled departures" in shown
    assert f"{count(december(), is_on_time):,} Arrivals within 15 minutes" in shown


def test_the_breakdown_is_computed_from_the_facts_of_each_member(admin: Browser) -> None:
    network = tuple(row for row in december() if row["carrier"] in NETWORK)
    share = Fraction(count(network, is_on_time), len(network))
    row = row_of(screen(admin.get(PAGE)), ".with-bars", "Network carriers")

    assert row[1] == f"{round_half_even(share * 100, 1)}%"
    assert row[-1] == f"{len(network):,}"


def test_a_member_leads_one_level_down(admin: Browser) -> None:
    page = screen(admin.get(PAGE))
    down = f"{PAGE}?period=2013-12&cut=organisation:network"

    assert down in links(page, ".with-bars th a")
    assert row_of(screen(admin.get(down)), ".with-bars", "Delta Air Lines")


def test_at_the_last_level_there_is_no_further_breakdown(admin: Browser) -> None:
    page = screen(admin.get(PAGE + "?cut=organisation:network,AA"))

    assert not [title for title in texts(page, "h2") if title.startswith("Organisation")]


def test_the_chart_says_the_same_as_the_table_below_it(admin: Browser) -> None:
    page = screen(admin.get(PAGE))
    (holder,) = found_in(page, "[data-chart]")
    chart = json.loads(holder.get("data-chart") or "")
    actual = next(one for one in chart["series"] if one["scenario"] == "AC")

    cells = [[words(cell) for cell in row] for row in found_in(page, ".chart-data tbody tr")]

    assert len(actual["values"]) == 12
    assert [f"{value:.1f}%" for value in actual["values"]] == [row[1] for row in cells]


def test_an_unknown_indicator_is_not_there(admin: Browser) -> None:
    answer = admin.get("/indicators/made_up")

    assert answer.status_code == 404
    assert "made_up" in answer.text


def test_a_filter_that_the_cube_does_not_have_is_not_taken_for_zero(admin: Browser) -> None:
    """Weather is not measured by carrier."""
    page = screen(admin.get("/indicators/low_visibility?cut=organisation:network"))

    assert texts(page, ".figures .main dd")[0].startswith("n/a")


def test_the_share_of_a_member_says_that_it_is_one_of_the_facts(admin: Browser) -> None:
    page = screen(admin.get(PAGE))

    assert texts(page, ".with-bars th abbr") == ["Share of facts"] * len(
        found_in(page, "table.with-bars")
    )
    (title, *_) = (one.get("title") for one in found_in(page, ".with-bars th abbr"))
    assert title == "share of the facts behind the figure, not of the figure"
    assert "事实占比" in texts(screen(admin.get(f"{PAGE}?lang=zh")), ".with-bars th abbr")
