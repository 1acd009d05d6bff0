"""A fault of the engine ends the process at once; a process that hangs would not be replaced."""

import signal
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, signal, sys, time
from server.settings import Settings
from server.store.client import open_store
store = open_store(Settings.from_environment({"INDICUBE_HOME": sys.argv[1]}))
with store.writer() as writer:
    writer.run("SELECT 1")
os.kill(os.getpid(), signal.SIGSEGV)
time.sleep(60)
"""


def test_a_process_whose_engine_breaks_dies(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=45,
        check=False,
    )

    assert ended.returncode == -signal.SIGSEGV
