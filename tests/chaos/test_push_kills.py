"""Several web processes take pushes, several of them the same ones, while processes are killed.

Every key that was acknowledged counts once, whichever process took it and however often it came.
"""

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from server.access import Role
from server.metadata.tokens import create_token
from server.metadata.users import create_user
from tests.chaos.installation import PATIENCE, Installation, production
from tests.chaos.processes import has_postgres
from tests.chaos.scale import SEED
from tests.starting import children

pytestmark = [
    pytest.mark.harness,
    pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed"),
]
PUSHES, SENDERS, KILLS = 60, 6, 4


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("pushes")
    with production(folder, INDICUBE_PUSH_WINDOW_SECONDS="5") as opened:
        now = datetime.now(UTC)
        with opened.metadata.write() as session:
            user = create_user(session, "olga", Role.ADMINISTRATOR, now)
            token = create_token(session, user, "pushes", now)
        yield replace(opened, token=token)


def test_every_push_counts_once_whichever_process_took_it(house: Installation) -> None:
    numbers = list(range(PUSHES)) * 2  # everything is sent twice, some of it at the same moment
    chance = random.Random(SEED)  # noqa: S311 -- made to be repeated
    is_over = threading.Event()
    killer = threading.Thread(target=_kill, args=(house, is_over, chance))
    killer.start()
    with ThreadPoolExecutor(SENDERS) as pool:
        statuses = list(pool.map(lambda number: _send(house, number), numbers))
    is_over.set()
    killer.join()
    assert set(statuses) <= {202, 201}

    receipts = [_published(house, number) for number in range(PUSHES)]

    assert {receipt["rows"] for receipt in receipts} == {2}
    answer = _asked(house, "GET", "/api/v1/cubes/takings/aggregate?aggregates=pieces_sum")[1]
    assert answer["summary"]["pieces_sum"] == 2 * sum(range(1, PUSHES + 1))


def _kill(house: Installation, is_over: threading.Event, chance: random.Random) -> None:
    """One of the web processes, or a worker, again and again."""
    for _ in range(KILLS):
        if is_over.wait(1.5):
            return
        victim = chance.choice(("web", "web", "worker"))
        program = house.programs[victim]
        if victim == "web":
            os.kill(chance.choice(list(children(program.pid))), signal.SIGKILL)
        else:
            program.kill()
            program.start()


def _send(house: Installation, number: int) -> int:
    rows = [
        {"day": "2026-01-05", "stall": f"stall {side}", "pieces": number + 1, "amount": 1.25}
        for side in (1, 2)
    ]
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return _asked(house, "POST", "/api/v1/loads/till", f"key-{number}", body)[0]


def _published(house: Installation, number: int) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        _, receipt = _asked(house, "GET", f"/api/v1/loads/till/pushes/key-{number}")
        if receipt["state"] == "published":
            return receipt
        assert time.monotonic() < deadline, (receipt, house.outputs())
        time.sleep(0.5)


def _asked(
    house: Installation, method: str, path: str, key: str = "", body: bytes | None = None
) -> tuple[int, Any]:
    """Ask until somebody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{house.port}{path}", body, method=method)
    request.add_header("Authorization", f"Bearer {house.token}")
    request.add_header("Content-Type", "application/x-ndjson")
    if key:
        request.add_header("Idempotency-Key", key)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in (409, 429, 503):
                raise AssertionError(error.read()) from None
        except OSError:
            pass  # whoever had it is dead: the same once more
        assert time.monotonic() < deadline, house.outputs()
        time.sleep(0.2)
