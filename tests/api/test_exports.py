"""Exports for programs: asked for, made, taken, and open to their owner alone."""

import csv
import hashlib
import io

import pytest
from flask import Flask

from server.exports.job import make_export
from server.metadata.exports import find_export
from server.metadata.jobs import claim_job, fail_job
from server.runtime import Runtime
from tests.api.conftest import Ask
from tests.web.people import ADMIN, ANALYST, VIEWER

EXPORTS = "/api/v1/exports"
CARD = {"kind": "scorecard", "name": "punctuality", "format": "csv", "period": "2013-12"}
SLICE = {
    "kind": "slice",
    "name": "departures",
    "format": "csv",
    "question": {"rows": ["organisation:group"], "value": ["flights"], "cut": ["time:2013,4,12"]},
}


def test_a_slice_is_made_and_taken(served: Runtime, ask: Ask) -> None:
    asked = ask(EXPORTS, json=SLICE)
    assert (asked.status_code, asked.get_json()["state"]) == (202, "queued")
    make_export(served, asked.get_json()["code"])

    made = ask(asked.headers["Location"]).get_json()
    file = ask(made["file"])
    slice_of = {"cube": "departures", **SLICE["question"]}  # type: ignore[dict-item]
    assert made["state"] == "done"
    assert hashlib.sha256(file.data).hexdigest() == made["sha256"]
    assert made["fingerprint"] == ask("/api/v1/slices", json=slice_of).get_json()["fingerprint"]
    cells = {cell for row in csv.reader(io.StringIO(file.text)) for cell in row}
    assert {"6590", "13416", "8129"} <= cells
    assert made["code"] in {one["code"] for one in ask(EXPORTS).get_json()["exports"]}


def test_the_facts_of_a_cell_are_made_and_taken(served: Runtime, ask: Ask) -> None:
    facts = {"kind": "facts", "name": "departures", "format": "csv", "cut": ["time:2013,4,12,24"]}
    code = ask(EXPORTS, json=facts).get_json()["code"]
    make_export(served, code)

    count = ask("/api/v1/cubes/departures/facts?cut=time:2013,4,12,24&page=0&pagesize=1")
    text = ask(f"{EXPORTS}/{code}/file").text
    assert text.partition("\r\n\r\n")[0].count("\r\n") == count.get_json()["total"]


def test_of_a_failure_that_nobody_foresaw_no_path_is_told(served: Runtime, ask: Ask) -> None:
    code = ask(EXPORTS, json=SLICE).get_json()["code"]
    with served.metadata.write() as writing:
        job = claim_job(writing, find_export(writing, code).job.id, served.clock())
        assert job is not None
        fail_job(writing, job, OSError("/srv/secret"), served.clock())

    told = ask(f"{EXPORTS}/{code}").get_json()
    assert told["state"] == "failed"
    assert "our side" in told["error"]
    assert "secret" not in told["error"]


def test_mistakes_in_an_export_of_facts_are_told_before_it_is_made(ask: Ask) -> None:
    facts = {"kind": "facts", "name": "departures", "format": "csv"}
    for wrong in ({"format": "xlsx"}, {"cut": ["nowhere:1"]}, {"period": "2013"}, {"name": "x"}):
        assert ask(EXPORTS, json={**facts, **wrong}).status_code in (400, 404)


@pytest.mark.parametrize("kind", [CARD, SLICE])
def test_a_file_of_what_was_known_then(served: Runtime, ask: Ask, kind: dict[str, object]) -> None:
    """Of a publication's number or an instant; one that has not come is refused."""
    code = ask(EXPORTS, json={**kind, "as_of": 2}).get_json()["code"]
    make_export(served, code)

    made = ask(f"{EXPORTS}/{code}").get_json()
    assert (made["state"], made["made_at_snapshot"]) == ("done", 2)
    for as_of in (999_999, "2999-01-01", "yesterday"):
        answer = ask(EXPORTS, json={**kind, "as_of": as_of})
        assert answer.status_code == 400
        assert answer.get_json()["error"]["field"] == "as_of"


