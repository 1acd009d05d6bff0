"""Language models ask cubes and indicators, as whoever owns their token."""

from typing import Any

import pytest
from mcp.client.client import Client
from mcp.types import TextResourceContents

from tests.mcp.conftest import Used, parameters, talk, use_all
from tests.web.people import ADMIN, ANALYST, VIEWER

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "cubes": ("list_cubes", {}),
    "cube": ("describe_cube", {"cube": "departures"}),
    "members": (
        "list_members",
        {"cube": "departures", "dimension": "organisation", "level": "carrier", "search": "Delta"},
    ),
    "facts": (
        "list_facts",
        {"cube": "departures", "cut": ["time:2013,4,12"], "fields": ["distance"], "rows": 2},
    ),
    "december": (
        "query",
        {
            "aggregates": ["departures.flights"],
            "cut": ["time:2013,4,12"],
            "drilldown": ["organisation:group"],
            "compare": ["previous:difference"],
        },
    ),
    "two cubes": (
        "query",
        {
            "aggregates": ["departures.cancelled", "weather.observations"],
            "formulas": {"per_hour": "departures.cancelled / weather.observations"},
            "cut": ["time:2013,4,12"],
        },
    ),
    "page": (
        "query",
        {
            "aggregates": ["departures.flights"],
            "drilldown": ["organisation:carrier"],
            "order": ["departures.flights:desc"],
            "rows": 3,
        },
    ),
    "why the cube": (
        "explain_change_of_aggregate",
        {"cube": "departures", "aggregate": "flights", "period": "2013-12", "by": "organisation"},
    ),
    "indicators": ("list_indicators", {}),
    "indicator": ("indicator", {"code": "on_time_arrival", "period": "2013-12"}),
    "why": (
        "explain_change_of_indicator",
        {"code": "on_time_arrival", "period": "2013-12", "by": "organisation"},
    ),
    "scorecards": ("list_scorecards", {}),
    "wrong cube": ("describe_cube", {"cube": "departure"}),
    "wrong level": (
        "query",
        {"aggregates": ["departures.flights"], "drilldown": ["organisation:carier"]},
    ),
    "wrong word": (
        "query",
        {"aggregates": ["departures.flights"], "cuts": ["time:2013,4,12"]},
    ),
    "no word": ("list_members", {"cube": "departures", "dimension": "origin", "depth": 1}),
    "wrong rows": ("list_facts", {"cube": "departures", "rows": 100_000}),
}


@pytest.fixture(scope="module")
def found(address: str, tokens: dict[str, str]) -> dict[str, Used]:
    """What an administrator's model is answered."""
    answers = use_all(parameters(address, tokens[ADMIN]), *CALLS.values())
    return dict(zip(CALLS, answers, strict=True))


def test_the_cubes_and_their_parts_can_be_looked_up(found: dict[str, Used]) -> None:
    assert [one["name"] for one in found["cubes"].body["cubes"]] == ["departures", "weather"]
    assert "organisation" in [one["name"] for one in found["cube"].body["dimensions"]]
    assert [row["organisation.carrier"] for row in found["members"].body["members"]] == ["DL"]
    assert len(found["facts"].body["facts"]) == 2, found["facts"].text


def test_figures_are_those_of_the_facts(found: dict[str, Used]) -> None:
    december = found["december"].body

    assert december["summary"]["departures.flights"] == 28_135
    assert december["summary"]["departures.flights__previous__difference"] == 867
    assert {
        cell["organisation.group"]: cell["departures.flights"] for cell in december["cells"]
    } == {"low_cost": 6590, "network": 13_416, "regional": 8129}
    assert december["snapshot"]
    assert december["watermark"] == "2013-12-31"
    assert found["december"].structured == december


def test_cubes_can_be_asked_together(found: dict[str, Used]) -> None:
    summary = found["two cubes"].body["summary"]

    assert summary["per_hour"] == pytest.approx(
        summary["departures.cancelled"] / summary["weather.observations"]
    )


