"""Modifiers of time for programs: against the source rows."""

from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.web.people import ANALYST

AGGREGATE = "/api/v1/cubes/departures/aggregate"


def _body(ask: Ask, words: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(f"{AGGREGATE}?aggregates=flights&{words}", **more).get_json()
    return found


def _flights(ask: Ask, cut: str) -> int:
    return int(_body(ask, f"cut=time:{cut}")["summary"]["flights"])


def test_figures_to_date_and_of_the_month_before(ask: Ask) -> None:
    body = _body(
        ask, "cut=time:2013,4&drilldown=time:month&time=ytd,qtd&compare=previous,previous:change"
    )

    assert body["outputs"] == [
        "flights", "flights__previous", "flights__previous__change",
        "flights__ytd", "flights__ytd__previous", "flights__ytd__previous__change",
        "flights__qtd", "flights__qtd__previous", "flights__qtd__previous__change",
    ]  # fmt: skip
    september, october, november, december = (
        _flights(ask, path) for path in ("2013,3,9", "2013,4,10", "2013,4,11", "2013,4,12")
    )
    year = _flights(ask, "2013")
    last = body["cells"][-1]
    assert (last["flights"], last["flights__previous"]) == (december, november)
    assert last["flights__previous__change"] == pytest.approx((december - november) / november)
    assert (last["flights__ytd"], last["flights__ytd__previous"]) == (year, year - december)
    assert last["flights__qtd"] == october + november + december
    assert body["cells"][0]["flights__qtd__previous"] == year - (
        october + november + december
    ) - _flights(ask, "2013,1") - _flights(ask, "2013,2")
    assert body["cells"][0]["flights__previous"] == september
    assert body["unfinished"] == []


def test_a_year_that_is_not_loaded_is_absent(ask: Ask) -> None:
    body = _body(ask, "cut=time:2013,4,12&compare=last_year:change")
    assert body["summary"]["flights__last_year__change"] is None
    assert body["summary"]["absences"] == {"flights__last_year__change": "not_loaded"}


def test_post_asks_the_same_and_tables_take_modifiers(ask: Ask) -> None:
    words = "cut=time:2013,4,12&drilldown=organisation:carrier&time=ytd&compare=previous:difference"
    more = "&order=flights__ytd:desc&marks=flights__ytd:rank&totals=whole"
    got = _body(ask, words + more)
    posted = ask(
        AGGREGATE,
        json={
            "aggregates": ["flights"],
            "cut": ["time:2013,4,12"],
            "drilldown": ["organisation:carrier"],
            "time": ["ytd"],
            "compare": ["previous:difference"],
            "order": ["flights__ytd:desc"],
            "marks": ["flights__ytd:rank"],
            "totals": ["whole"],
        },
    ).get_json()

    assert got["cells"] == posted["cells"]
    assert [cell["flights__ytd__rank"] for cell in got["cells"]] == list(
        range(1, len(got["cells"]) + 1)
    )
    (whole,) = got["totals"][0]["cells"]
    assert whole["flights__ytd"] == _flights(ask, "2013")
    assert whole["flights__ytd__previous__difference"] == _flights(ask, "2013,4,12")


def test_csv_has_a_column_for_each_modifier(ask: Ask) -> None:
    answer = ask(
        f"{AGGREGATE}?aggregates=flights&cut=time:2013,4,12&time=mtd&compare=last_year&format=csv"
    )
    lines = answer.get_data(as_text=True).splitlines()
    december = _flights(ask, "2013,4,12")
    assert lines == [
        "flights,flights__last_year,flights__mtd,flights__mtd__last_year",
        f"{december},not_loaded,{december},not_loaded",
    ]


def test_all_mistakes_are_told_at_once(ask: Ask) -> None:
    answer = ask(f"{AGGREGATE}?time=tomorrow&compare=never", ANALYST)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.get_json()["errors"]} == {"time", "compare"}


def test_a_rolling_number_without_periods_has_no_meaning(ask: Ask) -> None:
    summary = _body(ask, "cut=time:2013,3-2013,4&time=rolling-3")["summary"]
    assert summary["absences"] == {"flights__rolling_3": "not_applicable"}
