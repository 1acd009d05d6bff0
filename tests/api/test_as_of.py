"""Every figure of the API as it was known earlier: by snapshot, instant and day."""

from datetime import UTC, datetime, timedelta

import pytest

from server.metadata.publications import list_publications
from server.runtime import Runtime
from tests.api.conftest import Ask
from tests.web.people import ANALYST

FIGURES = (
    "/api/v1/cubes/departures/aggregate?aggregates=flights&",
    "/api/v1/cubes/departures/facts?page=0&pagesize=2&",
    "/api/v1/cubes/departures/members/origin?",
    "/api/v1/indicators/on_time_arrival?period=2013-12&",
    "/api/v1/indicators/on_time_arrival/value?period=2013-12&",
    "/api/v1/indicators/on_time_arrival/series?period=2013-12&",
    "/api/v1/scorecards/punctuality?period=2013-12&",
)


@pytest.mark.parametrize("path", FIGURES)
def test_every_operation_with_figures_answers_as_of_a_snapshot(ask: Ask, path: str) -> None:
    earlier, now = ask(f"{path}as_of=1"), ask(f"{path}")

    assert (earlier.status_code, now.status_code) == (200, 200), earlier.text
    assert earlier.headers["Indicube-Snapshot"] == "1"
    assert int(now.headers["Indicube-Snapshot"]) > 1
    assert earlier.get_json()["snapshot"] == 1


def test_an_instant_is_the_last_snapshot_by_then(ask: Ask, served: Runtime) -> None:
    with served.metadata.read() as reading:
        latest, before, *_ = list_publications(reading)
    instant = (latest.at - timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")

    assert ask(f"{FIGURES[0]}as_of={instant}").get_json()["snapshot"] == before.number


def test_today_is_what_is_known_now(ask: Ask) -> None:
    today = datetime.now(UTC).date().isoformat()

    assert (
        ask(f"{FIGURES[0]}as_of={today}").get_json()["snapshot"]
        == ask(FIGURES[0]).get_json()["snapshot"]
    )


def test_a_slice_is_answered_as_of_a_snapshot(ask: Ask) -> None:
    slice_ = {"cube": "departures", "rows": ["origin:origin"], "value": ["flights"]}

    earlier = ask("/api/v1/slices", json={**slice_, "as_of": 1}).get_json()
    assert (earlier["snapshot"], earlier["rows"]) == (1, [])
    assert ask("/api/v1/slices", json=slice_).get_json()["rows"]


def test_a_body_takes_a_number_or_a_text(ask: Ask) -> None:
    path = "/api/v1/cubes/departures/aggregate"

    for said in (1, "1"):
        answer = ask(path, json={"aggregates": ["flights"], "as_of": said})
        assert answer.get_json()["snapshot"] == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("2000-01-01", "the first snapshot is 1"),
        ("2999-01-01", "has not come yet"),
        ("999", "the latest is"),
        ("yesterday", "must be the number of a publication, a day or an instant"),
        ("2013-02-30", "must be the number of a publication, a day or an instant"),
    ],
)
@pytest.mark.parametrize("path", [FIGURES[0], FIGURES[4], FIGURES[6]])
def test_what_cannot_be_is_refused_with_what_is_allowed(
    ask: Ask, path: str, said: str, sentence: str
) -> None:
    answer = ask(f"{path}as_of={said}")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["field"] == "as_of"
    assert sentence in answer.get_json()["error"]["message"]


def test_an_unchanged_answer_of_an_earlier_snapshot_names_that_snapshot(ask: Ask) -> None:
    tag = ask(f"{FIGURES[4]}as_of=1").headers["ETag"]
    again = ask(f"{FIGURES[4]}as_of=1", **{"If-None-Match": tag})

    assert (again.status_code, again.headers["Indicube-Snapshot"]) == (304, "1")
    assert ask(f"{FIGURES[4]}as_of=2", **{"If-None-Match": tag}).status_code == 200


def test_the_difference_of_two_snapshots_is_what_the_last_load_brought(ask: Ask) -> None:
    """The fourth load brought every departure of 2013, each month of which was promised."""
    body = ask("/api/v1/snapshots/diff?from=3&to=4").get_json()
    december = [
        one for one in body["aggregates"] if (one["code"], one["period"]) == ("flights", "2013-12")
    ]

    assert (body["first"], body["last"], body["snapshot"]) == (3, 4, 4)
    assert december == [
        {
            "code": "flights",
            "name": "Scheduled departures",
            "cube": "departures",
            "period": "2013-12",
            "before": {"absent": "late"},
            "after": {"value": "28135", "exact": "28135/1"},
            "difference": {"absent": "late"},
            "loads": [4],
        }
    ]
    assert {one["period"] for one in body["aggregates"]} == {
        f"2013-{month:02}" for month in range(1, 13)
    }
    assert sum(one["rows_after"] for one in body["keys"]) == 336_776
    assert [(one["what"], one["load"]) for one in body["events"]] == [("published", 4)]


def test_who_may_not_see_loads_learns_no_rows_of_others(ask: Ask) -> None:
    body = ask("/api/v1/snapshots/diff?from=3&to=4&cut=origin:JFK", name=ANALYST).get_json()

    assert body["keys"] is None
    assert body["aggregates"]


def test_mistakes_in_a_difference_are_told_together(ask: Ask) -> None:
    answer = ask("/api/v1/snapshots/diff?to=soon&cut=;&form=x")

    assert answer.status_code == 400
    assert {one["field"] for one in answer.get_json()["errors"]} == {"from", "to", "cut", "form"}
    assert ask("/api/v1/snapshots/diff?from=4&to=3").status_code == 400


def test_snapshots_are_listed_page_by_page(ask: Ask) -> None:
    first = ask("/api/v1/snapshots?limit=2").get_json()["snapshots"]
    rest = ask(f"/api/v1/snapshots?before={first[-1]['number']}").get_json()["snapshots"]

    numbers = [one["number"] for one in (*first, *rest)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == 1
    assert first[0].keys() == {"number", "at", "what", "by"}