def test_an_export_is_open_to_its_owner_alone(served: Runtime, ask: Ask) -> None:
    code = ask(EXPORTS, ADMIN, json=CARD).get_json()["code"]
    make_export(served, code)

    for path in (f"{EXPORTS}/{code}", f"{EXPORTS}/{code}/file"):
        assert ask(path, ADMIN).status_code == 200
        assert ask(path, ANALYST).status_code == 404
    assert code not in {one["code"] for one in ask(EXPORTS, ANALYST).get_json()["exports"]}
    assert ask(EXPORTS, VIEWER, json=CARD).status_code == 403


def test_an_export_that_waits_can_be_stopped_once(
    app: Flask, tokens: dict[str, str], ask: Ask
) -> None:
    code = ask(EXPORTS, json=CARD).get_json()["code"]
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}
    client = app.test_client()

    assert ask(f"{EXPORTS}/{code}/file").status_code == 404
    stopped = client.delete(f"{EXPORTS}/{code}", headers=headers)
    assert (stopped.status_code, stopped.get_json()["state"]) == (200, "cancelled")
    assert client.delete(f"{EXPORTS}/{code}", headers=headers).status_code == 409


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"kind", "name", "format"}),
        (
            {**CARD, "format": "doc", "period": "x", "question": {}},
            {"format", "period", "question"},
        ),
        ({**CARD, "name": "made_up"}, {"scorecard"}),
        ({**CARD, "cut": ["made_up:1"]}, {"cut"}),
        ({**SLICE, "question": {"rows": "x", "valu": []}}, {"rows", "valu"}),
        ({**SLICE, "question": []}, {"question"}),
    ],
)
def test_what_cannot_be_exported_is_refused_when_it_is_asked(
    ask: Ask, body: dict[str, object], fields: set[str]
) -> None:
    before = len(ask(EXPORTS).get_json()["exports"])
    answer = ask(EXPORTS, json=body)

    assert answer.status_code in (400, 404)
    assert fields <= {one["field"] for one in answer.get_json()["errors"]}
    assert len(ask(EXPORTS).get_json()["exports"]) == before


def test_a_scorecard_compares_like_for_like_and_its_file_says_so(served: Runtime, ask: Ask) -> None:
    """All sixteen carriers but SkyWest flew in October and November; it flew in November alone."""
    asked = {**CARD, "period": "2013-11", "like_for_like": True}
    code = ask(EXPORTS, json=asked).get_json()["code"]
    make_export(served, code)

    text = ask(f"{EXPORTS}/{code}/file").text
    assert "of organisations that are on both sides alone" in text
    assert "like for like: 15 of 16 are on both sides" in text


def test_only_a_scorecard_is_compared_like_for_like(ask: Ask) -> None:
    for kind in (SLICE, {"kind": "facts", "name": "departures", "format": "csv"}):
        refused = ask(EXPORTS, json={**kind, "like_for_like": True})
        assert refused.status_code == 400
        assert refused.get_json()["error"]["field"] == "like_for_like"


def test_who_asks_a_slice_for_an_indicator_of_other_cubes_is_shown_the_way(ask: Ask) -> None:
    """At once: no file is promised that cannot be made."""
    question = {"rows": ["origin"], "value": ["indicator.cancellations_in_low_visibility"]}
    for answer in (
        ask(EXPORTS, json={**SLICE, "question": question}),
        ask("/api/v1/slices", json={"cube": "departures", **question}),
    ):
        told = answer.get_json()["error"]
        assert (answer.status_code, told["code"], told["field"]) == (400, "other_cubes", "value")
        assert "on_time_arrival" in told["allowed"]
        assert "POST /api/v1/query" in told["hint"]

    over_both = {"indicators": ["cancellations_in_low_visibility"], "drilldown": ["origin"]}
    assert ask("/api/v1/query", json=over_both).status_code == 200
