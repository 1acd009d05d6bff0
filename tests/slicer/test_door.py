"""The door of /slicer: tokens, whoever needs none, other sites' pages, methods and addresses."""

import re
from base64 import b64encode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.access import Role
from server.errors import StoreAway
from server.metadata.tokens import create_token
from server.metadata.users import create_user, named_user, set_rights
from server.runtime import Runtime
from tests.slicer.conftest import Ask, with_settings
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER
from web.app import create_app
from web.gate import public

AGGREGATE = "/slicer/cube/landings/aggregate"


def client(runtime: Runtime, **settings: object) -> FlaskClient:
    """A client of the application with other settings."""
    return create_app(with_settings(runtime, **settings)).test_client()


def test_a_token_is_bearer_or_the_password_of_basic(app: Flask, tokens: dict[str, str]) -> None:
    basic = b64encode(f"anybody:{tokens[ADMIN]}".encode()).decode()

    for header in (f"Bearer {tokens[ADMIN]}", f"Basic {basic}"):
        answer = app.test_client().get(AGGREGATE, headers={"Authorization": header})
        assert answer.status_code == 200


@pytest.mark.parametrize("header", [None, "Basic YTpi", "Bearer icb_x", "Basic", "Digest x"])
def test_whoever_has_no_token_is_asked_for_one(app: Flask, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = app.test_client().get(AGGREGATE, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Indicube"'
    assert answer.get_json()["error"]["type"] == "not_authenticated"


def test_who_may_not_slice_is_refused(ask: Ask) -> None:
    for name in (VIEWER, OPS):
        answer = ask("/cube/landings/aggregate", name)
        assert (answer.status_code, answer.get_json()["error"]["type"]) == (403, "not_authorized")


def test_a_cube_outside_the_scope_vanishes_and_is_refused(ask: Ask) -> None:
    """The analyst is confined to carriers, of which the harbour knows nothing."""
    assert [one["name"] for one in ask("/cubes", ANALYST).get_json()] == ["departures", "weather"]
    for path in ("model", "aggregate", "facts", "members/port", "fact/101", "cell"):
        answer = ask(f"/cube/landings/{path}", ANALYST)
        assert (answer.status_code, answer.get_json()["error"]["type"]) == (403, "not_authorized")
    refused = ask("/cube/landings/report", ANALYST, json={"queries": {}})
    assert refused.status_code == 403
    assert "landings" not in ask("", ANALYST).text


def test_a_user_may_stand_for_whoever_has_no_token(harbour: Runtime) -> None:
    asking = client(harbour, slicer_user=ADMIN)

    assert asking.get(AGGREGATE).get_json()["summary"]["landings"] == 6
    assert asking.get("/slicer/info").get_json()["authentication"] == {"type": "none"}
    for path in ("/api/v1/cubes", "/odata/", "/loads"):
        assert asking.get(path).status_code in (401, 303)
    wrong = asking.get(AGGREGATE, headers={"Authorization": "Bearer icb_x"})
    assert wrong.status_code == 401


def test_whoever_has_no_token_sees_what_that_user_sees(harbour: Runtime) -> None:
    asking = client(harbour, slicer_user=ANALYST)

    assert [one["name"] for one in asking.get("/slicer/cubes").get_json()] == [
        "departures", "weather",
    ]  # fmt: skip
    assert asking.get(AGGREGATE).status_code == 403


def test_a_user_who_is_unknown_or_inactive_stands_for_nobody(harbour: Runtime) -> None:
    with harbour.metadata.write() as writing:
        gone = create_user(writing, "gone", Role.ADMINISTRATOR, harbour.clock())
        set_rights(writing, gone.id, is_active=False)

    for name in ("gone", "nobody.at.all"):
        answer = client(harbour, slicer_user=name).get(AGGREGATE)
        error = answer.get_json()["error"]
        assert (answer.status_code, error["type"]) == (401, "not_authenticated")
        assert "INDICUBE_SLICER_USER" in error["message"]


@pytest.mark.parametrize("path", ["/cubes", "/cube/landings/facts", "/nowhere", "/cube/x/cell"])
def test_pages_of_other_sites_may_read_every_answer(ask: Ask, path: str) -> None:
    for origin in ("null", "https://cubes.example"):
        headers = ask(path, Origin=origin).headers

        assert headers["Access-Control-Allow-Origin"] == origin
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
        assert headers["Access-Control-Max-Age"] == "1728000"
        assert "Origin" in headers["Vary"]


def test_a_browser_learns_what_it_may_ask_before_it_has_a_token(app: Flask) -> None:
    answer = app.test_client().options(AGGREGATE, headers={"Origin": "null"})

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "null"
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"X-Requested-With", "Content-Type", "Authorization"} <= set(allowed)


def test_only_the_sites_that_are_named_may_read(harbour: Runtime) -> None:
    asking = client(harbour, slicer_cors=("https://a.example", "https://b.example"))

    def told(origin: str) -> str | None:
        headers = asking.get("/slicer/cubes", headers={"Origin": origin}).headers
        return headers.get("Access-Control-Allow-Origin")

    assert told("https://b.example") == "https://b.example"
    assert told("https://c.example") is None
    assert told("null") is None
    assert "Access-Control-Allow-Origin" not in asking.get("/api/v1/cubes").headers


def test_without_the_setting_no_site_may_read(harbour: Runtime) -> None:
    headers = client(harbour).get("/slicer/cubes", headers={"Origin": "null"}).headers

    assert not [name for name, _ in headers if name.startswith("Access-Control")]


ROUTES = [
    "", "/", "/version", "/info", "/cubes", "/logout", "/cube/landings/model",
    "/cube/landings/aggregate", "/cube/landings/members/port", "/cube/landings/facts",
    "/cube/landings/fact/101", "/cube/landings/cell",
]  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_knows_head_and_options_and_no_other_method(
    app: Flask, tokens: dict[str, str], path: str
) -> None:
    asking, headers = app.test_client(), {"Authorization": f"Bearer {tokens[ADMIN]}"}
    head = asking.head(f"/slicer{path}", headers=headers)

    assert (head.status_code, head.get_data()) == (200, b"")
    assert asking.options(f"/slicer{path}").status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = asking.open(f"/slicer{path}", method=method, headers=headers)
        assert (refused.status_code, refused.content_type) == (405, "text/html; charset=utf-8")
        assert "GET" in refused.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    ["//cubes", "//cube/landings/facts", "///cube//landings/members/port", "/cube//landings/cell"],
)
def test_slashes_may_be_doubled(ask: Ask, path: str) -> None:
    assert ask(path).status_code == 200
    assert ask(path).get_json() == ask(f"/{path.lstrip('/').replace('//', '/')}").get_json()


