"""How many requests a token may send: a bucket that fills evenly, shared by all web processes.

Redis keeps the buckets. A process takes a second's worth at a time, so that few requests wait for
Redis; while Redis does not answer, each process counts in its own memory and asks again later.
"""

import threading
from datetime import datetime, timedelta
from math import ceil

from flask import Blueprint, current_app
from flask.sansio.blueprints import BlueprintSetupState

from server.errors import QueueAway, TooManyRequests
from server.redis import SharedBuckets
from server.runtime import Clock, Runtime
from web.buckets import OwnBuckets
from web.visitor import EXTENSION as RUNTIME
from web.visitor import visitor

EXTENSION = "indicube-api-limits"
_WITHOUT_TOKEN = 0  # whoever is answered without one, all together
_REST = timedelta(seconds=5)  # before a Redis that did not answer is asked again


class Limits:
    """Lets each token send so many requests a minute, as a burst or spread evenly."""

    def __init__(self, clock: Clock, per_minute: int, redis: str) -> None:
        self._clock = clock
        self._size = per_minute
        self._shared = SharedBuckets(redis, per_minute)
        self._own = OwnBuckets(per_minute)
        self._lock = threading.Lock()
        self._in_hand: dict[int, int] = {}  # token -> requests taken from Redis, not yet sent
        self._resting_until: datetime | None = None

    def take(self, token: int) -> None:
        """Count a request; TooManyRequests says in how many seconds the next one is answered."""
        if self._has_in_hand(token):
            return
        taken, left = self._taken(token, self._clock())
        if not taken:
            wait = max(ceil((1 - left) * 60 / self._size), 1)
            raise TooManyRequests(
                f"This token may send {self._size} requests a minute; try again in {wait} s.",
                retry_after=wait,
            )

    def _has_in_hand(self, token: int) -> bool:
        with self._lock:
            left = self._in_hand.get(token, 0)
            if left > 1:
                self._in_hand[token] = left - 1
            elif left:
                del self._in_hand[token]
            return left > 0

    def _taken(self, token: int, now: datetime) -> tuple[int, float]:
        if self._resting_until is not None and now < self._resting_until:
            return self._own.take(token, now)
        try:
            taken, left = self._shared.take(f"api:{token}", max(self._size // 60, 1), now)
        except QueueAway:
            self._resting_until = now + _REST
            return self._own.take(token, now)
        if taken > 1:
            with self._lock:
                self._in_hand[token] = self._in_hand.get(token, 0) + taken - 1
        return taken, left


def limit_programs(blueprint: Blueprint) -> None:
    """Count every request to the routes of a blueprint against its token's limit."""
    blueprint.record(_equip)
    blueprint.before_request(_count)


def _equip(state: BlueprintSetupState) -> None:
    here: Runtime = state.app.extensions[RUNTIME]
    if EXTENSION not in state.app.extensions:
        settings = here.settings
        state.app.extensions[EXTENSION] = Limits(
            here.clock, settings.api_requests_per_minute, settings.redis
        )


def _count() -> None:
    token = visitor().token_id or (_WITHOUT_TOKEN if visitor().user else None)
    if token is not None:
        limits: Limits = current_app.extensions[EXTENSION]
        limits.take(token)
