"""Why a figure changed, for programs: parts that add up exactly, on the real flights."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.web.people import ANALYST, VIEWER

INDICATOR = "/api/v1/indicators/on_time_arrival/contribution?period=2013-12"
CUBE = "/api/v1/cubes/departures/contribution?period=2013-12"


def exact(figure: Mapping[str, str]) -> Fraction:
    return Fraction(figure["exact"])


def added_up(body: Mapping[str, Any], name: str = "amount") -> Fraction:
    """The parts and the others, added up."""
    listed = [*body["parts"], *([body["others"]] if body["others"] else [])]
    return sum((exact(one[name]) for one in listed), Fraction(0))


@pytest.mark.parametrize("by", ["organisation", "region", "origin", "organisation:carrier", "hour"])
def test_the_parts_of_a_rate_s_change_add_up(ask: Ask, by: str) -> None:
    body = ask(f"{INDICATOR}&by={by}", VIEWER).get_json()
    shown = ask("/api/v1/indicators/on_time_arrival?period=2013-12", VIEWER).get_json()

    assert body["now"] == shown["actual"]
    assert body["before"] == shown["previous"]
    assert body["against"] == "2013-11"
    assert added_up(body) == exact(body["change"]) == exact(body["now"]) - exact(body["before"])
    assert exact(body["totals"]["mix"]) + exact(body["totals"]["rate"]) == exact(body["change"])
    assert exact(body["totals"]["volume"]) == 0


def test_the_members_beyond_the_limit_are_one_part(ask: Ask) -> None:
    body = ask(f"{INDICATOR}&by=organisation:carrier&limit=3", VIEWER).get_json()

    assert len(body["parts"]) == 3
    assert added_up(body) == exact(body["change"])
    sizes = [abs(exact(one["amount"])) for one in body["parts"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_sum_changes_by_volume_mix_and_rate(ask: Ask) -> None:
    """Miles flown: more flights, to places nearer or farther, each as far as it is."""
    body = ask(f"{CUBE}&aggregate=miles&by=region", ANALYST).get_json()

    for name in ("volume", "mix", "rate"):
        assert added_up(body, name) == exact(body["totals"][name])
    assert added_up(body) == exact(body["change"])
    for part in body["parts"]:
        assert exact(part["amount"]) == sum(exact(part[n]) for n in ("volume", "mix", "rate"))


def test_an_average_of_the_model_changes_by_mix_and_rate(ask: Ask) -> None:
    """Its parts are no aggregates of the model: they are known by hidden names."""
    body = ask(f"{CUBE}&aggregate=departure_delay_avg&by=organisation", ANALYST).get_json()

    assert added_up(body) == exact(body["change"]) == exact(body["now"]) - exact(body["before"])
    assert exact(body["totals"]["mix"]) + exact(body["totals"]["rate"]) == exact(body["change"])


def test_without_a_dimension_the_one_in_which_few_did_most_is_taken(ask: Ask) -> None:
    body = ask(INDICATOR, VIEWER).get_json()

    leanings = [float(one["concentration"]) for one in body["leanings"]]
    assert leanings == sorted(leanings, reverse=True)
    assert body["suggested"] == body["by"]["dimension"] == body["leanings"][0]["dimension"]


def test_within_a_member_its_own_change_is_split_one_level_down(ask: Ask) -> None:
    body = ask(f"{INDICATOR}&cut=organisation:network&by=organisation", VIEWER).get_json()

    assert {one["path"][0] for one in body["parts"]} == {"network"}
    assert body["by"]["level"] == "carrier"
    assert added_up(body) == exact(body["change"])


def test_what_was_not_loaded_cannot_be_compared(ask: Ask) -> None:
    body = ask(f"{INDICATOR}&against=last_year", VIEWER).get_json()

    assert body["change"] == {"absent": "not_loaded"}
    assert body["parts"] == []
    assert body["totals"] is None


def test_a_longest_delay_is_no_sum_of_parts(ask: Ask) -> None:
    body = ask(f"{CUBE}&aggregate=departure_delay_max", ANALYST).get_json()

    assert body["change"] == {"absent": "not_applicable"}


def test_a_rate_s_target_is_not_shared_out(ask: Ask) -> None:
    body = ask(f"{INDICATOR}&against=target", VIEWER).get_json()

    assert body["change"] == {"absent": "not_applicable"}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("&against=yesterday", "against"),
        ("&against=2013-12", "against"),
        ("&against=2013", "against"),
        ("&by=time", "by"),
        ("&limit=0", "limit"),
        ("&like_for_like=perhaps", "like_for_like"),
    ],
)
def test_what_cannot_be_asked_is_told(ask: Ask, more: str, field: str) -> None:
    answer = ask(INDICATOR + more, VIEWER)

    assert answer.status_code == 422 or answer.status_code == 400
    assert answer.get_json()["error"]["field"] == field


def test_an_unknown_dimension_is_told(ask: Ask) -> None:
    assert ask(f"{INDICATOR}&by=colour", VIEWER).status_code == 404


def test_like_for_like_compares_carriers_of_both_months(ask: Ask) -> None:
    """All sixteen carriers but SkyWest flew in October and November; it flew in November alone."""
    path = INDICATOR.replace("2013-12", "2013-11")
    body = ask(f"{path}&like_for_like=true&by=organisation:carrier", VIEWER).get_json()

    assert body["compared"]["kind"] == "like_for_like"
    assert (body["compared"]["units"], body["compared"]["of"]) == (15, 16)
    assert {one["presence"] for one in body["parts"]} == {"both"}
