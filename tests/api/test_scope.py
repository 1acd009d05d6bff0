"""A confined person's token never sees outside: their world is all there is."""

from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.web.people import ADMIN, ANALYST

CUBE = "/api/v1/cubes/departures"
NETWORK = "cut=organisation:network"
# Names that only other carriers have.
OUTSIDE = ("JetBlue", "low_cost", "regional", '"B6"', ",B6,", "Virgin", "Low-cost")


def _figures(body: dict[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("cell", *left_out)}


@pytest.mark.parametrize(
    "question",
    [
        "aggregate?x=1",
        "aggregate?drilldown=organisation:carrier",
        "aggregate?drilldown=time@ymd:month|origin&aggregates=flights|aircraft|miles",
        "aggregate?drilldown=region:airport",
        "aggregate?split=organisation:low_cost",
        "aggregate?cut=!organisation:network",
        "aggregate?cut=organisation:low_cost;network,AA",
        "members/organisation?x=1",
        "members/region?x=1",
        "members/organisation?search=e",
        "facts?cut=time:2013,4,12,31&fields=carrier,flight",
        "facts?cut=time:2013,4,12,31&fields=carrier,flight&page=0&pagesize=7&order=carrier",
    ],
)
def test_the_answer_is_that_of_a_world_without_the_others(ask: Ask, question: str) -> None:
    path = f"{CUBE}/{question}".replace("x=1", "lang=en")
    own = ask(path, ANALYST)
    cut = ask(f"{path}&{NETWORK}", ADMIN)

    assert own.status_code == cut.status_code == 200, own.text
    assert _figures(own.get_json()) == _figures(cut.get_json())


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_stream_is_that_of_a_world_without_the_others(ask: Ask, form: str) -> None:
    path = f"{CUBE}/facts?cut=time:2013,4,12&fields=carrier,flight&format={form}"

    assert ask(path, ANALYST).data == ask(f"{path}&{NETWORK}", ADMIN).data


@pytest.mark.parametrize("path", ["scorecards/punctuality", "indicators/on_time_arrival/value"])
def test_scorecards_and_indicators_are_of_the_own_world(ask: Ask, path: str) -> None:
    own = ask(f"/api/v1/{path}?period=2013-12", ANALYST).get_json()
    cut = ask(f"/api/v1/{path}?period=2013-12&{NETWORK}", ADMIN).get_json()

    assert own.get("actual") == cut.get("actual")
    assert (
        own["score"]["exact"] != ask(f"/api/v1/{path}?period=2013-12").get_json()["score"]["exact"]
    )


@pytest.mark.parametrize(
    "path",
    [
        f"{CUBE}/aggregate?drilldown=organisation:carrier&format=csv",
        f"{CUBE}/members/organisation?format=jsonl",
        f"{CUBE}/members/organisation?search=JetBlu",
        "/api/v1/indicators/on_time_arrival",
        "/api/v1/indicators/on_time_arrival/series",
        "/api/v1/scorecards/punctuality",
        "/api/v1/exports",
    ],
)
def test_no_answer_names_what_is_outside(ask: Ask, path: str) -> None:
    answer = ask(path, ANALYST)

    assert answer.status_code == 200
    assert [name for name in OUTSIDE if name in answer.text] == []


def test_a_member_outside_looks_like_one_that_does_not_exist(ask: Ask) -> None:
    path = "/api/v1/scorecards/punctuality?cut=organisation:"
    outside, made_up = ask(f"{path}low_cost", ANALYST), ask(f"{path}made_up", ANALYST)

    assert outside.status_code == made_up.status_code == 404
    assert outside.get_json()["error"]["allowed"] == made_up.get_json()["error"]["allowed"]


def test_loads_are_closed_to_a_confined_analyst(ask: Ask) -> None:
    """Control sums and source names tell of facts outside a person's scope."""
    assert ask("/api/v1/loads", ANALYST).status_code == 403
    assert ask("/api/v1/loads/4", ANALYST).status_code == 403
