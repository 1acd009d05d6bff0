"""The examples of docs/odata.md are asked as they stand, and answer what stands there."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.api.test_documentation import assert_holds

PAGE = (Path(__file__).parents[2] / "docs" / "odata.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```json\n(.*?)```", PAGE, re.DOTALL)


def test_every_example_has_an_answer() -> None:
    assert len(EXAMPLES) == PAGE.count("curl -s ") == 3


@pytest.mark.parametrize(("command", "expected"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_answers_what_stands_there(
    ask: Callable[..., TestResponse], command: str, expected: str
) -> None:
    words = shlex.split(command.replace("\\\n", " "))
    address = next(one for one in words if one.startswith("$INDICUBE"))
    given = [
        words[place + 1].replace("\\$", "$").partition("=")
        for place, one in enumerate(words)
        if one == "--data-urlencode"
    ]
    query = urlencode([(name, text) for name, _, text in given])
    answer = ask(f"{address.removeprefix('$INDICUBE')}?{query}")

    wanted = json.loads(expected.replace("localhost:8080", "localhost"))
    assert_holds(answer.get_json(), wanted)
