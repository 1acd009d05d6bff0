"""Pushes over HTTP: what is said beside the body, what is answered, and who may push what."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from loaders.context import context_of
from loaders.grouping import load_due_groups
from loaders.pushes.job import load_push
from server.access import Role, Scope, ScopeRule
from server.metadata.pushes import find_push
from server.metadata.users import create_user, named_user
from server.runtime import Runtime
from tests.api.conftest import new_token
from tests.few_flights import few_flights, header, rows_of
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, Clock, settle_people
from web.app import create_app

JSON_LINES = "application/x-ndjson"
LOCAL = "lou"  # ops, confined to JFK
BRANCH = "bea"  # ops, confined to the network carriers
Push = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """No departure and no weather yet; a clock that stands."""
    with few_flights(tmp_path_factory.mktemp("pushes")) as opened:
        runtime = replace(opened, clock=Clock(opened.clock()))
        settle_people(runtime)
        for name, dimension, path in (
            (LOCAL, "origin", "JFK"),
            (BRANCH, "organisation", "network"),
        ):
            scope = Scope((ScopeRule(dimension, (path,)),))
            with runtime.metadata.write() as writing:
                create_user(writing, name, Role.OPS, runtime.clock(), scope=scope)
        yield runtime


@pytest.fixture(scope="module")
def app(house: Runtime) -> Flask:
    return create_app(house)


@pytest.fixture(scope="module")
def tokens(house: Runtime) -> dict[str, str]:
    names = (ADMIN, ANALYST, VIEWER, OPS, LOCAL, BRANCH)
    return {name: new_token(house, name) for name in names}


@pytest.fixture
def push(app: Flask, tokens: dict[str, str]) -> Push:
    """Sends a body to a specification; a GET when there is none."""

    def send(
        to: str,
        body: bytes | None = None,
        key: str | None = None,
        form: str = JSON_LINES,
        by: str = OPS,
        **headers: str,
    ) -> TestResponse:
        sent = {"Authorization": f"Bearer {tokens[by]}", **headers}
        path = f"/api/v1/loads/{to}"
        if body is None:
            return app.test_client().get(path, headers=sent)
        if key is not None:
            sent["Idempotency-Key"] = key
        return app.test_client().post(path, data=body, content_type=form, headers=sent)

    return send


def hour(number: int, origin: object = "JFK", **more: object) -> str:
    row = {"origin": origin, "year": 2013, "month": 12, "day": 31, "hour": number, "precip": 0}
    return json.dumps({**row, "visib": 10, **more})


def hours(*rows: str) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


def departures(*days: int) -> bytes:
    return (header() + "".join(rows_of(1, day)[0] for day in days)).encode()


def end_window(house: Runtime) -> list[int]:
    house.clock.now += timedelta(seconds=61)  # type: ignore[attr-defined]
    return load_due_groups(context_of(house))


def errors(answer: TestResponse) -> list[tuple[str, str | None]]:
    return [(one["code"], one["field"]) for one in answer.get_json()["errors"]]


def test_what_is_pushed_is_told_with_an_address_that_says_what_became_of_it(
    house: Runtime, push: Push
) -> None:
    answer = push("weather", hours(hour(1), hour(2)), "told")

    told = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (202, told["address"])
    assert told["address"] == "/api/v1/loads/weather/pushes/told"
    assert (told["state"], told["rows"], told["accepted"], told["rejected"]) == ("waiting", 2, 2, 0)
    assert (told["load"], told["by"]) == (None, OPS)
    assert told["waits_until"] > told["received_at"]

    (load,) = end_window(house)

    now = push("weather/pushes/told").get_json()
    assert (now["state"], now["load"], now["first_row"], now["last_row"]) == (
        "published",
        load,
        2,
        3,
    )
    assert now["load_address"] == f"/api/v1/loads/{load}"
    assert now["waits_until"] is None
    shown = push(str(load)).get_json()
    assert shown["pushes"] == [{"key": "told", "by": OPS, "rows": 2, "first_row": 2, "last_row": 3}]
    assert [one["number"] for one in shown["batches"]] == now["batches"]
    assert now["published_at_snapshot"] == house.snapshot().number


def test_the_same_key_is_answered_in_the_same_words(push: Push) -> None:
    first = push("weather", hours(hour(3)), "same")
    again = push("weather", hours(hour(3)), "same")
    quoted = push("weather", hours(hour(3)), '"same"')

    assert again.get_json() == quoted.get_json() == first.get_json()
    assert again.status_code == first.status_code == 202
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = push("weather", hours(hour(4)), "same")
    assert (other.status_code, errors(other)) == (422, [("key_reused", "Idempotency-Key")])


@pytest.mark.parametrize(
    ("form", "headers", "field"),
    [
        ("application/json", {}, "Content-Type"),
        ("text/html", {}, "Content-Type"),
        ("", {}, "Content-Type"),
        ("text/csv; charset=gbk", {}, "Content-Type"),
        (JSON_LINES, {"Content-Encoding": "br"}, "Content-Encoding"),
    ],
)
def test_forms_that_are_not_read_are_refused_with_those_that_are(
    push: Push, form: str, headers: dict[str, str], field: str
) -> None:
    answer = push("weather", hours(hour(1)), "form", form, **headers)

    assert answer.status_code == 415
    (mistake,) = answer.get_json()["errors"]
    assert mistake["field"] == field
    assert mistake["allowed"]


def test_mistakes_beside_the_body_are_told_together(push: Push) -> None:
    answer = push("weather?wait=100&colour=red", hours(hour(1)), "a b")

    assert answer.status_code == 400
    assert errors(answer) == [
        ("unknown_parameter", "colour"),
        ("invalid_input", "Idempotency-Key"),
        ("invalid_input", "wait"),
    ]
    missing = push("weather", hours(hour(1)))
    assert (missing.status_code, errors(missing)) == (400, [("key_missing", "Idempotency-Key")])
    unknown = push("whether", hours(hour(1)), "x")
    assert unknown.status_code == 404
    assert "weather" in unknown.get_json()["error"]["allowed"]


def test_mistakes_in_the_body_name_row_field_and_what_is_allowed(push: Push) -> None:
    answer = push("weather", hours(hour(1, colour="red"), hour(1, origin=5)), "mistaken")

    assert answer.status_code == 400
    first, second = answer.get_json()["errors"]
    assert (first["row"], first["field"], first["code"]) == (1, "colour", "unknown_field")
    assert "visib" in first["allowed"]
    assert (second["row"], second["field"], second["code"]) == (2, "origin", "wrong_kind")
    value = push("weather", hours(hour(25, origin="BOS")), "mistaken").get_json()["errors"]
    assert [(one.get("row"), one["field"], one["allowed"]) for one in value] == [
        (None, "body", []),
        (1, "hour", []),
        (1, "origin", ["EWR", "JFK", "LGA"]),
    ]
    assert push("weather/pushes/mistaken").status_code == 404


def test_a_body_that_is_too_large_is_refused_in_a_sentence(house: Runtime) -> None:
    small = replace(house, settings=replace(house.settings, push_bytes=10_000))
    client, token = create_app(small).test_client(), new_token(house, OPS)
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": "large"}

    answer = client.post(
        "/api/v1/loads/weather", data=b" " * 10_001, content_type=JSON_LINES, headers=sent
    )

    assert answer.status_code == 413
    assert "a push has at most 10,000" in answer.get_json()["error"]["message"]


def test_a_body_above_the_limit_of_other_requests_is_taken(house: Runtime) -> None:
    small = replace(house, settings=replace(house.settings, max_request_bytes=10_000))
    client, token = create_app(small).test_client(), new_token(house, OPS)
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": "above"}

    answer = client.post(
        "/api/v1/loads/weather",
        data=hours(*[hour(5)] * 200),
        content_type=JSON_LINES,
        headers=sent,
    )

    assert (answer.status_code, answer.get_json()["rows"]) == (202, 200)


def test_whoever_waits_learns_how_it_ended(house: Runtime, push: Push) -> None:
    waited = push("weather?wait=0", hours(hour(6)), "patient")
    assert (waited.status_code, waited.get_json()["state"]) == (202, "waiting")
    end_window(house)

    done = push("weather?wait=5", hours(hour(6)), "patient")

    assert (done.status_code, done.get_json()["state"]) == (201, "published")
    later = push("weather", hours(hour(6)), "patient")
    assert (later.status_code, later.get_json()) == (201, done.get_json())


def test_rows_that_replace_others_need_no_key_and_wait_for_nobody(
    house: Runtime, push: Push
) -> None:
    answer = push("departures", departures(1, 2), form="text/csv")
    told = answer.get_json()
    assert (answer.status_code, told["state"]) == (202, "queued")

    with house.metadata.read() as reading:
        kept = find_push(reading, "departures", named_user(reading, OPS).id, told["key"])
    load_push(context_of(house), kept.id)

    now = push(told["address"].removeprefix("/api/v1/loads/")).get_json()
    assert (now["state"], now["rows"], now["rejected"]) == ("published", 2, 0)


def test_what_a_body_covers_is_said_in_the_address(push: Push) -> None:
    inside = push("departures?scope=month=2013-01", departures(3), form="text/csv")
    assert (inside.status_code, inside.get_json()["rejected"]) == (202, 0)

    wrong = push("departures?scope=year=2013", departures(3), form="text/csv")
    assert (wrong.status_code, errors(wrong)) == (400, [("invalid_input", "scope")])
    outside = push("departures?scope=month=2013-02", departures(3), form="text/csv")
    assert errors(outside)[0][0] == "too_many_rejected"
    assert errors(outside)[1][0] == "outside_cover"


def test_only_those_who_load_push_and_each_sees_their_own(push: Push) -> None:
    for name in (ANALYST, VIEWER):
        assert push("weather", hours(hour(1)), "mine", by=name).status_code == 403
        assert push("weather", by=name).status_code == 403
    assert push("weather", hours(hour(7)), "mine", by=ADMIN).status_code == 202
    assert push("weather/pushes/mine").status_code == 404
    assert push("weather/pushes/mine", by=ADMIN).status_code == 200


def test_whoever_is_confined_pushes_nothing_outside(push: Push) -> None:
    inside = push("weather", hours(hour(8), hour(9)), "local", by=LOCAL)
    assert inside.status_code == 202

    outside = push("weather", hours(hour(8), hour(8, "EWR"), hour(9, "LGA")), "far", by=LOCAL)

    assert outside.status_code == 403
    (mistake,) = outside.get_json()["errors"]
    assert mistake["message"].startswith("row 2: origin is 'EWR', which lies outside")
    assert push("weather/pushes/far", by=LOCAL).status_code == 404


@pytest.mark.parametrize("name", [LOCAL, BRANCH])
def test_whoever_is_confined_replaces_nothing_of_others(push: Push, name: str) -> None:
    """A month that is restated would take everybody's departures away."""
    answer = push("departures", departures(1), form="text/csv", by=name)

    assert (answer.status_code, errors(answer)) == (403, [("outside_scope", None)])
    assert "replaces facts outside" in answer.get_json()["error"]["message"]
    members = push("carriers", b"carrier,name\nAA,A\n", form="text/csv", by=name)
    assert members.status_code == 403


