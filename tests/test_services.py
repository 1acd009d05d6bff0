"""`indicube worker` and `scheduler`: started without the facts they wait for them."""

import logging
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.commands import services
from server.errors import StoreAway
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.starting import COMMAND, environ, free_port
from tests.stores import settings_for

PATIENCE = 120


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_one_that_is_started_without_the_facts_waits_and_can_be_stopped(
    tmp_path: Path, name: str
) -> None:
    """A port where nobody listens; the process says what it waits for, and ends when asked to."""
    facts = f"http://w:x@127.0.0.1:{free_port()}/indicube?reader=r:x"
    process = subprocess.Popen(
        [COMMAND, name],
        env=environ(tmp_path, free_port(), INDICUBE_CLICKHOUSE=facts),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "waiting" in line)
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0
        assert "fact store" in told
    finally:
        process.kill()
        process.communicate()


def test_a_signal_is_heard_also_while_the_process_looks_whether_one_came() -> None:
    program = """
import signal
from server.commands.services import stopped_by_signals
stop = stopped_by_signals()
with stop._cond:  # as within `wait`
    signal.raise_signal(signal.SIGTERM)
stop.wait()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)


def test_the_work_begins_when_the_facts_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two tries that find nobody, one that does: it is said once, and once that it is over."""
    monkeypatch.setattr(services, "AGAIN_SECONDS", 0)
    tries: list[Settings] = []

    def away_twice(settings: Settings) -> Runtime:
        tries.append(settings)
        if len(tries) < 3:
            raise StoreAway("the fact store cannot be reached")
        return open_runtime(settings)

    monkeypatch.setattr(services, "open_runtime", away_twice)
    with caplog.at_level(logging.WARNING, "server.commands.services"):
        runtime = services.opened(settings_for(tmp_path), threading.Event())

    assert runtime is not None
    assert runtime.snapshot().number == 0
    runtime.close()
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "the fact store cannot be reached; waiting for it",
        "the fact store can be reached; beginning",
    ]