def test_rows_come_in_pages_with_how_many_there_are(found: dict[str, Used]) -> None:
    page = found["page"].body

    assert [cell["departures.flights"] for cell in page["cells"]] == [58_665, 54_635, 54_173]
    assert page["total_cell_count"] == 16


def test_indicators_and_scorecards_are_told_with_their_judgement(found: dict[str, Used]) -> None:
    codes = [one["code"] for one in found["indicators"].body["indicators"]]
    indicator = found["indicator"].body

    assert "on_time_arrival" in codes
    assert indicator["indicator"]["code"] == "on_time_arrival"
    assert indicator["actual"] == {"value": "63.8", "exact": "359120/5627"}
    assert indicator["target"] == {"value": "74.0", "exact": "74/1"}
    assert indicator["status"] == "off"
    assert found["scorecards"].body["scorecards"]


def test_a_change_is_explained_in_parts_that_add_up(found: dict[str, Used]) -> None:
    assert not found["why the cube"].is_error, found["why the cube"].text
    assert not found["why"].is_error, found["why"].text
    assert "organisation" in found["why"].text


def test_a_scorecard_is_told_whole(address: str, tokens: dict[str, str]) -> None:
    server = parameters(address, tokens[VIEWER])
    (cards,) = use_all(server, ("list_scorecards", {}))
    code = cards.body["scorecards"][0]["code"]
    (card,) = use_all(server, ("scorecard", {"code": code, "period": "2013-12"}))

    assert card.body["code"] == code
    assert card.body["perspectives"]


def test_a_mistake_is_told_with_what_is_allowed(found: dict[str, Used]) -> None:
    assert found["wrong cube"].is_error
    assert "departures" in found["wrong cube"].text
    assert found["wrong level"].is_error
    assert "carrier" in found["wrong level"].text
    assert found["wrong rows"].is_error
    assert "500" in found["wrong rows"].text


def test_an_argument_that_is_none_is_refused_not_dropped(found: dict[str, Used]) -> None:
    assert found["wrong word"].is_error
    assert "There is no argument 'cuts' here." in found["wrong word"].text
    assert "Did you mean cut?" in found["wrong word"].text
    assert found["no word"].is_error
    assert "Allowed: cube, dimension, level, search" in found["no word"].text


def test_nobody_is_told_what_their_token_may_not_see(address: str, tokens: dict[str, str]) -> None:
    """The analyst of these tests is confined to the network carriers; a viewer may not slice."""
    december = CALLS["december"]
    (confined,) = use_all(parameters(address, tokens[ANALYST]), december)
    viewing, slicing = use_all(parameters(address, tokens[VIEWER]), CALLS["indicators"], december)

    assert confined.body["summary"]["departures.flights"] == 13_416
    assert [one["organisation.group"] for one in confined.body["cells"]] == ["network"]
    assert not viewing.is_error
    assert slicing.is_error
    assert "slice" in slicing.text


def test_a_bad_token_and_an_absent_server_are_told(address: str) -> None:
    (unknown,) = use_all(parameters(address, "icb_none"), CALLS["cubes"])
    (away,) = use_all(parameters("http://127.0.0.1:9", "icb_none"), CALLS["cubes"])

    assert "token is unknown" in unknown.text
    assert "does not answer" in away.text


def test_all_that_is_offered_only_reads(address: str, tokens: dict[str, str]) -> None:
    async def look(client: Client) -> Any:
        offered = await client.list_tools()
        resource = await client.read_resource("indicube://indicators")
        (content,) = resource.contents
        assert isinstance(content, TextResourceContents)
        return offered.tools, content.text

    tools, dictionary = talk(parameters(address, tokens[ADMIN]), look)

    assert all(tool.annotations.read_only_hint for tool in tools)
    assert all(tool.description for tool in tools)
    assert all(tool.input_schema["additionalProperties"] is False for tool in tools)
    assert {name for name, _ in CALLS.values()} | {"scorecard"} == {tool.name for tool in tools}
    assert "on_time_arrival" in dictionary
