"""Clients that push: `python -m bench.senders URL CLIENTS SECONDS ROWS`.

Each is a thread with a connection of its own; every push has so many rows and a key of its own.
Prints the pushes that were acknowledged and those that were not, as JSON. The token is that in
BENCH_TOKEN.
"""

import http.client
import json
import os
import sys
import threading
import time
import uuid
from urllib.parse import urlsplit

_FORM = "application/x-ndjson"


def main(url: str, clients: int, seconds: float, rows: int) -> None:
    """Push for so long and print what came of it."""
    token, body = os.environ["BENCH_TOKEN"], body_of(rows)
    sending = [Sending(url, token, body) for _ in range(clients)]
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=each.until, args=(deadline,)) for each in sending]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    accepted = sum(each.accepted for each in sending)
    failed = [reason for each in sending for reason in each.failed]
    print(json.dumps({"accepted": accepted, "failed": failed[:5], "seconds": took}))


def body_of(rows: int) -> bytes:
    """So many observations of the weather, as JSON lines."""
    return "".join(f"{json.dumps(observation(number))}\n" for number in range(rows)).encode()


def observation(number: int) -> dict[str, object]:
    """A made-up hour at an airport."""
    return {
        "origin": ("EWR", "JFK", "LGA")[number % 3],
        "year": 2013,
        "month": number % 12 + 1,
        "day": number % 28 + 1,
        "hour": number % 24,
        "temp": f"{number % 90}.5",
        "wind_speed": f"{number % 40}.25",
        "precip": "0.01",
        "pressure": f"10{number % 40:02}.1",
        "visib": 10,
    }


class Sending:
    """One client."""

    def __init__(self, url: str, token: str, body: bytes) -> None:
        self._at = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": _FORM}
        self._body = body
        self.accepted = 0
        self.failed: list[str] = []

    def until(self, deadline: float) -> None:
        """Push until the deadline; what is acknowledged after it still counts."""
        connection = self._connection()
        while time.monotonic() < deadline and len(self.failed) < 5:
            try:
                self._push(connection)
            except (OSError, http.client.HTTPException) as reason:
                self.failed.append(repr(reason))
                connection.close()
                connection = self._connection()
        connection.close()

    def _push(self, connection: http.client.HTTPConnection) -> None:
        headers = {**self._headers, "Idempotency-Key": uuid.uuid4().hex}
        connection.request("POST", self._at.path, self._body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status == http.client.ACCEPTED:
            self.accepted += 1
        else:
            self.failed.append(f"{answer.status}: {told[:200].decode(errors='replace')}")

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=120)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
