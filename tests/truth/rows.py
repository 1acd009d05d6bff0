"""Random rows: facts with empty values and far numbers, members that move, loads that change."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.truth.parts import Dimension, Moment

FIRST = date(2019, 12, 18)  # 2020 has a 29 February and 53 ISO weeks
DAYS = 420
VERSIONS = (1, 2)
TEXTS = ("a", "b", "c d", "ü;|", "x'y", "a\\b", "-1", "苹果", "A", "{top:UInt32}", "unknown ")
ITEMS = ("apple", "pear", "plum")
MEMBERS = ("m1", "m2", "m3", "m4", "k,5", "k-6", "七")
UPPERS = ("north", "south", "o'east", "we;st", "西")


def value_of(chance: random.Random, name: str, column_type: str) -> Any:
    """A random value of a column of the facts."""
    if "Nullable" in column_type and chance.random() < 0.2:
        return None
    plain = column_type.replace("Nullable(", "").replace("LowCardinality(", "").rstrip(")")
    if plain.startswith("Decimal"):
        scale = int(plain.rpartition(",")[2])
        most = chance.choice((500, 500, 10**8))
        return Decimal(chance.randint(-most, most)).scaleb(-scale)
    makers: dict[str, Callable[[], Any]] = {
        "Date": lambda: FIRST + timedelta(days=chance.randrange(DAYS)),
        "String": lambda: chance.choice(ITEMS if name == "item" else TEXTS),
        "Int8": lambda: chance.choice((-128, -3, -1, 0, 1, 2, 127)),
        "Int16": lambda: chance.randint(-4, 4),
        "Int32": lambda: chance.choice((chance.randint(-9, 9), -(2**31), 2**31 - 1)),
        "Int64": lambda: chance.choice((chance.randint(-99, 99), -(2**63), 2**63 - 1)),
        "UInt64": lambda: chance.choice((0, 1, 7, 2**64 - 1)),
        "UInt8": lambda: chance.randint(0, 1),
        "Float64": lambda: chance.randint(-999, 999) / 8,
    }
    return makers[plain]()


def facts_of(
    chance: random.Random, columns: tuple[tuple[str, str], ...], batches: int, number: int
) -> tuple[tuple[Any, ...], ...]:
    """So many facts, each in one of the batches."""
    return tuple(
        (chance.randint(1, batches), row, *(_fact_value(chance, *column) for column in columns))
        for row in range(number)
    )


def _fact_value(chance: random.Random, name: str, column_type: str) -> Any:
    if name.startswith("of_"):  # the column that a dimension with a table hangs on
        is_empty = "Nullable" in column_type and chance.random() < 0.15
        return None if is_empty else chance.choice((*MEMBERS, "gone"))
    return value_of(chance, name, column_type)


def members_of(
    chance: random.Random, dimension: Dimension, uppers: tuple[str, ...]
) -> tuple[tuple[Any, ...], ...]:
    """Every version of a dimension's table; an upper member has one name in all of it."""
    rows: list[tuple[Any, ...]] = []
    for version in VERSIONS:
        for member in MEMBERS:
            if chance.random() < 0.1:
                continue
            for span in _spans(chance) if dimension.is_dated else [()]:
                rows.append((version, len(rows), member, *_described(chance, uppers), *span))
    return tuple(rows)


def trees_of(chance: random.Random, *, is_dated: bool) -> tuple[tuple[Any, ...], ...]:
    """Every version of a table of members that stand under each other, ragged."""
    if is_dated:
        return _moving_trees(chance)
    rows: list[tuple[Any, ...]] = []
    for version in VERSIONS:
        depths: dict[str, int] = {}
        for member in chance.sample(MEMBERS, len(MEMBERS) - 1):
            below = [each for each, depth in depths.items() if depth < 4]
            above = chance.choice(below) if below else None
            depths[member] = depths[above] + 1 if above else 1
            names = chance.choice((None, f"Unit {len(rows)}")), chance.choice((None, "单位"))
            rows.append((version, len(rows), member, *names, above))
    return tuple(rows)


def _moving_trees(chance: random.Random) -> tuple[tuple[Any, ...], ...]:
    """Members of three generations; each moves now and then to another of the one above.

    Who stands below nobody's days end; only members of the last generation come and go.
    """
    rows: list[tuple[Any, ...]] = []
    for version in VERSIONS:
        members = chance.sample(MEMBERS, len(MEMBERS) - 1)
        generations = members[:1], members[1:3], members[3:]
        for place, generation in enumerate(generations):
            for member in generation:
                for span in _spans(chance) if place == 2 else _unbroken(chance):
                    above = chance.choice(generations[place - 1]) if place else None
                    names = (
                        chance.choice((None, f"Unit {len(rows)}")),
                        chance.choice((None, "单位")),
                    )
                    rows.append((version, len(rows), member, *names, above, *span))
    return tuple(rows)


def _unbroken(chance: random.Random) -> list[tuple[date | None, date | None]]:
    day = FIRST + timedelta(days=chance.randrange(10, DAYS - 10))
    return chance.choice([[(None, None)], [(None, day), (day + timedelta(days=1), None)]])


def _described(chance: random.Random, uppers: tuple[str, ...]) -> tuple[Any, ...]:
    names = chance.choice((None, f"Name {chance.randint(1, 3)}")), chance.choice((None, "名"))
    above: list[Any] = []
    for upper in uppers:
        key = chance.choice((*UPPERS[:3], None))
        above += [key, None if key is None else f"{upper} {key}", None]
    size, rent = chance.choice((None, -2, 3, 7)), chance.choice((None, Decimal("12.34")))
    return *names, *above, chance.choice(("big", "small", None)), size, rent


def _spans(chance: random.Random) -> list[tuple[date | None, date | None]]:
    days = sorted(chance.sample(range(10, DAYS - 10), 3))
    first, second, third = (FIRST + timedelta(days=day) for day in days)
    start = chance.choice((None, FIRST + timedelta(days=5)))
    return chance.choice(
        [
            [(None, None)],
            [(start, first), (first + timedelta(days=1), None)],
            [(start, first), (second, third)],
            [(start, first), (first + timedelta(days=1), second), (third, None)],
        ]
    )


def moments_of(chance: random.Random, batches: int, tables: tuple[str, ...]) -> tuple[Moment, ...]:
    """States after each event: batches published for a scope, superseded, withdrawn, restored.

    Some batches are stored and never published; the first state shows nothing at all.
    """
    scopes = {batch: chance.randrange(5) for batch in range(1, batches + 1)}
    published: list[int] = []
    withdrawn: set[int] = set()
    moments = [Moment(0, 0, (), tuple((table, 0) for table in tables))]
    for top in range(1, batches + 1):
        if top == 1 or chance.random() < 0.8:
            published.append(top)
        for batch in chance.sample(published, min(len(published), 2)):
            if chance.random() < 0.4:
                withdrawn ^= {batch}
        shown = {scopes[batch]: batch for batch in published if batch not in withdrawn}
        versions = tuple((table, chance.choice(VERSIONS)) for table in tables)
        moments.append(Moment(top, top, tuple(sorted(shown.values())), versions))
    return tuple(moments)