@pytest.mark.parametrize("path", ["/nowhere", "/visualizer/", "/cube", "/cube/landings/search"])
def test_an_address_that_is_none_is_answered_by_a_page(ask: Ask, path: str) -> None:
    answer = ask(path)

    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
    assert "<h1>Not Found</h1>" in answer.text


@pytest.mark.parametrize("path", ["aggregate", "facts", "members/port", "cell", "fact/1"])
def test_a_cube_that_is_none_is_missing(ask: Ask, path: str) -> None:
    answer = ask(f"/cube/harbour/{path}")

    assert answer.status_code == 404
    assert answer.get_json() == {
        "error": "missing_object", "message": "Unknown cube 'harbour'", "object": "harbour",
        "object_type": "cube",
    }  # fmt: skip


def test_the_model_of_a_cube_that_is_none_is_not_found(ask: Ask) -> None:
    answer = ask("/cube/harbour/model")

    assert answer.status_code == 404
    assert answer.get_json()["error"] == {
        "message": "Unknown cube 'harbour'", "type": "object_not_found", "object": "harbour",
        "object_type": "cube",
    }  # fmt: skip


def test_a_dimension_that_is_none_is_missing_without_a_name(ask: Ask) -> None:
    told = ask("/cube/landings/aggregate?cut=x:1").get_json()

    assert (told["object"], told["object_type"]) == (None, "dimension")


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (RuntimeError("secret"), 500, "text/html; charset=utf-8"),
        (StoreAway("secret"), 503, "application/json"),
    ],
)
def test_our_own_failures_tell_no_secret(
    harbour: Runtime, error: Exception, status: int, kind: str
) -> None:
    app = create_app(harbour)

    @public
    def fail() -> str:
        raise error

    app.add_url_rule("/slicer/fail", "fail", fail)
    answer = app.test_client().get("/slicer/fail")

    assert (answer.status_code, answer.content_type) == (status, kind)
    assert "secret" not in answer.text
    assert re.search(r"\b[0-9a-f]{12}\b", answer.text)  # to quote
    if status == 503:
        assert answer.get_json()["error"] == "internal_server_error"


def test_a_token_that_asks_too_often_waits(harbour: Runtime) -> None:
    app = create_app(with_settings(harbour, api_requests_per_minute=2))
    headers = {"Authorization": f"Bearer {_own_token(harbour)}"}
    statuses = [app.test_client().get("/slicer/info", headers=headers) for _ in range(3)]

    assert [one.status_code for one in statuses] == [200, 200, 429]
    assert statuses[-1].get_json()["error"]["type"] == "request"
    assert int(statuses[-1].headers["Retry-After"]) > 0


def _own_token(runtime: Runtime) -> str:
    with runtime.metadata.write() as writing:
        return create_token(writing, named_user(writing, ADMIN), "own", runtime.clock())
