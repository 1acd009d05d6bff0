"""How many requests a token may send: a bucket that fills evenly, in the memory of the process."""

import threading
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from flask import Blueprint, current_app
from flask.sansio.blueprints import BlueprintSetupState

from server.errors import TooManyRequests
from server.runtime import Clock, Runtime
from web.visitor import EXTENSION as RUNTIME
from web.visitor import visitor

EXTENSION = "indicube-api-limits"
_MOST_TOKENS = 10_000


@dataclass(frozen=True)
class _Bucket:
    left: float  # requests that may be sent at once
    at: datetime


class Limits:
    """Lets each token send so many requests a minute, as a burst or spread evenly."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._size = per_minute
        self._lock = threading.Lock()
        self._buckets: dict[int, _Bucket] = {}

    def take(self, token: int) -> None:
        """Count a request; TooManyRequests says in how many seconds the next one is answered."""
        now = self._clock()
        with self._lock:
            known = self._buckets.pop(token, _Bucket(self._size, now))
            gained = max((now - known.at).total_seconds(), 0) * self._size / 60
            left = min(known.left + gained, float(self._size))
            self._buckets[token] = _Bucket(left - 1 if left >= 1 else left, now)
            if len(self._buckets) > _MOST_TOKENS:
                del self._buckets[next(iter(self._buckets))]  # the one not seen for longest
        if left < 1:
            wait = max(ceil((1 - left) * 60 / self._size), 1)
            raise TooManyRequests(
                f"This token may send {self._size} requests a minute; try again in {wait} s.",
                retry_after=wait,
            )


def limit_programs(blueprint: Blueprint) -> None:
    """Count every request to the routes of a blueprint against its token's limit."""
    blueprint.record(_equip)
    blueprint.before_request(_count)


def _equip(state: BlueprintSetupState) -> None:
    here: Runtime = state.app.extensions[RUNTIME]
    limits = Limits(here.clock, here.settings.api_requests_per_minute)
    state.app.extensions.setdefault(EXTENSION, limits)


def _count() -> None:
    token = visitor().token_id
    if token is not None:
        limits: Limits = current_app.extensions[EXTENSION]
        limits.take(token)
