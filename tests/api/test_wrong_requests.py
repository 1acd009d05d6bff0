"""Every wrong request is told so that a program, or a language model, can mend it by itself.

Each row is a request, and of its mistake: the code, the field, what is allowed among other things,
and what the hint says to do.
"""

from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Ask
from tests.web.people import ADMIN

CUBE = "/api/v1/cubes/departures"
A, F, M, C = f"{CUBE}/aggregate", f"{CUBE}/facts", f"{CUBE}/members/organisation", f"{CUBE}/cell"
Q, V = "/api/v1/query", "/api/v1/indicators/on_time_arrival/value"
FLIGHTS = {"aggregates": ["departures.flights"]}

ANSWERS: list[tuple[str, str, str, str, str]] = [
    # What is asked for does not exist
    ("/api/v1/cubes/departure/aggregate", "unknown_cube", "cube", "departures", "departures?"),
    ("/api/v1/cubes/moon", "unknown_cube", "cube", "weather", ""),
    (f"{A}?aggregates=flight", "unknown_aggregate", "aggregates", "flights", "flights?"),
    (f"{A}?aggregates=Flights", "unknown_aggregate", "aggregates", "flights", "flights?"),
    (f"{A}?aggregates=seats", "unknown_aggregate", "aggregates", "", "seats_scheduled"),
    (f"{A}?aggregates=on_time_arrival", "unknown_aggregate", "aggregates", "", "is an indicator"),
    (f"{A}?aggregates=flights&drilldown=organization", "unknown_dimension", "drilldown",
     "organisation", "organisation?"),
    (f"{A}?drilldown=carrier", "unknown_dimension", "drilldown", "organisation",
     "organisation:carrier"),
    (f"{A}?drilldown=organisation:carier", "hierarchy", "drilldown", "carrier", "carrier?"),
    (f"{A}?drilldown=time:week", "hierarchy", "drilldown", "month", "time@iso:week"),
    (f"{A}?drilldown=time@gregorian:year", "unknown_hierarchy", "drilldown", "ymd", ""),
    (f"{A}?drilldown=time::year", "invalid_drilldown", "drilldown", "", ""),
    (f"{A}?cut=tiem:2013", "unknown_dimension", "cut", "time", "time?"),
    (f"{A}?cut=carrier:AA", "unknown_dimension", "cut", "organisation", "organisation.carrier"),
    (f"{A}?cut=organisation@x:network", "unknown_hierarchy", "cut", "default", ""),
    (f"{A}?cut=region.airprt_name:x", "unknown_attribute", "cut", "airport_name", "airport_name?"),
    (f"{A}?cut=time", "invalid_cut", "cut", "", ""),
    (f"{A}?cut=time:2013-12-31", "invalid_cut", "cut", "", ""),
    (f"{A}?cut=time:2013;2014-2015", "invalid_cut", "cut", "", ""),
    (f"{A}?cut=time:twenty", "invalid_value", "cut", "", ""),
    (f"{A}?cut=time:2013,5", "invalid_value", "cut", "", ""),
    (f"{A}?cut=time:2013,1,12", "invalid_value", "cut", "", ""),
    (f"{A}?cut=organisation:network,AA,x", "hierarchy", "cut", "carrier", ""),
    # Words of the table
    (f"{A}?aggregates=flights&drilldown=origin&order=flight", "invalid_order", "order", "flights",
     "flights?"),
    (f"{A}?drilldown=organisation:carrier&order=carrier", "invalid_order", "order", "",
     "organisation.carrier?"),
    (f"{A}?aggregates=flights&drilldown=origin&order=flights:down", "invalid_order", "order",
     "desc", ""),
    (f"{A}?aggregates=flights&drilldown=origin&top=ten:flights", "invalid_top", "top", "flights",
     ""),
    (f"{A}?aggregates=flights&drilldown=origin&top=10:flight", "invalid_top", "top", "flights",
     "flights?"),
    (f"{A}?aggregates=flights&drilldown=origin&marks=ranks", "invalid_mark", "marks", "rank",
     "rank?"),
    (f"{A}?aggregates=flights&drilldown=origin&totals=organisation:group", "invalid_totals",
     "totals", "whole", ""),
    (f"{A}?aggregates=flights&totals=whole", "invalid_input", "drilldown", "", ""),
    (f"{A}?aggregates=flights&time=year_to_date", "invalid_modifier", "time", "ytd", ""),
    (f"{A}?aggregates=flights&time=rolling3", "invalid_modifier", "time", "rolling-<n>",
     "rolling-<n>?"),
    (f"{A}?aggregates=flights&compare=lastyear", "invalid_comparison", "compare", "last_year",
     "last_year?"),
    (f"{A}?aggregates=flights&compare=previous:diff", "invalid_comparison", "compare",
     "previous:difference", "previous:difference?"),
    (f"{A}?drilldown=origin&totals=whole&format=csv", "invalid_input", "totals", "", "format=json"),
    (f"{A}?drilldown=origin&top=1:flights&split=origin:EWR", "invalid_input", "split", "",
     "It goes with"),
    # Parameters and their forms
    (f"{A}?measures=flights", "unknown_parameter", "measures", "aggregates", "aggregates?"),
    (f"{A}?group_by=origin", "unknown_parameter", "group_by", "drilldown", "drilldown?"),
    (f"{A}?limit=5", "unknown_parameter", "limit", "pagesize", "pagesize?"),
    (f"{A}?drildown=origin", "unknown_parameter", "drildown", "drilldown", "drilldown?"),
    (f"{A}?page=1", "invalid_input", "pagesize", "", ""),
    (f"{A}?page=-1&pagesize=5", "invalid_input", "page", "", ""),
    (f"{A}?drilldown=origin&page=0&pagesize=99999999", "invalid_input", "pagesize", "", ""),
    (f"{A}?format=jsonlines", "invalid_input", "format", "jsonl", "jsonl?"),
    (f"{A}?format=xlsx", "invalid_input", "format", "parquet", ""),
    (f"{A}?summary=yes", "invalid_input", "summary", "", ""),
    (f"{A}?membership=asis", "invalid_input", "membership", "as_is", "as_is?"),
    (f"{A}?as_of=yesterday", "invalid_input", "as_of", "", ""),
    (f"{A}?as_of_model=9999", "invalid_input", "as_of_model", "", ""),
    (f"{A}?lang=fr", "invalid_input", "lang", "zh", ""),
    # Members, facts, cells, indicators
    (f"{CUBE}/members/organistion", "unknown_dimension", "dimension", "organisation",
     "organisation?"),
    (f"{M}?level=carriers", "hierarchy", "level", "carrier", "carrier?"),
    (f"{M}?depth=3", "hierarchy", "depth", "carrier", ""),
    (f"{M}?depth=1&level=group", "request", "depth", "", ""),
    (f"{F}?fields=carier", "unknown_field", "fields", "carrier", "carrier?"),
    (f"{F}?order=fligth&page=0&pagesize=1", "invalid_order", "order", "flight", "flight?"),
    (f"{F}?format=csv&order=flight", "invalid_input", "order", "", ""),
    (f"{C}?cut=orgin:EWR", "unknown_dimension", "cut", "origin", "origin?"),
    ("/api/v1/indicators/on_time/value", "not_found", "code", "on_time_arrival",
     "on_time_arrival?"),
    (f"{V}?period=Dec 2013", "invalid_input", "period", "2013-12", ""),
    (f"{V}?cut=organisation:netwrk", "not_found", "organisation", "network", "network?"),
    ("/api/v1/scorecards/punctual", "not_found", "scorecard", "punctuality", "punctuality?"),
    ("/api/v1/cube/departures", "not_found", "", "", "openapi.json"),
]  # fmt: skip

