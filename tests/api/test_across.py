"""Several cubes in one answer for programs, against the source rows."""

from collections import Counter
from typing import Any

import pytest

from server.cube.modifiers import read_outputs
from tests.api.conftest import Ask
from tests.web.people import ANALYST, VIEWER
from tests.web.source import NETWORK, december

QUERY = "/api/v1/query"
BOTH: dict[str, Any] = {
    "aggregates": ["departures.flights", "weather.observations"],
    "cut": ["time:2013,4,12"],
}


def test_cubes_are_joined_on_what_they_share(ask: Ask) -> None:
    answer = ask(
        QUERY, json={**BOTH, "drilldown": ["origin"], "order": ["departures.flights:desc"]}
    )
    body = answer.get_json()

    flights = Counter(row["origin"] for row in december())
    assert [
        (one["origin.origin"], one["departures.flights"]) for one in body["cells"]
    ] == flights.most_common()
    assert body["cubes"] == ["departures", "weather"]
    assert body["summary"]["departures.flights"] == len(december())
    observed = sum(one["weather.observations"] for one in body["cells"])
    assert body["summary"]["weather.observations"] == observed > 0
    assert body["watermark"] <= "2013-12-31"
    assert body["served_by"]


def test_formulas_totals_and_marks_go_over_all(ask: Ask) -> None:
    body = ask(
        QUERY,
        json={
            **BOTH,
            "aggregates": ["departures.flights"],
            "formulas": {"rate": "departures.flights / weather.observations"},
            "drilldown": ["origin"],
            "totals": ["whole"],
            "marks": ["rate:rank"],
        },
    ).get_json()

    assert body["names"] == ["departures.flights", "rate"]
    whole = body["totals"][0]["cells"][0]
    assert whole == body["summary"]
    assert sorted(one["rate__rank"] for one in body["cells"]) == [1, 2, 3]
    rates = [one["rate"] for one in body["cells"]]
    assert min(rates) < whole["rate"] < max(rates)


def test_a_cut_that_one_cube_lacks_is_told(ask: Ask) -> None:
    body = ask(QUERY, json={**BOTH, "cut": ["aircraft:BOEING"]}).get_json()

    assert body["summary"]["weather.observations"] is None
    assert body["summary"]["absences"] == {"weather.observations": "not_applicable"}
    assert body["summary"]["departures.flights"] > 0


def test_the_scope_is_in_each_cube_and_rights_are_asked(ask: Ask) -> None:
    answer = ask(QUERY, ANALYST, json=BOTH)

    own = sum(row["carrier"] in NETWORK for row in december())
    if answer.status_code == 200:  # where the weather is open to whoever is confined to carriers
        assert answer.get_json()["summary"]["departures.flights"] == own
    else:
        assert answer.status_code == 403
    assert ask(QUERY, VIEWER, json=BOTH).status_code == 403


def test_who_may_audit_sees_how_it_was_worked_out(ask: Ask) -> None:
    body = ask(QUERY, json={**BOTH, "explain": True}).get_json()

    statements = [one["sql"] for one in body["explain"]["statements"]]
    for table in ("departures", "weather"):
        assert any(f"FROM `{table}`" in sql for sql in statements)
    assert ask(QUERY, ANALYST, json={**BOTH, "explain": True}).status_code == 403


def test_rows_can_come_as_lines(ask: Ask) -> None:
    answer = ask(QUERY, json={**BOTH, "drilldown": ["origin"], "format": "csv"})

    head, *lines = answer.get_data(as_text=True).splitlines()
    assert head.endswith("departures.flights,weather.observations")
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"aggregates": []}, 400, "aggregates"),
        ({"aggregates": ["flights"]}, 400, "aggregates"),
        ({"aggregates": ["moon.flights"]}, 404, "aggregates"),
        ({"drilldown": ["aircraft"]}, 400, "drilldown"),
        ({"cut": ["moon:1"]}, 404, "cut"),
        ({"formulas": {"x": "1 +"}}, 400, "formulas"),
        ({"formulas": ["x"]}, 400, "formulas"),
        ({"formulas": {"x": 1}}, 400, "formulas"),
        ({"order": ["moon"]}, 400, "order"),
        ({"page": 1}, 400, "pagesize"),
        ({"split": "origin:EWR"}, 400, "split"),
    ],
)
def test_what_cannot_be_asked_is_told(
    ask: Ask, more: dict[str, Any], status: int, field: str
) -> None:
    answer = ask(QUERY, json={**BOTH, **more})

    assert (answer.status_code, answer.get_json()["error"]["field"]) == (status, field)
    assert answer.get_json()["error"]["message"].endswith(".")


def test_what_figures_are_called_is_not_worked_out_for_every_row(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many rows that alone took a third of the time, which others had to wait for."""
    read: list[object] = []

    def reading(*asked: Any, **words: Any) -> Any:
        read.append(asked)
        return read_outputs(*asked, **words)

    monkeypatch.setattr("server.cube.cube_table.read_outputs", reading)
    question = {
        "aggregates": ["departures.flights", "weather.observations"],
        "compare": ["previous"],
    }
    found = ask(
        "/api/v1/query",
        json={**question, "drilldown": ["time@ymd:day", "origin"], "cut": ["time:2013,4"]},
    )

    assert len(found.get_json()["cells"]) > 250
    assert len(read) < 25
