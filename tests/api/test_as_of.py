"""Every figure of the API as it was known earlier: by snapshot, instant and day."""

from datetime import UTC, datetime, timedelta

import pytest

from server.metadata.publications import list_publications
from server.runtime import Runtime
from tests.api.conftest import Ask

FIGURES = (
    "/api/v1/cubes/departures/aggregate?aggregates=flights&",
    "/api/v1/cubes/departures/facts?page=0&pagesize=2&",
    "/api/v1/cubes/departures/members/origin?",
    "/api/v1/indicators/on_time_arrival?period=2013-12&",
    "/api/v1/indicators/on_time_arrival/value?period=2013-12&",
    "/api/v1/indicators/on_time_arrival/series?period=2013-12&",
    "/api/v1/scorecards/punctuality?period=2013-12&",
    "/api/v1/slices?cube=departures&rows=origin:origin&value=flights&",
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
        ("yesterday", "write the number of a publication, a day or an instant"),
        ("2013-02-30", "write the number of a publication, a day or an instant"),
    ],
)
@pytest.mark.parametrize("path", [FIGURES[0], FIGURES[4], FIGURES[6], FIGURES[7]])
def test_what_cannot_be_is_refused_with_what_is_allowed(
    ask: Ask, path: str, said: str, sentence: str
) -> None:
    answer = ask(f"{path}as_of={said}")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["field"] == "as_of"
    assert sentence in answer.get_json()["error"]["message"]
