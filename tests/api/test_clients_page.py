"""What docs/clients.md tells strangers to do is done as it stands."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from flask import Flask

from tests.api.test_documentation import _curl, assert_holds
from tests.web.chromium import serving
from tests.web.people import ADMIN

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text("utf-8")
COMMANDS = re.findall(r"```sh\n(curl.*?)```\n```json\n(.*?)```", PAGE, re.DOTALL)
PROGRAMS = re.findall(r"```python\n(.*?)```\n```text\n(.*?)```", PAGE, re.DOTALL)

BASIC, BEARER = '-u "any:$TOKEN"', '-H "Authorization: Bearer $TOKEN"'


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine."""
    with serving(app) as found:
        yield found


def test_the_page_shows_answers_of_all_it_tells_to_run() -> None:
    assert len(COMMANDS) == PAGE.count("\ncurl ") == 3
    assert len(PROGRAMS) == PAGE.count("```python") == 2


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_answers_what_stands_there(
    app: Flask, tokens: dict[str, str], command: str, expected: str
) -> None:
    bearer = command.replace(BASIC, BEARER)
    answer = _curl(app, bearer, tokens[ADMIN])

    assert_holds(answer.get_json(), json.loads(expected))


@pytest.mark.parametrize(("program", "expected"), PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_prints_what_stands_there(
    address: str,
    tokens: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    expected: str,
) -> None:
    monkeypatch.setenv("INDICUBE", address)
    monkeypatch.setenv("TOKEN", tokens[ADMIN])
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(program, "docs/clients.md", "exec"), {})  # noqa: S102 -- a page of this repository

    assert printed.getvalue() == expected