POSTED: list[tuple[dict[str, Any], str, str, str, str]] = [
    ({}, "invalid_input", "aggregates", "", ""),
    ({"aggregates": "departures.flights"}, "invalid_input", "aggregates", "",
     'Write ["departures.flights"].'),
    ({"aggregates": ["flights"]}, "invalid_name", "aggregates", "", "/api/v1/cubes"),
    ({"aggregates": ["departure.flights"]}, "unknown_cube", "aggregates", "departures",
     "departures?"),
    ({"aggregates": ["departures.flihgts"]}, "unknown_aggregate", "aggregates", "flights",
     "flights?"),
    ({"indicators": ["on_time_arrivals"]}, "not_found", "indicators", "on_time_arrival",
     "on_time_arrival?"),
    ({**FLIGHTS, "formulas": {"x": "departures.flights +"}}, "invalid_input", "formulas", "", ""),
    ({**FLIGHTS, "formulas": {"x": "departures.flihgts"}}, "unknown_aggregate", "formulas",
     "flights", "flights?"),
    ({**FLIGHTS, "formulas": {"a b": "1"}}, "invalid_name", "formulas", "", ""),
    ({"aggregates": ["departures.flights", "weather.observations"], "drilldown": ["aircraft"]},
     "not_shared", "drilldown", "time", ""),
    ({**FLIGHTS, "page": "0", "pagesize": 5}, "invalid_input", "page", "", "without quotation"),
    ({**FLIGHTS, "metrics": []}, "unknown_parameter", "metrics", "aggregates", "aggregates?"),
    ({**FLIGHTS, "period": "2013-13"}, "invalid_input", "period", "2013-12", ""),
    ({**FLIGHTS, "drilldown": ["origin"], "format": "arrow", "top": "1:departures.flights"},
     "invalid_input", "top", "", "format=json"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "code", "field", "allowed", "hint"), ANSWERS)
