"""A token opens the API to a program, for as long as it lives and as often as its limit says."""

from datetime import timedelta

import pytest
from flask import Flask

from server.metadata.tokens import create_token, list_tokens, revoke_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.api.conftest import new_token
from tests.web.people import ADMIN, VIEWER, Browser, Clock
from web.app import create_app

CUBE = "/api/v1/cubes/departures"


def test_a_revoked_or_old_token_opens_nothing(served: Runtime, app: Flask) -> None:
    token = new_token(served, ADMIN)
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    assert client.get("/api/v1/cubes", headers=headers).status_code == 200

    with served.metadata.write() as writing:
        user = named_user(writing, ADMIN)
        revoke_token(writing, user, list_tokens(writing, user)[0].id, served.clock())

    answer = client.get("/api/v1/cubes", headers=headers)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "bad_token")


def test_a_token_ends_on_its_day(served: Runtime, app: Flask) -> None:
    with served.metadata.write() as writing:
        user = named_user(writing, ADMIN)
        token = create_token(writing, user, "t", served.clock() - timedelta(days=91))

    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/cubes", headers=headers).status_code == 401


def test_the_cookie_of_a_browser_opens_no_api(admin: Browser) -> None:
    assert admin.get(CUBE).status_code == 401


def test_a_token_opens_no_page(app: Flask, tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}

    assert app.test_client().get("/loads", headers=headers).status_code == 303


def test_a_token_that_asks_too_often_waits(slow: Runtime, clock: Clock) -> None:
    client = create_app(slow).test_client()
    busy, calm = ({"Authorization": f"Bearer {new_token(slow, name)}"} for name in (ADMIN, VIEWER))
    path = "/api/v1/indicators"
    assert [client.get(path, headers=busy).status_code for _ in range(3)] == [200] * 3

    refused = client.get(path, headers=busy)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "20"
    assert refused.get_json()["error"]["code"] == "too_many_requests"
    assert "3 requests a minute" in refused.get_json()["error"]["message"]
    assert client.get(path, headers=calm).status_code == 200

    clock.pass_by(seconds=19)
    assert client.get(path, headers=busy).status_code == 429
    clock.pass_by(seconds=1)
    assert client.get(path, headers=busy).status_code == 200
    assert client.get(path, headers=busy).status_code == 429


@pytest.mark.parametrize("value", ["icb_made_up", "", "x" * 5000])
def test_a_made_up_token_is_no_token(app: Flask, value: str) -> None:
    answer = app.test_client().get(CUBE, headers={"Authorization": f"Bearer {value}"})

    assert answer.status_code == 401
