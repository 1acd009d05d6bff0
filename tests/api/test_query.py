"""Several cubes and indicators in one question, along time, against what each says alone."""

import csv
import io
from typing import Any

import pyarrow as pa
import pytest

from tests.api.conftest import Ask
from tests.web.people import ANALYST, VIEWER

QUERY = "/api/v1/query"
DECEMBER = "time:2013,4,12"
INDICATORS = "/api/v1/indicators"
PUNCTUAL = "on_time_arrival"
AGGREGATE = "/api/v1/cubes/{}/aggregate"


def body(ask: Ask, **question: Any) -> dict[str, Any]:
    answer = ask(QUERY, json=question)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize("code", [PUNCTUAL, "cancellations", "low_visibility"])
def test_an_indicator_is_what_its_own_address_says(ask: Ask, code: str) -> None:
    asked = body(ask, indicators=[code], period="2013-12")
    told = ask(f"{INDICATORS}/{code}/value?period=2013-12").get_json()

    summary = asked["summary"]
    assert (asked["period"], asked["total_cell_count"]) == ("2013-12", 1)
    assert summary[code] == told["actual"]
    assert summary[f"{code}__target"] == told["target"]
    assert summary[f"{code}__score"] == told["score"]
    assert summary[f"{code}__status"] == told["status"]
    assert asked["indicators"][0]["code"] == code


def test_every_member_is_judged_as_where_it_is_asked_alone(ask: Ask) -> None:
    cells = body(
        ask,
        indicators=[PUNCTUAL],
        aggregates=["departures.flights"],
        cut=[DECEMBER],
        drilldown=["organisation:carrier"],
    )["cells"]

    assert len(cells) == 15
    for cell in (cells[0], cells[7], cells[-1]):
        path = f"{cell['organisation.group']},{cell['organisation.carrier']}"
        alone = ask(f"{INDICATORS}/{PUNCTUAL}/value?period=2013-12&cut=organisation:{path}")
        told = alone.get_json()
        assert [cell[f"{PUNCTUAL}{word}"] for word in ("", "__target", "__score", "__status")] == [
            told[word] for word in ("actual", "target", "score", "status")
        ]


def test_months_are_judged_each_by_its_own_target(ask: Ask) -> None:
    asked = body(ask, indicators=[PUNCTUAL], cut=["time:2013,4"], drilldown=["time:month"])

    assert asked["period"] is None
    for cell in asked["cells"]:
        period = f"2013-{cell['time.month']}"
        told = ask(f"{INDICATORS}/{PUNCTUAL}/value?period={period}").get_json()
        assert (cell[PUNCTUAL], cell[f"{PUNCTUAL}__score"]) == (told["actual"], told["score"])


def test_what_is_no_one_period_is_not_judged(ask: Ask) -> None:
    summary = body(ask, indicators=[PUNCTUAL], cut=["time:2013,4,11,5-2013,4,12,3"])["summary"]

    assert "value" in summary[PUNCTUAL]
    assert summary[f"{PUNCTUAL}__score"] == {"absent": "not_applicable"}
    assert summary[f"{PUNCTUAL}__status"] == "no_data"


def test_a_volume_has_no_target_of_a_part_that_is_no_organisation(ask: Ask) -> None:
    listed = ask(INDICATORS).get_json()["indicators"]
    codes = [one["code"] for one in listed if one["cube"] == "departures"]
    cells = body(ask, indicators=codes, period="2013-12", drilldown=["origin"])["cells"]
    (newark,) = (one for one in cells if one["origin.origin"] == "EWR")
    no_target = {"absent": "no_target"}

    volumes = {"cancellations_in_low_visibility", "seat_miles"}
    assert {one for one in codes if newark[f"{one}__target"] == no_target} == volumes
    for code in codes[:6]:
        told = ask(f"{INDICATORS}/{code}/value?period=2013-12&cut=origin:EWR").get_json()
        assert (newark[f"{code}__target"], newark[code]) == (told["target"], told["actual"]), code


def test_without_a_time_it_is_the_last_full_month(ask: Ask) -> None:
    asked = body(ask, indicators=[PUNCTUAL])

    assert asked["period"] == ask(f"{INDICATORS}/{PUNCTUAL}/value").get_json()["period"]


