"""The aggregates of a cube: what is selected makes the grain, and figures are those of the API.

Flights of December 2013 as the source has them: 6,590 of low-cost carriers, 13,416 of network
carriers, 8,129 of regional ones.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.web.people import ADMIN

Ask = Callable[..., TestResponse]

_BOTH = {"network", "low_cost"}


def rows(ask: Ask, query: str, name: str = "departures") -> list[dict[str, Any]]:
    """The rows of an answer."""
    answer = ask(f"/odata/{name}?{quote(query, safe='$&=(),')}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["value"]
    return found


def problem(ask: Ask, query: str, name: str = "departures") -> tuple[int, str]:
    """The status of a refusal, and its sentence."""
    answer = ask(f"/odata/{name}?{quote(query, safe='$&=(),')}")
    return answer.status_code, answer.get_json()["error"]["message"]


def test_the_selected_properties_make_the_grain(ask: Ask) -> None:
    december = "$filter=time_year eq 2013 and time_month eq 12"

    assert rows(ask, f"$select=organisation_group,flights&{december}") == [
        {"organisation_group": "low_cost", "flights": 6590},
        {"organisation_group": "network", "flights": 13416},
        {"organisation_group": "regional", "flights": 8129},
    ]
    assert rows(ask, f"$select=flights&{december}") == [{"flights": 28135}]


@pytest.mark.parametrize(
    "condition",
    [
        "time_date ge 2013-12-01",
        "time_date gt 2013-11-30 and time_date le 2013-12-31",
        "year(time_date) eq 2013 and month(time_date) eq 12",
        "month(time_date) eq 12",
        "time_month ge 12",
        "time_month in (12)",
        "time_quarter eq 4 and not (time_month eq 10 or time_month eq 11)",
        "not (time_month lt 12)",
        "2013-12-01T00:00:00Z le time_date",
    ],
)
def test_days_are_cut_in_whatever_words(ask: Ask, condition: str) -> None:
    assert rows(ask, f"$select=flights&$filter={condition}") == [{"flights": 28135}]


@pytest.mark.parametrize(
    ("condition", "groups"),
    [
        ("organisation_group eq 'network'", {"network"}),
        ("organisation_group ne 'network'", {"low_cost", "regional"}),
        ("organisation_group in ('network','regional')", {"network", "regional"}),
        ("startswith(organisation_group,'n')", {"network"}),
        ("contains(tolower(organisation_group_name),'low')", {"low_cost"}),
        ("organisation_carrier eq 'AA'", {"network"}),
        ("organisation_carrier eq 'AA' or organisation_carrier eq 'B6'", _BOTH),
        (
            "organisation_carrier eq 'AA' or organisation_group eq 'low_cost'",
            {"network", "low_cost"},
        ),
        ("organisation_group eq null", set()),
        ("organisation_group eq 'nothing'", set()),
        ("organisation_group eq 'network' and organisation_group eq 'regional'", set()),
    ],
)
def test_members_are_cut_in_whatever_words(ask: Ask, condition: str, groups: set[str]) -> None:
    found = rows(ask, f"$select=organisation_group,flights&$filter={condition}")

    assert {one["organisation_group"] for one in found} == groups


def test_figures_and_several_dimensions_are_judged_on_the_rows(ask: Ask) -> None:
    many = "$select=organisation_group,flights&$filter=flights gt 80000"
    either = (
        "$select=organisation_group,origin_origin,flights"
        "&$filter=organisation_group eq 'network' or origin_origin eq 'JFK'"
    )

    assert [one["organisation_group"] for one in rows(ask, many)] == ["network", "regional"]
    kept = {(one["organisation_group"], one["origin_origin"]) for one in rows(ask, either)}
    assert kept == {
        ("network", "EWR"),
        ("network", "JFK"),
        ("network", "LGA"),
        ("low_cost", "JFK"),
        ("regional", "JFK"),
    }
    unseen = "$select=flights&$filter=organisation_group eq 'network' or origin_origin eq 'JFK'"
    assert problem(ask, unseen)[0] == 501


def test_without_a_selection_rows_are_by_the_first_levels(ask: Ask) -> None:
    found = rows(ask, "$top=3")

    assert len(found) == 3
    assert found[0]["time_year"] == 2013
    assert found[0]["organisation_group"] == "low_cost"
    assert found[0]["time_month"] is None
    assert found[0]["hour"] is None


def test_dimensions_of_many_members_are_filtered_and_grouped_too(ask: Ask) -> None:
    """There are 4,043 tail numbers, and flights without one."""
    found = rows(ask, "$apply=groupby((aircraft_tail_number),aggregate(flights))&$count=true")
    assert len(found) == 4044
    big = "$filter=aircraft_seats gt 300 and startswith(aircraft_tail_number,'N6')"
    seats = rows(ask, f"{big}&$select=aircraft_tail_number,aircraft_seats,flights")
    assert seats
    assert all(one["aircraft_seats"] > 300 for one in seats)
    assert all(one["aircraft_tail_number"].startswith("N6") for one in seats)


@pytest.mark.parametrize(
    "time",
    ["_year eq 2012", "_year lt 2013", "_year gt 2013", "_year in (2012,2011)", "_week eq 53"],
)
def test_a_time_that_was_never_loaded_has_no_figure(ask: Ask, time: str) -> None:
    """Which is not 0."""
    assert rows(ask, f"$filter=time{time}&$select=flights") == [{"flights": None}]


def test_a_row_is_found_by_its_key(ask: Ask) -> None:
    (row,) = rows(
        ask,
        "$select=Id,organisation_group,time_month,flights&$filter=time_month eq 12"
        " and organisation_group eq 'network'",
    )
    one = ask(f"/odata/departures('{quote(row['Id'])}')?$select=Id,flights").get_json()

    assert one["Id"] == row["Id"]
    assert one["flights"] == row["flights"] == 13416
    assert ask("/odata/departures('organisation@default:mars')").status_code == 404
    assert ask("/odata/departures('nonsense')").status_code == 400


def test_rows_are_sorted_and_counted(ask: Ask) -> None:
    answer = ask(
        "/odata/departures?$select=organisation_carrier,flights&$orderby=flights desc"
        "&$top=2&$skip=1&$count=true"
    ).get_json()

    assert answer["@odata.count"] == 16
    assert [one["organisation_carrier"] for one in answer["value"]] == ["B6", "EV"]
    assert ask("/odata/departures/$count?$select=organisation_carrier").text == "16"
    by_key = rows(ask, "$select=organisation_group,Id&$orderby=Id desc")
    assert [one["organisation_group"] for one in by_key] == ["regional", "network", "low_cost"]
    assert ask("/odata/departures?$select=flights&$top=0&$count=true").get_json() == {
        "@odata.context": "http://localhost/odata/$metadata#departures(flights)",
        "@odata.count": 1,
        "value": [],
    }


def test_apply_groups_by_exactly_what_it_names(ask: Ask) -> None:
    """A month without its year is all Januaries: sums follow, averages do not."""
    months = rows(ask, "$apply=groupby((time_month),aggregate(flights))")
    assert len(months) == 12
    assert months[-1] == {"time_month": 12, "flights": 28135}
    weekdays = rows(ask, "$apply=groupby((time_weekday),aggregate(flights,departure_delay_max))")
    assert sorted(one["time_weekday"] for one in weekdays) == [1, 2, 3, 4, 5, 6, 7]
    assert sum(one["flights"] for one in weekdays) == 336776
    assert max(one["departure_delay_max"] for one in weekdays) == 1301

    status, told = problem(ask, "$apply=groupby((time_weekday),aggregate(departure_delay_avg))")
    assert status == 400
    assert "group by their keys too" in told


def test_methods_are_those_that_the_model_has(ask: Ask) -> None:
    (found,) = rows(
        ask,
        "$apply=aggregate(flights with sum as a,$count as b,departure_delay with max as c,"
        "departure_delay with average as d,tail_number with countdistinct as e,"
        "aircraft_tail_number with countdistinct as f)",
        "Facts_departures",
    )
    assert (found["a"], found["b"], found["c"]) == (336776, 336776, 1301)
    assert found["e"] == found["f"] == 4043
    assert round(found["d"], 4) == 12.6391

    status, told = problem(ask, "$apply=aggregate(flights with average as x)")
    assert status == 400
    assert "flights with sum" in told


def test_steps_and_options_follow_the_grouping(ask: Ask) -> None:
    apply = (
        "$apply=filter(time_month eq 12)/groupby((organisation_carrier),aggregate(flights as f))"
        "/filter(f gt 2000)/orderby(f desc)/skip(1)/top(4)"
    )
    found = [one["f"] for one in rows(ask, apply)]
    assert (found[0], found[2]) == (4741, 4093)  # of JetBlue and Delta, after the 4,931 of United
    assert found == sorted(found, reverse=True)
    assert [one["f"] for one in rows(ask, f"{apply}&$filter=f lt 4500&$orderby=f&$top=1")] == [
        sorted(one["f"] for one in rows(ask, apply))[0]
    ]


_LEVELS = {
    "time_year": "time:year",
    "time_year,time_quarter,time_month": "time:month",
    "organisation_group": "organisation:group",
    "organisation_group,organisation_carrier": "organisation:carrier",
    "origin_origin": "origin:origin",
    "hour": "hour:hour",
}
_FIGURES = ("flights", "miles", "departure_delay_avg", "aircraft", "departure_delay_median")
_CUTS = {
    "time_quarter eq 2": "time.quarter:2",
    "organisation_group ne 'regional'": "!organisation:regional",
    "origin_origin in ('JFK','LGA')": "origin:JFK;LGA",
    "hour ge 9 and hour le 11": "hour:9-11",
    "time_date ge 2013-03-05 and time_date lt 2013-07-20": "time:2013,1,3,5-2013,3,7,19",
    "startswith(organisation_carrier,'A')": "organisation.carrier:AA;AS",
}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    levels=st.sets(st.sampled_from(sorted(_LEVELS)), min_size=1, max_size=2),
    figures=st.sets(st.sampled_from(_FIGURES), min_size=1, max_size=3),
    cuts=st.sets(st.sampled_from(sorted(_CUTS)), max_size=2),
)
def test_apply_answers_what_the_api_answers(
    ask: Ask, levels: set[str], figures: set[str], cuts: set[str]
) -> None:
    listed, named = sorted(levels), sorted(figures)
    groups = list(dict.fromkeys(name for one in listed for name in one.split(",")))
    narrow = f"filter({' and '.join(sorted(cuts))})/" if cuts else ""
    query = f"$apply={narrow}groupby(({','.join(groups)}),aggregate({','.join(named)}))"
    refs = {name: name if name == "hour" else name.replace("_", ".", 1) for name in groups}

    found = rows(ask, query)
    asked = ask(
        "/api/v1/cubes/departures/aggregate",
        ADMIN,
        {
            "drilldown": [_LEVELS[one] for one in listed],
            "aggregates": named,
            "cut": [_CUTS[one] for one in sorted(cuts)],
        },
    ).get_json()

    def key(row: dict[str, Any], names: list[str]) -> list[Any]:
        return [row[name] for name in names]

    by_odata = {tuple(key(one, groups)): key(one, named) for one in found}
    by_api = {tuple(key(one, list(refs.values()))): key(one, named) for one in asked["cells"]}
    assert len(found) == len(asked["cells"])
    assert by_odata == by_api
