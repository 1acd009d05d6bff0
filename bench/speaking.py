"""Clients that send the same again and again, each a thread with a connection that it keeps.

They speak as several people: client by client takes the next of the tokens in BENCH_TOKEN, which
are parted by spaces; without any they send none.
"""

import http.client
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MOST_FAILED = 5  # of one client, which gives up then
_SECONDS = 120


@dataclass(frozen=True)
class Said:
    """What is sent, and the status of an answer that took it."""

    method: str = "GET"
    body: bytes | None = None
    headers: Callable[[], Mapping[str, str]] = dict  # made anew for each
    wanted: int = http.client.OK


@dataclass(frozen=True)
class Spoken:
    """What came of it."""

    answered: int
    failed: tuple[str, ...]
    seconds: float


def spoken(url: str, said: Said, clients: int, seconds: float) -> Spoken:
    """Let so many clients speak for so long; an answer that comes after that still counts."""
    tokens = os.environ.get("BENCH_TOKEN", "").split() or [""]
    speaking = [_Client(url, said, tokens[number % len(tokens)]) for number in range(clients)]
    began = time.monotonic()
    threads = [threading.Thread(target=each.until, args=(began + seconds,)) for each in speaking]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = tuple(reason for each in speaking for reason in each.failed)
    return Spoken(sum(each.answered for each in speaking), failed, time.monotonic() - began)


@dataclass
class _Client:
    url: str
    said: Said
    token: str
    answered: int = 0
    failed: list[str] = field(default_factory=list)

    def until(self, deadline: float) -> None:
        at = urlsplit(self.url)
        path = f"{at.path}?{at.query}" if at.query else at.path
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_SECONDS)
        while time.monotonic() < deadline and len(self.failed) < MOST_FAILED:
            try:
                self._send(connection, path)
            except (OSError, http.client.HTTPException) as reason:
                self.failed.append(repr(reason))
                connection.close()  # the next request opens it again
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, path: str) -> None:
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {**known, **self.said.headers()}
        connection.request(self.said.method, path, self.said.body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status == self.said.wanted:
            self.answered += 1
        else:
            self.failed.append(f"{answer.status}: {told[:200].decode(errors='replace')}")
