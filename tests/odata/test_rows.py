"""Facts, members, indicators and their values as entity sets."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from tests.odata.test_aggregates import problem, rows
from tests.web.people import ANALYST, VIEWER

Ask = Callable[..., TestResponse]


def test_facts_come_with_their_source_row_and_are_found_by_it(ask: Ask) -> None:
    query = "$select=Id,load,row,carrier,flight,day&$filter=carrier eq 'AA' and day eq 2013-12-31"
    found = rows(ask, f"{query}&$top=2&$orderby=flight", "Facts_departures")

    assert len(found) == 2
    assert {(one["carrier"], one["day"]) for one in found} == {("AA", "2013-12-31")}
    assert found[0]["Id"] == f"{found[0]['load']}.{found[0]['row']}"
    same = ask(f"/odata/Facts_departures('{found[0]['Id']}')?$select=Id,flight").get_json()
    assert same["flight"] == found[0]["flight"]
    assert ask("/odata/Facts_departures('4.0')").status_code == 404
    assert ask("/odata/Facts_departures('x')").status_code == 404


def test_facts_are_counted_within_a_filter(ask: Ask) -> None:
    december = quote("organisation_group eq 'low_cost' and month(day) eq 12")

    assert ask(f"/odata/Facts_departures/$count?$filter={december}").text == "6590"
    told = ask(f"/odata/Facts_departures?$filter={december}&$count=true&$top=1").get_json()
    assert told["@odata.count"] == 6590
    assert "@odata.nextLink" not in told


def test_facts_are_filtered_by_dimensions_alone(ask: Ask) -> None:
    status, told = problem(ask, "$filter=arrival_delay gt 15", "Facts_departures")

    assert status == 501
    assert "arrival_delay" in told


def test_members_are_those_with_facts(ask: Ask) -> None:
    carriers = rows(ask, "$count=true", "Members_departures_organisation")
    assert len(carriers) == 16
    assert carriers[0] == {
        "Id": "low_cost,B6",
        "organisation_group": "low_cost",
        "organisation_group_name": "Low-cost carriers",
        "organisation_carrier": "B6",
        "organisation_carrier_name": "JetBlue Airways",
    }
    some = "$filter=startswith(organisation_carrier,'A')&$orderby=organisation_carrier desc"
    found = rows(ask, f"{some}&$select=organisation_carrier", "Members_departures_organisation")
    assert found == [{"organisation_carrier": "AS"}, {"organisation_carrier": "AA"}]
    assert ask("/odata/Members_departures_organisation/$count").text == "16"
    one = ask("/odata/Members_departures_region('America%2FNew_York,ALB')").get_json()
    assert one["region_airport"] == "ALB"
    assert ask("/odata/Members_departures_organisation('low_cost,AA')").status_code == 404


def test_indicators_are_listed_and_filtered(ask: Ask) -> None:
    found = rows(ask, "$filter=unit eq 'percent' and cube eq 'departures'", "Indicators")

    assert "on_time_arrival" in {one["code"] for one in found}
    assert {one["unit"] for one in found} == {"percent"}
    assert ask("/odata/Indicators('nothing')").status_code == 404


def test_values_of_indicators_are_those_of_the_api(ask: Ask) -> None:
    """On-time arrivals in December 2013: 63.8 % against a target of 74 %."""
    place = "$filter=indicator eq 'on_time_arrival' and period eq '2013-12'"
    found = rows(ask, f"{place} and organisation in ('','network,AA')", "IndicatorValues")
    whole, american = found
    path = "/api/v1/indicators/on_time_arrival/value?period=2013-12"
    for row, cut in ((whole, ""), (american, "&cut=organisation:network,AA")):
        told = ask(path + cut).get_json()
        assert str(row["value"]) == told["actual"]["value"]
        assert row["target"] == (
            float(told["target"]["value"]) if "value" in told["target"] else None
        )
        assert row["status"] == told["status"]
    assert (whole["value"], whole["target"], whole["status"]) == (63.8, 74.0, "off")
    assert (whole["first_day"], whole["last_day"]) == ("2013-12-01", "2013-12-31")


def test_values_of_other_periods_are_there_by_their_names(ask: Ask) -> None:
    path = "/odata/IndicatorValues(indicator='on_time_arrival',period='2013-Q4',organisation='')"
    one = ask(path).get_json()

    assert one["period"] == "2013-Q4"
    assert one["value"] is not None
    assert ask(path.replace("2013-Q4", "2013-X4")).status_code == 404
    assert ask("/odata/IndicatorValues('x')").status_code == 400


def test_values_are_there_for_every_month_and_organisation(ask: Ask) -> None:
    query = "$filter=indicator eq 'on_time_arrival'&$select=period,organisation&$count=true"
    path, seen = f"/odata/IndicatorValues?{quote(query, safe='$&=')}", []
    while path:
        body = ask(path).get_json()
        assert body["@odata.count"] == 12 * 20  # the whole, three groups and sixteen carriers
        assert len(body["value"]) <= 12 * 8
        seen += [(one["period"], one["organisation"]) for one in body["value"]]
        path = body.get("@odata.nextLink", "")

    assert len(seen) == len(set(seen)) == 240


def test_values_are_filtered_and_sorted_by_how_they_stand(ask: Ask) -> None:
    off = "$filter=status eq 'off' and period eq '2013-12' and organisation eq ''"
    found = rows(ask, f"{off}&$orderby=score", "IndicatorValues")

    assert "on_time_arrival" in {one["indicator"] for one in found}
    assert {one["status"] for one in found} == {"off"}
    scores = [one["score"] for one in found]
    assert scores == sorted(scores)


def test_everybody_sees_what_they_may(ask: Ask) -> None:
    """Ana is confined to the network carriers; who may not slice has indicators alone."""

    def of(query: str, name: str, person: str) -> list[dict[str, Any]]:
        answer = ask(f"/odata/{name}?{quote(query, safe='$&=(),')}", person)
        found: list[dict[str, Any]] = answer.get_json()["value"]
        return found

    groups = of("$select=organisation_group,flights", "departures", ANALYST)
    assert groups == [{"organisation_group": "network", "flights": 161096}]
    assert of("$apply=aggregate(flights)", "departures", ANALYST) == [{"flights": 161096}]
    other = "$filter=organisation_carrier eq 'B6'&$select=flights"
    assert of(other, "departures", ANALYST) == [{"flights": None}] or of(
        other, "departures", ANALYST
    ) == [{"flights": 0}]
    assert of(other.replace("eq 'B6'", "ne 'AA'"), "departures", ANALYST)[0]["flights"] < 161096
    members = of("$select=Id", "Members_departures_organisation", ANALYST)
    assert {one["Id"].split(",")[0] for one in members} == {"network"}
    facts = ask("/odata/Facts_departures/$count?$filter=carrier%20eq%20'B6'", ANALYST)
    assert facts.text == "0"
    jet_blue = rows(ask, "$filter=carrier eq 'B6'&$top=1&$select=Id", "Facts_departures")[0]["Id"]
    assert ask(f"/odata/Facts_departures('{jet_blue}')", ANALYST).status_code == 404
    values = of("$filter=period eq '2013-12'&$select=organisation", "IndicatorValues", ANALYST)
    assert {one["organisation"].split(",")[0] for one in values} == {"", "network"}

    sets = {one["name"] for one in ask("/odata/", VIEWER).get_json()["value"]}
    assert sets == {"Indicators", "IndicatorValues"}
    assert "departures" not in ask("/odata/$metadata", VIEWER).text.split("EntityContainer")[1]
    for path in ("departures", "Facts_departures", "departures/$count", "departures('x')"):
        assert ask(f"/odata/{path}", VIEWER).status_code == 403, path
    assert ask("/odata/weather?$select=observations", ANALYST).status_code == 200  # open to all


@pytest.mark.parametrize("name", ["departures", "Facts_departures", "Members_departures_hour"])
def test_every_property_of_the_metadata_is_answered(ask: Ask, name: str) -> None:
    (row,) = rows(ask, "$top=1", name)
    document = ask("/odata/$metadata").text
    part = document.split(f'<EntityType Name="{name}_row">')[1].split("</EntityType>")[0]

    named = [one.split('"')[0] for one in part.split('<Property Name="')[1:]]
    assert list(row) == named
