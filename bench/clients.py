"""Clients that ask one address again and again: `python -m bench.clients URL CLIENTS SECONDS`.

Each is a thread with a connection of its own that it keeps. Prints the requests that were answered
and those that were not, as JSON. A token in BENCH_TOKEN is sent along.
"""

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


def main(url: str, clients: int, seconds: float) -> None:
    """Ask for so long and print what came of it."""
    token = os.environ.get("BENCH_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    asking = [Asking(url, headers) for _ in range(clients)]
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=each.until, args=(deadline,)) for each in asking]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = sum(each.answered for each in asking)
    failed = [reason for each in asking for reason in each.failed]
    took = time.monotonic() - began
    print(json.dumps({"answered": answered, "failed": failed[:5], "seconds": took}))


class Asking:
    """One client."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._at = urlsplit(url)
        self._path = f"{self._at.path}?{self._at.query}" if self._at.query else self._at.path
        self._headers = dict(headers)
        self.answered = 0
        self.failed: list[str] = []

    def until(self, deadline: float) -> None:
        """Ask until the deadline; an answer that comes after it still counts."""
        connection = self._connection()
        while time.monotonic() < deadline and len(self.failed) < 5:
            try:
                connection.request("GET", f"{self._path}", None, self._headers)
                found = connection.getresponse()
                body = found.read()
            except (OSError, http.client.HTTPException) as reason:
                self.failed.append(repr(reason))
                connection.close()
                connection = self._connection()
                continue
            if found.status == 200:
                self.answered += 1
            else:
                self.failed.append(f"{found.status}: {body[:200].decode(errors='replace')}")
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=120)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
