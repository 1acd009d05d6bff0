"""Laws of slices, for every aggregate: totals, scopes and limits."""

import time
from fractions import Fraction
from urllib.parse import urlencode

import pytest

from server.errors import InvalidInput, LimitReached, NotFound
from server.indicators.absence import Absence
from server.runtime import Runtime
from tests.slices.asking import ANALYST, CONFINED, answer

DIMENSIONS = ("organisation:carrier", "region:region", "origin", "time:quarter", "aircraft")


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_total_is_the_question_without_the_dimension(flights: Runtime, dimension: str) -> None:
    """For every aggregate, additive or not; eight at a time, for so many fit."""
    names = [one.name for one in flights.cubes.model.cube("departures").aggregates]
    for start in range(0, len(names), 8):
        values = [("value", name) for name in names[start : start + 8]]
        asked = [("rows", "time:quarter"), ("cut", "organisation:low_cost"), *values]
        if dimension == "time:quarter":
            asked[0] = ("rows", "origin")
        with_it = answer(flights, urlencode([*asked, ("columns", dimension), ("totals", "1")]))
        without = answer(flights, urlencode([*asked, ("totals", "1")]))
        width = len(values)
        assert [row.cells[-width:] for row in with_it.rows] == [row.cells for row in without.rows]


def test_a_confined_analyst_sees_nothing_outside_totals_included(flights: Runtime) -> None:
    """Rows, totals, others and shares of a confined person are those of the cut itself."""
    text = "rows=organisation:carrier&value=flights:value,share&top=2:flights&totals=1"
    confined = answer(flights, text, CONFINED)
    cut = answer(flights, f"{text}&cut=organisation:network", ANALYST)

    assert [row.cells for row in confined.rows] == [row.cells for row in cut.rows]
    assert confined.rows[-1].cells[0] == 161_096
    assert confined.fingerprint != cut.fingerprint


def test_a_confined_analyst_cannot_cut_to_what_is_outside(flights: Runtime) -> None:
    """A low-cost carrier has no facts for them, and its name is not told."""
    result = answer(flights, "value=flights&cut=organisation:low_cost,B6", CONFINED)

    assert result.rows[0].cells == (Fraction(0),)
    assert "JetBlue" not in result.filters[0].words


def test_a_slice_that_is_too_large_is_refused_before_it_is_asked(flights: Runtime) -> None:
    """Days by aircraft by destinations by distances, and by days: a sentence, at once."""
    for text in (
        "rows=time:day&rows=aircraft:tail_number&rows=region:airport&value=flights",
        "rows=aircraft:tail_number&columns=time:day&value=flights&totals=1",
        "rows=organisation:carrier&columns=aircraft:tail_number&value=flights",
    ):
        began = time.monotonic()
        with pytest.raises(LimitReached, match="Cut it"):
            answer(flights, text)
        assert time.monotonic() - began < 20


def test_an_unknown_indicator_names_the_known_ones(flights: Runtime) -> None:
    """And one of another cube says of which."""
    with pytest.raises(NotFound) as told:
        answer(flights, "value=indicator.happiness")
    assert "on_time_arrival" in told.value.allowed
    with pytest.raises(InvalidInput, match="weather"):
        answer(flights, "value=indicator.low_visibility")


def test_a_slice_without_facts_has_no_rows_and_an_honest_total(flights: Runtime) -> None:
    """Nothing flew from JFK to Anchorage in February: no member, a zero, no ratio."""
    result = answer(
        flights,
        "rows=organisation&value=flights&value=indicator.cancellations&totals=1&top=3:flights"
        "&cut=origin:JFK|region:America/Anchorage|time:2013,1,2",
    )
    assert [row.kind for row in result.rows] == ["others", "total"]
    assert {row.cells for row in result.rows} == {(Fraction(0), Absence.ZERO_DENOMINATOR)}
