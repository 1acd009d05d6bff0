"""Whether the facts can be reached: asked when an answer is late, remembered while they cannot.

A question to a server runs in a thread of its own. When it takes long, a small question is sent
beside it: if that is not answered either, nobody waits any longer, and for a moment nobody asks.
The engine inside this process has no line that could be cut; its errors are noted alone.
"""

import base64
import http.client
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from server.errors import StoreAway
from server.store.address import Address, Engine, Server

PATIENCE = 0.5  # seconds that a question may take before the store is asked for a sign of life
ANSWER_WITHIN = 0.6  # seconds for that sign, which is asked for twice; all that stays below two
WRITING = 5.0  # the patience of those who load: nobody looks at them
REST = 2.0  # seconds without questions once the store is known to be away
SURE = 1.0  # seconds after an answer in which the store is taken to be there

T = TypeVar("T")
Probe = Callable[[], bool]

log = logging.getLogger(__name__)


class Pulse:
    """One store's; shared by all its connections."""

    def __init__(self, address: Address, probe: Probe | None = None) -> None:
        self._address = address
        self._is_local = isinstance(address, Engine)
        self._probe = probe or (lambda: answers(address))
        self._lock = Lock()
        self._feeling = Lock()
        self._away_since: datetime | None = None
        self._rest_until = 0.0
        self._is_held = False
        self._felt_at = 0.0  # when the last sign of life came
        self._answered_at = 0.0  # when the last question was answered
        self._missed_at = 0.0  # when it failed to come, if that was later

    @property
    def away_since(self) -> datetime | None:
        """Since when the store is known to be away; None while it answers."""
        return self._away_since

    def check(self) -> None:
        """Raise `StoreAway` at once while the store is known to be away.

        After each rest one caller looks whether it is back; the others do not wait for that.
        """
        if self._away_since is None:
            return
        with self._lock:
            if self._is_held or time.monotonic() < self._rest_until:
                raise self._away()
            self._rest_until = time.monotonic() + REST
        if self._is_local:  # the question itself will tell
            return
        if not self._feels():
            raise self._away()
        self._back()

    def hold(self) -> None:
        """Let nobody ask until `release`: the store was not opened yet."""
        with self._lock:
            self._is_held = True
            self._away_since = self._away_since or datetime.now(UTC)

    def release(self) -> None:
        """The store is open now; nobody was told that it was not."""
        with self._lock:
            self._is_held, self._away_since = False, None

    def look(self) -> None:
        """Ask for a sign of life now; `StoreAway` when there is none."""
        self.check()
        if not self._is_local and not self._feels():
            self._gone()
            raise self._away()

    def is_there(self) -> bool:
        """Whether the store answers, as far as is known: asked at most once in a second."""
        if self._away_since is not None:
            return False
        last = max(self._felt_at, self._answered_at)
        if self._is_local or time.monotonic() - last < SURE or self._feels():
            return True
        self._gone()
        return False

    def watch(self, question: Callable[[], T], patience: float = PATIENCE) -> T:
        """The answer to a question, or `StoreAway` when it cannot come."""
        try:
            found = question() if self._is_local else self._patiently(question, patience)
        except StoreAway:
            if self._is_local or not self._feels():
                self._gone()
            raise
        self._answered_at = time.monotonic()
        self._back()
        return found

    def _patiently(self, question: Callable[[], T], patience: float) -> T:
        asking = _Asking(question)
        while not asking.done.wait(patience):
            if not self._feels():
                raise self._away()
        return asking.result()

    def _feels(self) -> bool:
        """Whether the store gives a sign of life; those who ask at the same time share it."""
        asked_at = time.monotonic()
        with self._feeling:
            if self._felt_at < asked_at and self._missed_at < asked_at - ANSWER_WITHIN:
                alive = self._probe() or self._probe()
                self._felt_at = time.monotonic() if alive else self._felt_at
                self._missed_at = 0.0 if alive else time.monotonic()
            return self._felt_at > self._missed_at

    def _gone(self) -> None:
        with self._lock:
            if self._away_since is None:
                self._away_since = datetime.now(UTC)
                log.warning("the fact store at %s does not answer", self._address)
            self._rest_until = time.monotonic() + REST

    def _back(self) -> None:
        if self._away_since is None or self._is_held:
            return
        with self._lock:
            since, self._away_since = self._away_since, None
        if since is not None:
            log.warning("the fact store at %s answers again", self._address)

    def _away(self) -> StoreAway:
        since = self._away_since or datetime.now(UTC)
        return StoreAway(f"the fact store does not answer since {since:%H:%M:%S} UTC")


class _Asking(Generic[T]):
    """A question under way in a thread that nobody need wait for."""

    def __init__(self, question: Callable[[], T]) -> None:
        self.done = Event()
        self._question = question
        self._found: list[T] = []
        self._error: BaseException | None = None
        Thread(target=self._ask, name="question", daemon=True).start()

    def result(self) -> T:
        """What it answered or raised."""
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _ask(self) -> None:
        try:
            self._found.append(self._question())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error
        finally:
            self.done.set()


def answers(address: Address) -> bool:
    """Whether a server answers the smallest question there is, be it with a refusal."""
    if not isinstance(address, Server):
        return True
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.host, address.port, timeout=ANSWER_WITHIN)
    name, password = address.reader
    key = base64.b64encode(f"{name}:{password}".encode()).decode()
    try:
        connection.request("GET", "/?query=SELECT%201", headers={"Authorization": f"Basic {key}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status not in (502, 503, 504)  # a proxy that does not reach it either
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
