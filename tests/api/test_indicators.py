"""Indicators for programs: definitions, and figures that are exact."""

from fractions import Fraction

from server.indicators.rounding import round_half_even
from tests.api.conftest import Ask
from tests.web.people import VIEWER
from tests.web.source import count, december, is_on_time

PATH = "/api/v1/indicators"


def test_a_figure_is_told_rounded_and_exact(ask: Ask) -> None:
    share = Fraction(count(december(), is_on_time), len(december())) * 100
    answer = ask(f"{PATH}/on_time_arrival?period=2013-12", VIEWER)
    body = answer.get_json()

    assert body["actual"] == {
        "value": str(round_half_even(share, 1)),
        "exact": f"{share.numerator}/{share.denominator}",
    }
    assert body["target"] == {"value": "74.0", "exact": "74/1"}
    assert (body["status"], body["period"]) == ("off", "2013-12")
    assert len(body["trend"]) == 12


def test_a_figure_that_is_not_there_says_why(ask: Ask) -> None:
    body = ask(f"{PATH}/on_time_arrival", VIEWER).get_json()

    assert body["year_earlier"] == {"absent": "not_loaded"}


def test_every_definition_is_listed(ask: Ask) -> None:
    listed = ask(PATH, VIEWER).get_json()["indicators"]

    assert {"on_time_arrival", "cancellations", "seat_miles"} <= {one["code"] for one in listed}
    assert all(one["formula"] and one["owner"] for one in listed)


def test_the_slice_is_said_again(ask: Ask) -> None:
    path = f"{PATH}/on_time_arrival?cut=organisation:network,AA"
    body = ask(path, VIEWER).get_json()

    assert body["slice"] == [{"dimension": "organisation", "path": ["network", "AA"]}]
