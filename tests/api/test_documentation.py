"""The examples of docs/api.md are run as they stand, and answer what stands there."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.people import ADMIN

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```(\w+)\n(.*?)```", PAGE, re.DOTALL)
MORE = "…"


def test_every_example_has_an_answer() -> None:
    assert len(EXAMPLES) == PAGE.count("curl -s ") == 20


@pytest.mark.parametrize(("command", "form", "expected"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_answers_what_stands_there(
    app: Flask, tokens: dict[str, str], command: str, form: str, expected: str
) -> None:
    answer = _curl(app, command[command.index("curl") :], tokens[ADMIN])

    if form == "json":
        assert_holds(answer.get_json(), json.loads(expected))
    else:
        *lines, more = expected.splitlines()
        assert answer.text.splitlines()[: len(lines)] == lines
        assert (more == MORE) == (len(answer.text.splitlines()) > len(lines))


def assert_holds(found: Any, expected: Any) -> None:
    """The answer holds what is expected; `…` stands for more."""
    if isinstance(expected, dict):
        for name in expected.keys() - {MORE}:
            assert_holds(found[name], expected[name])
    elif isinstance(expected, list):
        assert MORE in expected or len(found) == len(expected), found
        if MORE in expected:
            place = expected.index(MORE)
            after = expected[place + 1 :]
            expected = expected[:place]
            for one, wanted in zip(found[len(found) - len(after) :], after, strict=True):
                assert_holds(one, wanted)
        for one, wanted in zip(found, expected, strict=False):
            assert_holds(one, wanted)
    else:
        assert found == expected


def _curl(app: Flask, command: str, token: str) -> TestResponse:
    """Do what curl would do with these arguments."""
    plain = command.replace("$TOKEN", token).replace("$INDICUBE", "").replace("\\\n", " ")
    words = shlex.split(plain)
    headers: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    address, body = "", None
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word in ("--json", "--data-binary"):
            body = next(rest)
        elif word == "--data-urlencode":
            name, _, value = next(rest).partition("=")
            pairs.append((name, value))
        elif word not in ("-s", "-G"):
            address = word
    client = app.test_client()
    if body is not None:
        form = headers.pop("Content-Type", "application/json")
        return client.post(address, data=body, headers=headers, content_type=form)
    return client.get(f"{address}?{urlencode(pairs)}" if pairs else address, headers=headers)