def test_rows_are_sorted_ranked_and_cut_by_indicators(ask: Ask) -> None:
    asked = body(
        ask,
        indicators=[PUNCTUAL],
        period="2013-12",
        drilldown=["organisation:carrier"],
        order=[f"{PUNCTUAL}__score:desc"],
        marks=[f"{PUNCTUAL}:rank"],
        totals=["organisation:group", "whole"],
        page=0,
        pagesize=5,
    )

    scores = [float(one[f"{PUNCTUAL}__score"]["value"]) for one in asked["cells"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert asked["total_cell_count"] == 15
    assert asked["cells"][0][f"{PUNCTUAL}__rank"] == 1
    (whole,) = asked["totals"][1]["cells"]
    assert whole == asked["summary"]
    best = body(ask, indicators=[PUNCTUAL], period="2013-12", drilldown=["organisation:carrier"],
                top=f"3:{PUNCTUAL}:only")["cells"]  # fmt: skip
    assert [one["organisation.carrier"] for one in best] == [
        one["organisation.carrier"] for one in asked["cells"][:3]
    ]


def test_columns_hold_judged_cells_too(ask: Ask) -> None:
    asked = body(
        ask,
        indicators=[PUNCTUAL],
        cut=["time:2013,4"],
        drilldown=["origin"],
        columns=["time:month"],
    )

    newark = asked["cells"][0]["__across__"][-1]
    told = ask(f"{INDICATORS}/{PUNCTUAL}/value?period=2013-12&cut=origin:EWR").get_json()
    assert (newark[PUNCTUAL], newark[f"{PUNCTUAL}__status"]) == (told["actual"], told["status"])


def test_figures_of_several_cubes_go_along_time(ask: Ask) -> None:
    """Each is what its own cube says; a formula is worked out of the figures of the same days."""
    names = {"departures": "flights", "weather": "observations"}
    words = {"time": ["ytd"], "compare": ["previous", "previous:difference", "previous:change"]}
    asked = body(
        ask,
        aggregates=[f"{cube}.{name}" for cube, name in names.items()],
        formulas={"rate": "departures.flights / weather.observations"},
        cut=["time:2013,4"],
        drilldown=["time:month"],
        **words,
    )

    suffixes = ["", "__previous", "__previous__difference", "__previous__change"]
    suffixes += [f"__ytd{one}" for one in suffixes]
    assert asked["names"] == asked["outputs"]
    assert asked["names"] == [
        f"{name}{each}"
        for name in ("departures.flights", "weather.observations", "rate")
        for each in suffixes
    ]
    for cube, name in names.items():
        alone = ask(
            AGGREGATE.format(cube),
            json={
                "aggregates": [name],
                "cut": ["time:2013,4"],
                "drilldown": ["time:month"],
                **words,
            },
        ).get_json()
        for one, other in zip(asked["cells"], alone["cells"], strict=True):
            for each in suffixes:
                assert one[f"{cube}.{name}{each}"] == other[f"{name}{each}"]
    for cell in asked["cells"]:
        for each in ("", "__previous", "__ytd", "__ytd__previous"):
            flights, hours = cell[f"departures.flights{each}"], cell[f"weather.observations{each}"]
            assert cell[f"rate{each}"] == pytest.approx(flights / hours)
        before, now = cell["rate__ytd__previous"], cell["rate__ytd"]
        assert cell["rate__ytd__previous__difference"] == pytest.approx(now - before)
        assert cell["rate__ytd__previous__change"] == pytest.approx((now - before) / before)


def test_an_indicator_to_date_is_that_of_the_longer_period(ask: Ask) -> None:
    asked = body(ask, indicators=[PUNCTUAL], period="2013-12", time=["ytd"],
                 compare=["previous:change"])["summary"]  # fmt: skip
    year = ask(f"{INDICATORS}/{PUNCTUAL}/value?period=2013").get_json()
    december, november = (
        ask(f"{INDICATORS}/{PUNCTUAL}/value?period=2013-{month}").get_json() for month in (12, 11)
    )

    assert asked[f"{PUNCTUAL}__ytd"] == year["actual"]
    points = _exact(december) - _exact(november)  # a rate changes by percentage points
    assert asked[f"{PUNCTUAL}__previous__change"] == pytest.approx(points)


def test_a_formula_spans_indicators_of_several_cubes(ask: Ask) -> None:
    """Punctuality per hour of fog: each indicator is of a cube of its own."""
    asked = body(
        ask,
        indicators=[PUNCTUAL, "low_visibility"],
        formulas={"both": f"{PUNCTUAL} / low_visibility"},
        period="2013-12",
        drilldown=["origin"],
        order=["both:desc"],
    )
    for cell in [asked["summary"], *asked["cells"]]:
        above, below = (_ratio(cell[code]) for code in (PUNCTUAL, "low_visibility"))
        assert cell["both"] == pytest.approx(above / below)
    found = [cell["both"] for cell in asked["cells"]]
    assert found == sorted(found, reverse=True)


def _ratio(told: dict[str, str]) -> float:
    above, below = told["exact"].split("/")
    return int(above) / int(below)


def _exact(told: dict[str, Any]) -> float:
    return _ratio(told["actual"])


def test_a_period_that_is_loaded_in_part_is_told_for_each_cube(ask: Ask) -> None:
    """At the third snapshot no departures were loaded yet, but weather was."""
    asked = body(
        ask,
        aggregates=["departures.flights", "weather.observations"],
        cut=["time:2013,4,12"],
        compare=["previous"],
        as_of=3,
    )
    assert asked["summary"]["departures.flights"] is None
    assert asked["summary"]["absences"]["departures.flights__previous"] == "not_loaded"
    assert asked["unfinished"] == []


def test_tables_along_time_say_their_outputs(ask: Ask) -> None:
    path = AGGREGATE.format("departures")
    words = "aggregates=flights&cut=time:2013,4&drilldown=time:month&time=ytd"
    plain, table = ask(f"{path}?{words}"), ask(f"{path}?{words}&totals=whole")

    assert table.get_json()["outputs"] == plain.get_json()["outputs"] == ["flights", "flights__ytd"]
    assert table.get_json()["unfinished"] == plain.get_json()["unfinished"] == []


def test_lines_and_columns_hold_what_is_shown(ask: Ask) -> None:
    question = {
        "indicators": [PUNCTUAL],
        "aggregates": ["weather.observations"],
        "period": "2013-12",
        "drilldown": ["origin"],
    }
    cells = body(ask, **question)["cells"]
    table = list(csv.DictReader(io.StringIO(ask(QUERY, json={**question, "format": "csv"}).text)))
    arrow = ask(QUERY, json={**question, "format": "arrow"})
    columns = pa.ipc.open_stream(arrow.data).read_all()

    shown = [(one[PUNCTUAL]["value"], one[f"{PUNCTUAL}__status"]) for one in cells]
    assert [(one[PUNCTUAL], one[f"{PUNCTUAL}__status"]) for one in table] == shown
    rows = columns.to_pylist()
    assert [(str(one[PUNCTUAL]), one[f"{PUNCTUAL}__status"]) for one in rows] == shown
    types = dict(zip(columns.schema.names, columns.schema.types, strict=True))
    assert types[PUNCTUAL] == pa.decimal128(38, 1)
    assert types["weather.observations"] == pa.int64()


def test_the_scope_and_the_rights_are_those_of_the_asker(ask: Ask) -> None:
    own = ask(QUERY, ANALYST, json={"indicators": [PUNCTUAL], "period": "2013-12"}).get_json()
    alone = ask(f"{INDICATORS}/{PUNCTUAL}/value?period=2013-12", ANALYST).get_json()

    assert own["summary"][PUNCTUAL] == alone["actual"]
    assert own["summary"][f"{PUNCTUAL}__score"] == alone["score"]
    assert ask(QUERY, VIEWER, json={"indicators": [PUNCTUAL]}).status_code == 403


def test_definitions_are_those_that_were_asked(ask: Ask) -> None:
    asked = body(ask, indicators=[PUNCTUAL], period="2013-12", as_of=4, as_of_model=1)

    assert (asked["snapshot"], asked["definitions"]) == (4, 1)


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ({"indicators": ["on_time"]}, ["indicators"]),
        ({"indicators": [PUNCTUAL], "period": "December"}, ["period"]),
        ({}, ["aggregates"]),
        (
            {
                "indicators": ["x"],
                "aggregates": ["flights", "moon.x", "weather.y"],
                "formulas": {"a b": "1", "f": "1 +"},
                "time": ["tomorrow"],
                "compare": ["never"],
                "cut": ["moon:1"],
                "page": 1,
            },
            ["indicators", "pagesize", "formulas", "formulas", "time", "compare", "aggregates",
             "aggregates", "aggregates", "cut"],
        ),
        ({"indicators": [PUNCTUAL], "formulas": {"x": "on_time_arrivl"}}, ["formulas"]),
        ({"indicators": [PUNCTUAL], "formulas": {PUNCTUAL: "weather.observations"}}, ["formulas"]),
        (
            {
                "indicators": [PUNCTUAL],
                "format": "csv",
                "totals": ["whole"],
                "drilldown": ["origin"],
            },
            ["totals"],
        ),
    ],
)  # fmt: skip
def test_all_mistakes_are_told_at_once(
    ask: Ask, question: dict[str, Any], fields: list[str]
) -> None:
    answer = ask(QUERY, json=question)

    assert answer.status_code in (400, 404)
    assert [one["field"] for one in answer.get_json()["errors"]] == fields
