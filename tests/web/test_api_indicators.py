"""Indicators for programs: definitions, and figures that are exact."""

from fractions import Fraction

import pytest
from flask import Flask

from server.indicators.rounding import round_half_even
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.web.people import VIEWER
from tests.web.source import count, december, is_on_time

PATH = "/api/v1/indicators"


@pytest.fixture(scope="module")
def headers(loaded: Runtime) -> dict[str, str]:
    with loaded.metadata.write() as writing:
        token = create_token(writing, named_user(writing, VIEWER), "test", loaded.clock())
    return {"Authorization": f"Bearer {token}"}


def test_a_figure_is_told_rounded_and_exact(app: Flask, headers: dict[str, str]) -> None:
    share = Fraction(count(december(), is_on_time), len(december())) * 100
    answer = app.test_client().get(f"{PATH}/on_time_arrival?period=2013-12", headers=headers)
    body = answer.get_json()

    assert body["actual"] == {
        "value": str(round_half_even(share, 1)),
        "exact": f"{share.numerator}/{share.denominator}",
    }
    assert body["target"] == {"value": "74.0", "exact": "74/1"}
    assert (body["status"], body["period"]) == ("off", "2013-12")
    assert len(body["trend"]) == 12


def test_a_figure_that_is_not_there_says_why(app: Flask, headers: dict[str, str]) -> None:
    client = app.test_client()
    body = client.get(f"{PATH}/on_time_arrival", headers=headers).get_json()

    assert body["year_earlier"] == {"absent": "not_loaded"}


def test_every_definition_is_listed(app: Flask, headers: dict[str, str]) -> None:
    listed = app.test_client().get(PATH, headers=headers).get_json()["indicators"]

    assert {"on_time_arrival", "cancellations", "seat_miles"} <= {one["code"] for one in listed}
    assert all(one["formula"] and one["owner"] for one in listed)


def test_the_slice_is_said_again(app: Flask, headers: dict[str, str]) -> None:
    path = f"{PATH}/on_time_arrival?cut=organisation:network,AA"
    body = app.test_client().get(path, headers=headers).get_json()

    assert body["slice"] == [{"dimension": "organisation", "path": ["network", "AA"]}]
