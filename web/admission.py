"""Whom a secret admits: read from the metadata, then held in memory for less than five seconds.

Rights that were taken away are gone at once in the process that took them: every change of the
metadata there makes it read again. Any other process notices within the five seconds. Only who is
admitted is held, under the hash of the secret.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from flask import current_app

from server.metadata.secrets import secret_hash
from server.metadata.session import Metadata, Session
from server.metadata.sign_in import WebSession, find_session
from server.metadata.tokens import ApiToken, find_token
from server.metadata.users import User, find_user
from server.runtime import Clock, Runtime

EXTENSION = "indicube-admissions"
HELD = timedelta(seconds=5)
MOST_HELD = 10_000

Program = tuple[ApiToken, User]
Admitted = WebSession | Program | User
Found = TypeVar("Found", WebSession, Program, User)


@dataclass(frozen=True)
class _Held:
    admitted: Admitted
    at: datetime
    changes: int  # of the metadata, when it was read


class Admissions:
    """Reads whom a cookie or a token admits, at most once in five seconds each."""

    def __init__(
        self, metadata: Metadata, clock: Clock, *, idle: timedelta, life: timedelta
    ) -> None:
        self._metadata = metadata
        self._clock = clock
        self._idle = idle
        self._life = life
        self._lock = threading.Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def browser(self, token: str, most: timedelta = HELD) -> WebSession | None:
        """The living session of a browser's cookie, read at most so long ago."""
        now, key = self._clock(), f"browser {secret_hash(token)}"
        held = self._recalled(key, now, most)
        if isinstance(held, WebSession) and held.created_at + self._life > now:
            return held
        limits = {"idle": self._idle, "life": self._life}
        return self._read(key, now, lambda reading: find_session(reading, token, now, **limits))

    def served(self, token: str, most: timedelta = HELD) -> WebSession | None:
        """The session of a browser that is being sent something: idle ones are among them."""
        now, key = self._clock(), f"served {secret_hash(token)}"
        used = self._recalled(f"browser {secret_hash(token)}", now, most)
        held = used or self._recalled(key, now, most)
        if isinstance(held, WebSession) and held.created_at + self._life > now:
            return held
        limits = {"idle": self._life, "life": self._life}
        return self._read(key, now, lambda reading: find_session(reading, token, now, **limits))

    def program(self, token: str, most: timedelta = HELD) -> Program | None:
        """The living token that a program sent, and whose it is."""
        now, key = self._clock(), f"program {secret_hash(token)}"
        held = self._recalled(key, now, most)
        if isinstance(held, tuple) and held[0].expires_at > now:
            return held
        return self._read(key, now, lambda reading: find_token(reading, token, now))

    def user(self, name: str, most: timedelta = HELD) -> User | None:
        """The user of a name who may sign in: of whom the settings say so, without a secret."""
        now, key = self._clock(), f"user {name}"
        held = self._recalled(key, now, most)
        return held if isinstance(held, User) else self._read(key, now, partial(_active, name))

    def _recalled(self, key: str, now: datetime, most: timedelta) -> Admitted | None:
        with self._lock:
            held = self._held.get(key)
        if held is None or held.changes != self._metadata.changes:
            return None
        return held.admitted if timedelta(0) <= now - held.at < most else None

    def _read(
        self, key: str, now: datetime, find: Callable[[Session], Found | None]
    ) -> Found | None:
        changes = self._metadata.changes  # before it is read: a change meanwhile counts as later
        with self._metadata.read() as reading:
            found = find(reading)
        with self._lock:
            self._held.pop(key, None)
            if found is not None:
                self._held[key] = _Held(found, now, changes)
            if len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        return found


def _active(name: str, reading: Session) -> User | None:
    found = find_user(reading, name)
    return found if found is not None and found.is_active else None


def admissions_of(runtime: Runtime) -> Admissions:
    """The admissions of an application."""
    settings = runtime.settings
    return Admissions(
        runtime.metadata,
        runtime.clock,
        idle=timedelta(minutes=settings.session_idle_minutes),
        life=timedelta(hours=settings.session_hours),
    )


def admissions() -> Admissions:
    """Those of the application in hand."""
    found: Admissions = current_app.extensions[EXTENSION]
    return found
