"""Processes that cost a fork instead of a start: a stem imports what they need, once.

Each child is a process of its own with an engine, files and an environment of its own, and ends as
any other does. What it imports comes from the stem, all but the engine, which bears no fork: a
stem that has it refuses to grow. `python -m tests.stem MODULE…` imports the modules, then reads one
order a line and answers with the child's number and, when it has ended, with its exit code.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Timer
from typing import IO, Any

HOUSE = Path(__file__).parents[1]
ENGINE = "chdb"
COMMANDS = (
    "loaders.commands",
    "server.commands.doctor",
    "server.commands.settings",
    "server.commands.users",
    "server.commands.verify",
)


def run_command(
    *arguments: str, environment: Mapping[str, str], cwd: Path = HOUSE
) -> "subprocess.CompletedProcess[str]":
    """Run `indicube ARGUMENT…`."""
    program = "web.cli:main"
    return run_grown(program, *arguments, environment=environment, imported=COMMANDS, cwd=cwd)


def run_grown(
    program: str,
    *arguments: str,
    environment: Mapping[str, str],
    imported: tuple[str, ...] = (),
    cwd: Path = HOUSE,
    timeout: float = 120,
) -> "subprocess.CompletedProcess[str]":
    """Run `MODULE` as `python -m` does, or `MODULE:FUNCTION` as an installed script does.

    Beside the program's own module the stem imports the others that are named.
    """
    with tempfile.TemporaryDirectory(prefix="stem-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        order = {
            "program": program,
            "arguments": arguments,
            "environment": dict(environment),
            "cwd": str(cwd),
            "stdout": str(out),
            "stderr": str(err),
        }
        code = _stem((program.partition(":")[0], *imported)).grow(order, timeout)
        told, wrong = out.read_text("utf-8"), err.read_text("utf-8")
    return subprocess.CompletedProcess((program, *arguments), code, told, wrong)


class _Stem:
    """The process that the others grow on."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stem", *modules],
            cwd=HOUSE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # else numpy begins with threads
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._end)

    def grow(self, order: Mapping[str, Any], timeout: float) -> int:
        """The exit code of a child that does as ordered; whoever takes longer is killed."""
        orders = _open(self._process.stdin)
        orders.write(f"{json.dumps(order)}\n")
        orders.flush()
        answers = _open(self._process.stdout)
        killing = Timer(timeout, os.kill, (int(answers.readline()), 9))
        killing.start()
        try:
            return int(answers.readline())
        finally:
            killing.cancel()

    def _end(self) -> None:
        _open(self._process.stdin).close()
        self._process.wait()


@cache
def _stem(modules: tuple[str, ...]) -> _Stem:
    return _Stem(modules)


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _main(modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    gc.freeze()  # what is there is shared by all children, and never looked through by them
    for line in sys.stdin:
        assert ENGINE not in sys.modules, "a process with an engine must not be forked"
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        _answer(child)
        _answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _become(order: Mapping[str, Any]) -> None:
    """Do what was ordered; what it raises ends this process as it would end any."""
    files = ((os.devnull, os.O_RDONLY), *((order[to], _ANEW) for to in ("stdout", "stderr")))
    for number, (path, flags) in enumerate(files):
        os.dup2(os.open(path, flags, 0o600), number)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["cwd"])
    module, _, function = order["program"].partition(":")
    sys.argv = [module, *order["arguments"]]
    if function:
        sys.exit(getattr(sys.modules[module], function)())
    del sys.modules[module]  # it is run, not imported
    runpy.run_module(module, run_name="__main__", alter_sys=True)


_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC

if __name__ == "__main__":
    _main(sys.argv[1:])
