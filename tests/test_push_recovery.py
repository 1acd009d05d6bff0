"""What a push was told is kept holds although the process that told it dies, and counts once."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.starting import COMMAND, Started, environ, free_port

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("INDICUBE_TEST_KILLS", "1"))
PATIENCE = 90.0


def test_acknowledged_pushes_survive_the_death_of_the_application(tmp_path: Path) -> None:
    """The application is killed right after each acknowledgement, and once more in its window."""
    home = tmp_path / "home"
    settings = {"INDICUBE_PUSH_WINDOW_SECONDS": "3", "INDICUBE_JOB_LEASE_SECONDS": "5"}
    with Started(home, port=free_port(), **settings) as house:
        house.wait_ready()
        sender = _Sender(house.port, _token(home, house.port, settings))
        for number in range(KILLS):
            status, _ = sender.send("POST", "weather", f"push-{number}", _hours(number))
            assert status == 202
            os.kill(house.worker, signal.SIGKILL)
            house.wait_ready(PATIENCE)

        receipts = [sender.published(f"push-{number}") for number in range(KILLS)]
        again = [
            sender.send("POST", "weather", f"push-{number}", _hours(number))
            for number in range(KILLS)
        ]

        assert [receipt["rows"] for receipt in receipts] == [3] * KILLS
        assert [status for status, _ in again] == [202] * KILLS
        assert sender.hours() == 3 * KILLS


class _Sender:
    """A program that asks again until somebody answers."""

    def __init__(self, port: int, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}/api/v1"
        self._token = token

    def send(
        self, method: str, to: str, key: str = "", body: bytes | None = None
    ) -> tuple[int, Any]:
        return self._asked(method, f"{self._base}/loads/{to}", key, body)

    def published(self, key: str) -> Any:
        """The receipt, when the rows are published."""
        deadline = time.monotonic() + PATIENCE
        while True:
            _, receipt = self.send("GET", f"weather/pushes/{key}")
            if receipt["state"] == "published":
                return receipt
            assert time.monotonic() < deadline, receipt
            time.sleep(0.5)

    def hours(self) -> int:
        """The hours of weather that everybody sees."""
        url = f"{self._base}/cubes/weather/aggregate?aggregates=observations"
        _, answer = self._asked("GET", url, "", None)
        return int(answer["summary"]["observations"])

    def _asked(self, method: str, url: str, key: str, body: bytes | None) -> tuple[int, Any]:
        request = urllib.request.Request(url, body, method=method)
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Content-Type", "application/x-ndjson")
        if key:
            request.add_header("Idempotency-Key", key)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code not in (409, 503):
                    raise AssertionError(error.read()) from None
            except OSError:
                pass  # nobody is there: the same once more
            assert time.monotonic() < deadline
            time.sleep(0.3)


def _hours(number: int) -> bytes:
    rows = (
        {"origin": origin, "year": 2013, "month": 1, "day": 1, "hour": number % 24, "precip": 0}
        for origin in ("EWR", "JFK", "LGA")
    )
    return "".join(json.dumps({**row, "visib": 10}) + "\n" for row in rows).encode()


def _token(home: Path, port: int, settings: dict[str, str]) -> str:
    made = subprocess.run(
        [COMMAND, "token", "create", "--user", "admin", "--label", "test"],
        env=environ(home, port, **settings),
        capture_output=True,
        text=True,
        check=True,
        cwd=home.parent,
    )
    return made.stdout.splitlines()[-1]