def test_a_wrong_address_says_how_to_mend_it(
    ask: Ask, path: str, code: str, field: str, allowed: str, hint: str
) -> None:
    assert_tells(ask(path), code, field, allowed, hint)


@pytest.mark.parametrize(("question", "code", "field", "allowed", "hint"), POSTED)
def test_a_wrong_body_says_how_to_mend_it(
    ask: Ask, question: dict[str, Any], code: str, field: str, allowed: str, hint: str
) -> None:
    assert_tells(ask(Q, json=question), code, field, allowed, hint)


def assert_tells(answer: Any, code: str, field: str, allowed: str, hint: str) -> None:
    body = answer.get_json()

    assert 400 <= answer.status_code < 500
    assert body.keys() == {"error", "errors", "id"}
    found = body["error"]
    assert found == body["errors"][0]
    told = (found["code"], found["field"] or "", found["hint"] or "")
    assert told[:2] == (code, field), found
    assert not allowed or allowed in found["allowed"], found
    assert hint in told[2], found
    assert found["message"].endswith(".")


def test_where_a_body_is_no_json_is_told(ask: Ask) -> None:
    assert len(ANSWERS) + len(POSTED) > 60
    answer = ask(Q, json=None)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_word_that_stands_twice_in_a_body_is_refused(app: Flask, tokens: dict[str, str]) -> None:
    twice = '{"aggregates": ["departures.flights"], "cut": ["origin:JFK"], "cut": ["time:2013"]}'
    sent = {"Authorization": f"Bearer {tokens[ADMIN]}"}
    answer = app.test_client().post(Q, data=twice, headers=sent)

    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert (error["code"], error["field"]) == ("invalid_input", "body")
    assert error["hint"] == "It names 'cut' twice; write the values as one list."


def test_a_body_that_is_too_large_says_how_much_it_may_have(ask: Ask) -> None:
    answer = ask(Q, json={**FLIGHTS, "cut": ["origin:" + "x" * 1_000_001]})

    assert answer.status_code == 413
    assert answer.get_json()["error"]["hint"] == "A body has at most 1,000,000 bytes here."
