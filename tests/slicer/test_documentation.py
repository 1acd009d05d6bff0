"""The examples of docs/slicer_api.md are run as they stand, and answer what stands there."""

import json
import re
import shlex
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.metadata.session import open_metadata
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.api.test_documentation import assert_holds
from tests.web.people import ADMIN, settle_people
from web.app import create_app

PAGE = (Path(__file__).parents[2] / "docs" / "slicer_api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```(\w+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def curl(flights: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Curl"]:
    """Asks the real flights, with a token of the administrator."""
    kept = tmp_path_factory.mktemp("slicer") / "metadata.db"
    source = flights.settings.database.removeprefix("sqlite:///")
    with sqlite3.connect(source) as real, sqlite3.connect(kept) as copy:
        real.backup(copy)
    metadata = open_metadata(f"sqlite:///{kept}")
    runtime = replace(flights, metadata=metadata)
    settle_people(runtime)
    with metadata.write() as writing:
        token = create_token(writing, named_user(writing, ADMIN), "test", runtime.clock())
    yield Curl(create_app(runtime).test_client(), token)
    metadata.close()


class Curl:
    """Does what curl would do with its arguments."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._token = token

    def __call__(self, command: str) -> TestResponse:
        plain = command.replace("$TOKEN", self._token).replace("$INDICUBE", "")
        rest = iter(shlex.split(plain.replace("\\\n", " "))[1:])
        headers: dict[str, str] = {}
        pairs: list[tuple[str, str]] = []
        address, body = "", None
        for word in rest:
            if word == "-u":
                headers["Authorization"] = f"Basic {b64encode(next(rest).encode()).decode()}"
            elif word == "--json":
                body = next(rest)
            elif word == "--data-urlencode":
                name, _, value = next(rest).partition("=")
                pairs.append((name, value))
            elif word not in ("-s", "-G"):
                address = word
        if body is not None:
            return self._client.post(
                address, data=body, headers=headers, content_type="application/json"
            )
        asked = f"{address}?{urlencode(pairs)}" if pairs else address
        return self._client.get(asked, headers=headers)


def test_every_example_has_an_answer() -> None:
    assert len(EXAMPLES) == PAGE.count("curl -s ") == 7


@pytest.mark.parametrize(("command", "form", "expected"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_answers_what_stands_there(
    curl: Curl, command: str, form: str, expected: str
) -> None:
    answer = curl(command[command.index("curl") :])
    if form == "json":
        assert_holds(answer.get_json(), json.loads(expected))
        return
    *lines, more = expected.splitlines()
    found = answer.text.splitlines()

    assert found[: len(lines)] == lines
    assert found[len(lines) :] == [more] or (more == "…" and len(found) > len(lines))