def test_what_is_open_to_everybody_is_so_to_push(push: Push) -> None:
    """Weather has no carrier, and its model says that it is open to whoever sees some of them."""
    assert push("weather", hours(hour(10, "LGA")), "open", by=BRANCH).status_code == 202


def test_a_program_can_ask_what_it_may_send(push: Push) -> None:
    told = push("weather").get_json()

    assert told["mode"] == "append"
    assert told["needs_idempotency_key"] is True
    assert told["columns"][0] == {
        "name": "origin",
        "becomes": "origin",
        "type": "LowCardinality(String)",
        "required": True,
        "least": None,
        "most": None,
        "one_of": ["EWR", "JFK", "LGA"],
    }
    assert JSON_LINES in told["content_types"]
    assert told["most_rows"] == 200_000


def test_a_full_disk_is_told_as_such_and_nothing_is_kept(house: Runtime) -> None:
    full = replace(house, settings=replace(house.settings, disk_reserve_bytes=10**15))
    client, token = create_app(full).test_client(), new_token(house, OPS)
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": "full"}

    answer = client.post(
        "/api/v1/loads/weather", data=hours(hour(1)), content_type=JSON_LINES, headers=sent
    )

    assert (answer.status_code, errors(answer)[0][0]) == (503, "disk_low")
    assert "Retry-After" in answer.headers
    shown = client.get("/api/v1/loads/weather/pushes/full", headers=sent)
    assert shown.status_code == 404


def test_the_lines_of_a_push_are_in_the_spool_before_it_is_told(house: Runtime, push: Push) -> None:
    push("weather", hours(hour(11)), "spooled")

    with house.metadata.read() as reading:
        kept = find_push(reading, "weather", named_user(reading, OPS).id, "spooled")
    spool = Path(house.settings.spool)
    text = (spool / str(kept.source_hash)[:2] / str(kept.source_hash)).read_text("utf-8")
    assert text.splitlines()[1].startswith("JFK,2013,12,31,11,")


def test_facts_are_taken_while_the_store_is_away(house: Runtime, push: Push) -> None:
    house.store.pulse.hold()
    try:
        answer = push("weather", hours(hour(12)), "meanwhile")
        assert push("weather/pushes/meanwhile").get_json()["state"] == "waiting"
    finally:
        house.store.pulse.release()

    assert answer.status_code == 202
