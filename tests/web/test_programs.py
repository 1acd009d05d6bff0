"""Programs bring a token, as Bearer or as the password of HTTP Basic; no cookie counts."""

from base64 import b64encode

import pytest
from flask import Flask

from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.web.people import ADMIN
from web.app import create_app


@pytest.fixture
def token(fresh: Runtime) -> str:
    """A token of the administrator."""
    with fresh.metadata.write() as writing:
        return create_token(writing, named_user(writing, ADMIN), "test", fresh.clock())


def basic(user: str, password: str) -> str:
    """A header as clients of HTTP Basic send it."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("user", ["admin", "", "anything at all", "用户"])
def test_a_token_is_the_password_of_any_user_name(user: str, token: str, fresh_app: Flask) -> None:
    headers = {"Authorization": basic(user, token)}

    assert fresh_app.test_client().get("/api/v1/cubes", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "header",
    [basic("admin", ""), basic("admin", "made up"), "Basic ???", "Basic", "Digest x", "Bearer"],
)
def test_whatever_is_no_token_opens_nothing(header: str, fresh_app: Flask) -> None:
    answer = fresh_app.test_client().get("/api/v1/cubes", headers={"Authorization": header})

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("path", ["/slicer/nowhere", "/odata/no/where", "/links/nowhere"])
def test_no_door_of_programs_sends_anybody_to_the_sign_in(path: str, fresh: Runtime) -> None:
    assert create_app(fresh).test_client().get(path).status_code == 404
