"""The aggregation API for programs."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.metadata.tokens import create_token, list_tokens, revoke_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.web.people import ADMIN, ANALYST, VIEWER, Browser
from tests.web.source import NETWORK, count, december, is_on_time

Ask = Callable[..., TestResponse]
CUBE = "/api/v1/cubes/departures"
DECEMBER = "cut=time:2013,4,12"


def _token(runtime: Runtime, name: str) -> str:
    with runtime.metadata.write() as writing:
        return create_token(writing, named_user(writing, name), "test", runtime.clock())


@pytest.fixture(scope="module")
def tokens(loaded: Runtime) -> dict[str, str]:
    return {name: _token(loaded, name) for name in (ADMIN, ANALYST, VIEWER)}


@pytest.fixture
def ask(app: Flask, tokens: dict[str, str]) -> Ask:
    def asked(path: str, name: str = ADMIN) -> TestResponse:
        headers = {"Authorization": f"Bearer {tokens[name]}"}
        return app.test_client().get(path, headers=headers)

    return asked


def test_an_aggregate_is_that_of_the_source(ask: Ask) -> None:
    answer = ask(f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights|on_time_arrivals")

    assert answer.get_json()["summary"] == {
        "flights": len(december()),
        "on_time_arrivals": count(december(), is_on_time),
    }


def test_a_drill_down_gives_a_cell_for_each_member(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=organisation:carrier"
    cells = {
        cell["organisation.carrier"]: cell["flights"] for cell in ask(path).get_json()["cells"]
    }

    assert cells == Counter(row["carrier"] for row in december())


def test_order_and_pages_cut_the_cells(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=organisation:carrier"
    body = ask(path + "&order=flights:desc&page=0&pagesize=2").get_json()

    flights = [cell["flights"] for cell in body["cells"]]
    assert len(flights) == 2
    assert flights == sorted(flights, reverse=True)
    assert body["total_cell_count"] == len({row["carrier"] for row in december()})


def test_every_answer_names_what_it_is_based_on(ask: Ask) -> None:
    answer = ask(f"{CUBE}/aggregate?{DECEMBER}")
    body = answer.get_json()

    assert answer.headers["Indicube-Snapshot"] == str(body["snapshot"])
    assert answer.headers["Indicube-Watermark"] == body["watermark"] == "2013-12-31"
    assert len(body["model_version"]) == 64


def test_members_and_facts_are_listed(ask: Ask) -> None:
    members = ask(f"{CUBE}/members/organisation?depth=1").get_json()["members"]
    facts = ask(f"{CUBE}/facts?{DECEMBER}&page=0&pagesize=3").get_json()

    assert {one["organisation.group"] for one in members} == {"network", "low_cost", "regional"}
    assert facts["total"] == len(december())
    assert all({"_load", "_row", "carrier"} <= fact.keys() for fact in facts["facts"])


def test_the_owners_scope_is_in_every_answer(ask: Ask) -> None:
    own = count(december(), lambda row: row["carrier"] in NETWORK)
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights"

    assert ask(path, ANALYST).get_json()["summary"] == {"flights": own}
    outside = ask(path + "&cut=organisation:low_cost", ANALYST).get_json()["summary"]
    assert outside == {"flights": 0}
    facts = ask(f"{CUBE}/facts?{DECEMBER}&page=0&pagesize=50", ANALYST).get_json()["facts"]
    assert {fact["carrier"] for fact in facts} <= NETWORK


def test_a_viewers_token_does_not_slice(ask: Ask) -> None:
    assert ask("/api/v1/indicators", VIEWER).status_code == 200
    assert ask(CUBE, VIEWER).status_code == 403


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/v1/cubes/made_up", 404, None),
        (f"{CUBE}/aggregate?cut=made_up:1", 404, None),
        (f"{CUBE}/aggregate?aggregates=made_up", 404, None),
        (f"{CUBE}/aggregate?page=x&pagesize=2", 400, "page"),
        (f"{CUBE}/aggregate?order=made_up", 400, "order"),
        (f"{CUBE}/members/made_up", 404, None),
        (f"{CUBE}/aggregate?lang=klingon", 400, "lang"),
    ],
)
def test_a_wrong_question_is_told_with_what_is_allowed(
    ask: Ask, path: str, status: int, field: str | None
) -> None:
    answer = ask(path)
    error = answer.get_json()["error"]

    assert answer.status_code == status
    assert error["message"]
    if field:
        assert error["field"] == field


def test_labels_follow_the_language(ask: Ask) -> None:
    english = ask("/api/v1/cubes?lang=en").get_json()["cubes"]
    chinese = ask("/api/v1/cubes?lang=zh").get_json()["cubes"]

    assert [one["name"] for one in english] == [one["name"] for one in chinese]
    assert all(e["label"] != c["label"] for e, c in zip(english, chinese, strict=True))


def test_a_revoked_or_old_token_opens_nothing(fresh: Runtime, fresh_app: Flask) -> None:
    token = _token(fresh, ADMIN)
    headers = {"Authorization": f"Bearer {token}"}
    client = fresh_app.test_client()
    assert client.get("/api/v1/cubes", headers=headers).status_code == 200

    with fresh.metadata.write() as writing:
        user = named_user(writing, ADMIN)
        revoke_token(writing, user, list_tokens(writing, user)[0].id, fresh.clock())

    answer = client.get("/api/v1/cubes", headers=headers)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "bad_token")


def test_a_token_ends_on_its_day(fresh: Runtime, fresh_app: Flask) -> None:
    with fresh.metadata.write() as writing:
        user = named_user(writing, ADMIN)
        token = create_token(writing, user, "t", fresh.clock() - timedelta(days=91))

    headers = {"Authorization": f"Bearer {token}"}
    assert fresh_app.test_client().get("/api/v1/cubes", headers=headers).status_code == 401


def test_the_cookie_of_a_browser_opens_no_api(admin: Browser) -> None:
    assert admin.get(CUBE).status_code == 401


def test_a_token_opens_no_page(app: Flask, tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}

    assert app.test_client().get("/loads", headers=headers).status_code == 303


def test_an_answer_to_a_program_sets_no_cookie(ask: Ask) -> None:
    assert "Set-Cookie" not in ask(CUBE).headers
