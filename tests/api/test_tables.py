"""Tables for programs: totals, tops, marks and columns, against the source rows."""

from collections import Counter
from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.web.people import ANALYST
from tests.web.source import NETWORK, december

AGGREGATE = "/api/v1/cubes/departures/aggregate"
DECEMBER = "cut=time:2013,4,12&aggregates=flights"


def _body(ask: Ask, words: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(f"{AGGREGATE}?{DECEMBER}&{words}", **more).get_json()
    return found


def test_totals_come_at_their_own_grain(ask: Ask) -> None:
    body = _body(ask, "drilldown=organisation:carrier|origin&totals=origin,whole")

    origins = Counter(row["origin"] for row in december())
    assert [one["grain"] for one in body["totals"]] == ["origin:origin", "whole"]
    found = {cell["origin.origin"]: cell["flights"] for cell in body["totals"][0]["cells"]}
    assert found == origins
    assert body["totals"][1]["cells"] == [{"flights": len(december())}]
    assert "columns" not in body
    assert "others" not in body


def test_the_top_with_others_marks_and_pages(ask: Ask) -> None:
    body = _body(
        ask, "drilldown=organisation:carrier&top=3:flights&marks=rank,share_of_total,running"
        "&page=0&pagesize=2"
    )  # fmt: skip

    carriers = Counter(row["carrier"] for row in december()).most_common()
    cells = body["cells"]
    assert [(one["organisation.carrier"], one["flights"]) for one in cells] == carriers[:2]
    assert body["total_cell_count"] == 3
    assert [one["flights__rank"] for one in cells] == [1, 2]
    assert cells[1]["flights__running"] == carriers[0][1] + carriers[1][1]
    assert cells[0]["flights__share_of_total"] == pytest.approx(carriers[0][1] / len(december()))
    assert body["others"] == [{"flights": sum(number for _, number in carriers[3:])}]


def test_cells_are_set_against_columns(ask: Ask) -> None:
    body = _body(ask, "drilldown=organisation:group&columns=origin")

    origins = [one["origin.origin"] for one in body["columns"]]
    assert origins == ["EWR", "JFK", "LGA"]
    by_carrier = Counter((row["carrier"] in NETWORK, row["origin"]) for row in december())
    (network,) = (one for one in body["cells"] if one["organisation.group"] == "network")
    assert [cell["flights"] for cell in network["__across__"]] == [
        by_carrier[True, origin] for origin in origins
    ]


def test_post_asks_the_same(ask: Ask) -> None:
    got = _body(ask, "drilldown=origin&totals=whole&marks=flights:share&top=1:flights:only")
    posted = ask(
        AGGREGATE,
        json={
            "cut": ["time:2013,4,12"],
            "aggregates": ["flights"],
            "drilldown": ["origin"],
            "totals": ["whole"],
            "marks": ["flights:share"],
            "top": "1:flights:only",
        },
    )

    assert posted.get_json() == got


def test_the_scope_is_in_totals_and_others_too(ask: Ask) -> None:
    words = "drilldown=organisation:carrier&totals=whole&top=1:flights"
    body = _body(ask, words, name=ANALYST)

    own = Counter(row["carrier"] for row in december() if row["carrier"] in NETWORK)
    assert body["totals"][0]["cells"][0]["flights"] == own.total()
    assert body["others"] == [{"flights": own.total() - own.most_common()[0][1]}]


def test_rows_are_streamed_with_their_marks(ask: Ask) -> None:
    answer = ask(f"{AGGREGATE}?{DECEMBER}&drilldown=origin&marks=rank&format=csv")

    head, *lines = answer.get_data(as_text=True).splitlines()
    assert head.split(",")[-3:] == ["flights", "flights__rank", "flights__rank_shared_by"]
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("totals=whole", ["drilldown"]),
        (
            "drilldown=origin&totals=region&top=x&marks=y&order=z",
            ["totals", "top", "marks", "order"],
        ),
        ("drilldown=orign&columns=regio", ["drilldown", "columns"]),
        ("drilldown=origin&columns=region&format=csv&split=origin:EWR", ["split", "columns"]),
        ("drilldown=origin&marks=rank&page=1", ["pagesize"]),
        ("drilldown=origin&top=5000:flights", ["top"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(ask: Ask, words: str, fields: list[str]) -> None:
    answer = ask(f"{AGGREGATE}?{DECEMBER}&{words}")

    assert answer.status_code in (400, 404, 422)
    assert [one["field"] for one in answer.get_json()["errors"]] == fields
    assert all(one["message"].endswith(".") for one in answer.get_json()["errors"])


def test_days_are_counted_from_the_last_day_with_facts(ask: Ask) -> None:
    flights = Counter((row["year"], row["month"], row["day"]) for row in december())

    def of(cut: str) -> Any:
        return ask(f"{AGGREGATE}?aggregates=flights&cut={cut}").get_json()["summary"]["flights"]

    assert of("time:today") == flights["2013", "12", "31"]
    assert of("time:yesterday") == flights["2013", "12", "30"]
    assert of("time:lastmonth-") == of("time:2013,4,11-2013,4,12")
    slice_ = {"cube": "departures", "value": ["flights"], "cut": ["time:yesterday"]}
    told = ask("/api/v1/slices", json=slice_).get_json()
    assert told["rows"][0]["cells"][0]["value"] == str(of("time:yesterday"))
    assert ["cut", "time:2013,4,12,30"] in told["question"]
    assert ask(f"{AGGREGATE}?cut=time:9999yearsago").status_code == 400
    assert ask(f"{AGGREGATE}?cut=region.latitude:40-41").status_code == 200
