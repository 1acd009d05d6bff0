"""Random ragged trees, still and dated: every sum is what plain Python finds by walking parents."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.elements import AS_IS, AS_WAS, Membership
from tests.cube.firm import Firm, sums

DEPTH = {"organisation": 6, "moving": 4}
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)  # of all facts; the last one is now
Path = tuple[str | None, ...]


class Span(NamedTuple):
    """A member under a parent, from a day to another, both included."""

    member: str
    parent: str | None
    first: date
    last: date


class Booking(NamedTuple):
    """A fact."""

    day: date
    unit: str | None
    amount: int


class World(NamedTuple):
    """One random firm with what Python must know of it."""

    firm: Firm
    dimension: str
    spans: list[Span]
    bookings: list[Booking]

    def path(self, booking: Booking, membership: Membership) -> Path:
        """Where a booking belongs, by walking up from its unit on its day."""
        if booking.unit is None:
            return self._filled(("unknown",))
        day = booking.day if membership == AS_WAS else LAST
        upwards: list[str] = []
        member: str | None = booking.unit
        while member is not None:
            spans = [each for each in self.spans if each.member == member]
            span = next((each for each in spans if each.first <= day <= each.last), None)
            if span is None:
                return self._filled(("unknown", booking.unit))
            upwards.append(member)
            member = span.parent
        return self._filled(tuple(reversed(upwards)))

    def _filled(self, path: tuple[str, ...]) -> Path:
        return (*path, *(None,) * (DEPTH[self.dimension] - len(path)))

    def sums(
        self, depth: int, membership: Membership, within: Path = (), seen: Path = ()
    ) -> dict[Path, int]:
        found: defaultdict[Path, int] = defaultdict(int)
        for each in self.bookings:
            path, now = self.path(each, membership), self.path(each, AS_IS)
            if path[: len(within)] == within and now[: len(seen)] == seen:
                found[path[:depth]] += each.amount
        return dict(found)


def _still(chance: random.Random) -> list[Span]:
    """A tree of some thirty members, none deeper than it may be."""
    depths = {"m0": 1}
    spans = [Span("m0", None, date.min, date.max)]
    for number in range(1, chance.randint(2, 40)):
        above = chance.choice([name for name, depth in depths.items() if depth < 6])
        depths[f"m{number}"] = depths[above] + 1
        spans.append(Span(f"m{number}", above, date.min, date.max))
    chance.shuffle(spans)
    return spans


def _moving(chance: random.Random) -> list[Span]:
    """Members of four generations; each moves now and then to another parent of the one above."""
    spans = [Span(f"g1_{number}", None, date.min, date.max) for number in range(2)]
    for generation in (2, 3, 4):
        for number in range(chance.randint(1, 6)):
            days = sorted({FIRST + timedelta(chance.randrange(365)) for _ in range(3)})
            starts = [date.min, *days[: chance.randint(0, 2)]]
            ends = [start - timedelta(1) for start in starts[1:]]
            for start, end in zip(starts, [*ends, date.max], strict=True):
                above = [each.member for each in spans if each.member[1] < str(generation)]
                parent = chance.choice([name for name in above if name[1] == str(generation - 1)])
                spans.append(Span(f"g{generation}_{number}", parent, start, end))
    return spans


def _bookings(chance: random.Random, spans: list[Span]) -> list[Booking]:
    units = [*{each.member for each in spans}, "nobody", None]
    days = (LAST - FIRST).days + 1
    return [
        Booking(FIRST + timedelta(chance.randrange(days)), chance.choice(units), 1 << number % 40)
        for number in range(150)
    ]


def _world(dimension: str, seed: int) -> World:
    chance = random.Random(seed)  # noqa: S311  # the same trees every time
    spans = _still(chance) if dimension == "organisation" else _moving(chance)
    firm, bookings = Firm(), _bookings(chance, spans)
    if dimension == "organisation":
        firm.units((each.member, each.parent, None, None, None, None) for each in spans)
        firm.moving([("x", None, None, None, None, None)])
    else:
        firm.units([("x", None, None, None, None, None)])
        firm.moving(
            (
                each.member,
                each.parent,
                None,
                None,
                None if each.first == date.min else each.first,
                None if each.last == date.max else each.last,
            )
            for each in spans
        )
    firm.book(bookings)
    return World(firm, dimension, spans, bookings)


@pytest.fixture(
    scope="module",
    params=[(name, seed) for seed in range(2) for name in ("organisation", "moving")],
    ids=str,
)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world = _world(*request.param)
    yield world
    world.firm.store.close()


@pytest.mark.parametrize("membership", [AS_WAS, AS_IS])
def test_every_level_holds_every_amount_once(world: World, membership: Membership) -> None:
    total = sum(each.amount for each in world.bookings)
    for depth in range(1, DEPTH[world.dimension] + 1):
        asking = world.firm.ask(membership)
        found = sums(asking, f"level{depth}", dimension=world.dimension)

        assert found == world.sums(depth, membership)
        assert sum(found.values()) == total


@pytest.mark.parametrize("membership", [AS_WAS, AS_IS])
def test_cuts_and_scopes_are_subtrees(world: World, membership: Membership) -> None:
    deepest = DEPTH[world.dimension]
    chance = random.Random(str(world.spans))  # noqa: S311
    for _ in range(8):
        path = world.path(chance.choice(world.bookings), membership)
        own = world.path(chance.choice(world.bookings), AS_IS)
        within = path[: chance.randint(1, deepest)]
        named = tuple(key for key in own if key)
        seen = named[: chance.randint(1, len(named))]
        cut = f"{world.dimension}:{','.join(key or '__null__' for key in within)}"
        confined = Scope((ScopeRule(world.dimension, seen),))

        asked = sums(world.firm.ask(membership), f"level{deepest}", cut, world.dimension)
        left = world.firm.ask(membership).aggregate(f"!{cut}", "amount").summary["amount"]
        shown = sums(world.firm.ask(membership, confined), f"level{deepest}", cut, world.dimension)

        assert asked == world.sums(deepest, membership, within)
        assert left + sum(asked.values()) == sum(each.amount for each in world.bookings)
        assert shown == world.sums(deepest, membership, within, seen)


def test_a_drill_down_beside_time_adds_up_to_the_one_without(world: World) -> None:
    asking = world.firm.ask(scope=EVERYTHING)
    rows = asking.aggregate("", "amount", f"time:month|{world.dimension}:level3").cells
    by_path: defaultdict[Path, int] = defaultdict(int)
    for row in rows:
        names = (f"{world.dimension}.level{depth}" for depth in (1, 2, 3))
        by_path[tuple(row[name] for name in names)] += row["amount"]

    assert dict(by_path) == world.sums(3, AS_WAS)
