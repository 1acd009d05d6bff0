"""Two houses that are alike within the network carriers, and random outside of them.

The same steps are done to both, by a clock that stands, so that whoever is confined to those
carriers is to see the same to the last byte. Lines of the network carriers come first in each file:
the number of a source line counts the lines before it.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask

from server.access import Role
from server.metadata.links import Question, create_link
from server.metadata.session import Session
from server.metadata.sign_in import begin_session
from server.metadata.tokens import create_token
from server.metadata.users import User, create_user
from server.metadata.views import save_view
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of
from tests.flights import SOURCE
from tests.web.people import NETWORK, Clock
from web.app import create_app

INSIDE = ("AA", "AS", "DL", "HA", "UA", "US")
OUTSIDE = ("B6", "F9", "FL", "VX", "WN", "9E", "EV", "MQ", "OO", "YV")
DAYS = ((11, 4), (12, 4), (12, 5))
ROLES = (Role.ANALYST, Role.VIEWER, Role.OPS)
_DEPARTURE_DELAY, _ARRIVAL_DELAY, _CARRIER, _DISTANCE = 5, 8, 9, 15
SLICE = "rows=organisation:carrier&rows=origin:origin&value=flights,miles&totals=1"


@dataclass(frozen=True)
class Insider:
    """Somebody who is confined to the network carriers, and what they carry."""

    name: str
    cookie: str
    csrf: str
    token: str
    links: tuple[str, ...]
    may_load: bool


@dataclass(frozen=True)
class World:
    """A house, and the insiders of it."""

    runtime: Runtime
    app: Flask
    admin: tuple[str, str]  # the cookie and the token of somebody who sees everything
    insiders: tuple[Insider, ...]


@contextmanager
def world(home: Path, seed: int | None) -> Iterator[World]:
    """A house whose outside is that of the source, or random by a seed."""
    chance = random.Random(seed)  # noqa: S311 -- a world, no secret
    home.mkdir()
    carriers = home / "carriers.csv"
    carriers.write_text(_carriers(chance, seed), "utf-8")
    with few_flights(
        home, clock=Clock(), carriers=carriers, INDICUBE_API_REQUESTS_PER_MINUTE="1000000"
    ) as runtime:
        for month in (11, 12):
            days = [day for at, day in DAYS if at == month]
            load_departures(
                runtime, f"departures_2013-{month}.csv", _lines(chance, seed, month, days)
            )
        load_departures(runtime, "departures_2013-12.csv", _lines(chance, seed, 12, [4, 5])[1:])
        with runtime.metadata.write() as writing:
            admin = create_user(writing, "admin", Role.ADMINISTRATOR, runtime.clock())
            cookie, _known = begin_session(writing, admin, runtime.clock())
            token = create_token(writing, admin, "worlds", runtime.clock(), timedelta(days=1))
            insiders = tuple(_insider(writing, runtime, role) for role in ROLES)
            _others(writing, runtime, admin, chance, seed)
        yield World(runtime, create_app(runtime), (cookie, token), insiders)


def _carriers(chance: random.Random, seed: int | None) -> str:
    """The carriers, of which those outside have other names."""
    head, *lines = (SOURCE / "airlines.csv").read_text("utf-8").splitlines()
    if seed is not None:
        pairs = [line.split(",", 1) for line in lines]
        lines = [
            f"{code},{name if code in INSIDE else f'Line {chance.randrange(1000)}'}"
            for code, name in pairs
        ]
    return "\n".join([head, *lines]) + "\n"


def _lines(chance: random.Random, seed: int | None, month: int, days: list[int]) -> list[str]:
    """The days' flights of the network carriers, then as many others as chance will have."""
    found = [line for day in days for line in rows_of(month, day)]
    inside = [line for line in found if line.split(",")[_CARRIER] in INSIDE]
    outside = [line for line in found if line.split(",")[_CARRIER] not in INSIDE]
    if seed is not None:
        outside = [_other(chance, line) for line in outside if chance.random() < 0.6]
    return inside + outside


def _other(chance: random.Random, line: str) -> str:
    fields = line.split(",")
    fields[_CARRIER] = chance.choice(OUTSIDE)
    for delay in (_DEPARTURE_DELAY, _ARRIVAL_DELAY):
        if fields[delay] != "NA":
            fields[delay] = str(chance.randint(-30, 600))
    fields[_DISTANCE] = str(chance.randint(80, 5000))
    return ",".join(fields)


def _insider(session: Session, runtime: Runtime, role: Role) -> Insider:
    now = runtime.clock()
    name = f"inside_{role.value}"
    user = create_user(session, name, role, now, scope=NETWORK)
    cookie, known = begin_session(session, user, now)
    token = create_token(session, user, "worlds", now, timedelta(days=1))
    asked = (
        Question("indicator", "on_time_arrival", ""),
        Question("scorecard", "punctuality", "period=2013-12"),
        Question("aggregate", "departures", "drilldown=origin&aggregates=flights,aircraft"),
    )
    links = tuple(create_link(session, user, one.kind, one, now) for one in asked)
    return Insider(name, cookie, known.csrf_token, token, links, role is Role.OPS)


def _others(
    session: Session, runtime: Runtime, admin: User, chance: random.Random, seed: int | None
) -> None:
    """What somebody else has made, which the insiders are not to know of."""
    for number in range(chance.randint(1, 9) if seed is not None else 1):
        name = f"View {number}"
        save_view(session, admin.id, "departures", name, SLICE, runtime.clock(), is_shared=False)
