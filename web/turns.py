"""One person's questions to the facts wait for each other, so that nobody's stop those of others.

So many are answered at a time for one person, whichever windows and programs they come from; a
further one waits a little and is then refused as busy. Administrators wait as everybody does. Where
several processes answer, Redis counts for all of them; while it is away each counts alone.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from server.errors import Busy, QueueAway
from server.redis import SharedPlaces
from server.store.pool import Cancellation

WAITING = 2  # questions that may wait for each that is answered
_LOOK_SECONDS = 0.1  # how often whoever waits looks whether they still should
_REST_SECONDS = 5.0  # before a Redis that did not answer is asked again

_WHAT = {"questions": "questions to the facts", "streams": "long answers"}

log = logging.getLogger(__name__)


@dataclass
class _Person:
    """What of one person is under way in this process."""

    running: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Rules:
    """How many questions of one person are answered at a time, and how long others wait."""

    most: int
    wait_seconds: float
    lease_seconds: float  # after which the place of a process that died falls vacant
    of: str = "questions"  # what they are turns of


class Turns:
    """Hands out the turns of every person."""

    def __init__(self, rules: Rules, redis: str | None = None) -> None:
        """With a Redis the count holds over all its processes."""
        self._rules = rules
        self._shared = SharedPlaces(redis, rules.most) if redis else None
        self._changed = threading.Condition()
        self._people: dict[str, _Person] = {}
        self._resting_until = 0.0

    @contextmanager
    def taken(self, who: str, cancellation: Cancellation) -> Iterator[None]:
        """A turn for the block.

        Raises:
            Busy: it was waited for in vain, or too many wait already.
        """
        deadline = time.monotonic() + self._rules.wait_seconds
        self._take_here(who, deadline, cancellation)
        try:
            place = self._take_everywhere(who, deadline, cancellation)
            try:
                yield
            finally:
                self._vacate(who, place)
        finally:
            self._leave(who)

    def _take_here(self, who: str, deadline: float, cancellation: Cancellation) -> None:
        with self._changed:
            person = self._people.setdefault(who, _Person())
            if person.running < self._rules.most:
                person.running += 1
                return
            if person.waiting >= self._rules.most * WAITING:
                raise self._busy()
            person.waiting += 1
            try:
                while person.running >= self._rules.most:
                    left = deadline - time.monotonic()
                    if left <= 0 or cancellation.is_cancelled:
                        raise self._busy()
                    self._changed.wait(min(left, _LOOK_SECONDS))
                person.running += 1
            finally:
                person.waiting -= 1

    def _leave(self, who: str) -> None:
        with self._changed:
            person = self._people[who]
            person.running -= 1
            if not (person.running or person.waiting):
                del self._people[who]
            self._changed.notify_all()

    def _take_everywhere(self, who: str, deadline: float, cancellation: Cancellation) -> str | None:
        """The name of a place at Redis; None where Redis does not count."""
        name, place = f"{self._rules.of}:{who}", secrets.token_hex(8)
        lease = self._rules.lease_seconds
        while self._shared is not None and time.monotonic() >= self._resting_until:
            try:
                if self._shared.occupy(name, place, time.time(), lease):
                    return place
            except QueueAway as reason:
                self._rest(reason)
                return None
            if time.monotonic() >= deadline or cancellation.is_cancelled:
                raise self._busy()
            time.sleep(_LOOK_SECONDS)
        return None

    def _vacate(self, who: str, place: str | None) -> None:
        if place is None or self._shared is None:
            return
        try:
            self._shared.vacate(f"{self._rules.of}:{who}", place)
        except QueueAway as reason:
            self._rest(reason)

    def _rest(self, reason: QueueAway) -> None:
        log.warning("turns are counted by each process alone: %s", reason.message)
        self._resting_until = time.monotonic() + _REST_SECONDS

    def _busy(self) -> Busy:
        most, what = self._rules.most, _WHAT[self._rules.of]
        return Busy(
            f"{most} of your {what} are being answered, as many as one person may have at a time.",
            retry_after=max(1, round(self._rules.wait_seconds / 2)),
        )
