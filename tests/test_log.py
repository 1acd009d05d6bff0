"""Log lines: one form for ours and the libraries', and no variable's value in a traceback."""

import json
import subprocess
import sys

PROGRAM = """
import logging, sys
from server.log import start_log
start_log(sys.argv[1])
logging.getLogger("server.queue").warning("the queue %s", "waits")
password = "hush"
try:
    int("x")
except ValueError:
    logging.getLogger("somebody").exception("it broke")
"""


def lines(form: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, form], capture_output=True, text=True, check=True
    )
    assert ended.stdout == ""
    return ended.stderr.splitlines()


def test_lines_for_machines_are_one_object_each() -> None:
    first, second = (json.loads(line) for line in lines("json"))

    assert first["event"] == "the queue waits"
    assert first["level"] == "warning"
    assert first["logger"] == "server.queue"
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "it broke"
    assert "ValueError: invalid literal" in second["exception"]


def test_lines_for_people_name_the_level_and_the_event() -> None:
    first = lines("text")[0]

    assert "warning" in first
    assert "the queue waits" in first


def test_a_traceback_shows_no_value_of_a_variable() -> None:
    told = "\n".join(lines("text") + lines("json"))

    assert "hush" not in told.replace('password = "hush"', "")
