"""Random cubes: other dimensions, columns, measures and aggregates for every seed."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from tests.truth.calendars import UNITS
from tests.truth.figures import aggregates_of
from tests.truth.measures import measures_of
from tests.truth.parts import Dimension, Document, Level, World
from tests.truth.rows import DAYS, FIRST, facts_of, members_of, moments_of, trees_of
from tests.truth.stocks import Leaf

BATCHES = 9
TREE_DEPTH = 4
_YMD = (("year", "year"), ("quarter", "quarter"), ("month", "month"), ("day", "day"))
_ISO = (("iso_year", "iso_year"), ("week", "iso_week"), ("weekday", "iso_weekday"))
_PLAIN = (
    ("word", ("String", "LowCardinality(String)", "LowCardinality(Nullable(String))")),
    ("step", ("Nullable(Int16)", "Int16", "Nullable(Int8)")),
    ("price_tag", ("Nullable(Decimal(9, 2))",)),
    ("sent_on", ("Nullable(Date)",)),
    ("serial", ("UInt64", "Int64")),
)
_NUMBERS = (
    ("pieces", ("Nullable(Int16)", "Int32", "Nullable(Int64)", "Int8")),
    ("amount", ("Nullable(Decimal(12, 3))", "Decimal(9, 2)", "Nullable(Decimal(9, 0))")),
    ("ticket", ("UInt64",)),
    ("weight", ("Nullable(Float64)",)),
    ("paid", ("UInt8",)),
    ("late", ("UInt8",)),
    ("item", ("LowCardinality(String)",)),
)
_LINKS = ("String", "LowCardinality(String)", "LowCardinality(Nullable(String))")


@cache
def world_of(seed: int, number: int = 240) -> World:
    """The world of a seed: always the same one."""
    chance = random.Random(seed)  # noqa: S311  # the same world every time
    tables = [_table_dimension(chance, name) for name in ("shop", "crew")[: 1 + seed % 2]]
    plain = [_plain_dimension(chance, *each) for each in chance.sample(_PLAIN, 3)]
    tables += [_tree(is_dated=seed % 6 == 3)] if seed % 3 == 0 else []
    dimensions = (_time(), *tables, *plain)
    numbers = tuple((name, chance.choice(types)) for name, types in _NUMBERS)
    columns = (*((each.column, each.column_type) for each in dimensions), *numbers)
    measures = measures_of(
        chance, dict(columns), [each.name for each in tables if not each.is_tree]
    )
    names = tuple(each.table for each in tables)
    leaf = _leaf(tables[0])
    world = World(
        seed=seed,
        dimensions=dimensions,
        measures=measures,
        aggregates=aggregates_of(chance, measures, columns, leaf),
        columns=columns,
        tables=tuple((each.table, table_columns(each)) for each in tables),
        facts=facts_of(chance, columns, BATCHES, number),
        members=tuple((each.table, _members(chance, each)) for each in tables),
        moments=moments_of(chance, BATCHES, names),
        grain=leaf.columns,
        roll_ups=tuple(_roll_up(chance, each, dimensions) for each in range(3 * (seed % 4 == 0))),
    )
    return replace(world, others=(_visits(chance, world),))


def table_columns(dimension: Dimension) -> tuple[tuple[str, str], ...]:
    """The columns of a dimension's table, in the order of its rows."""
    columns = [("member", "String"), ("name", "Nullable(String)"), ("name_zh", "Nullable(String)")]
    if dimension.is_tree:
        return (*columns, ("above", "Nullable(String)"), *_span(dimension))
    for upper in _uppers(dimension):
        columns.append((upper, "LowCardinality(Nullable(String))"))
        columns += [(f"{upper}_name", "Nullable(String)"), (f"{upper}_zh", "Nullable(String)")]
    columns += [("kind", "LowCardinality(Nullable(String))"), ("size", "Nullable(Int8)")]
    columns.append(("rent", "Nullable(Decimal(9, 2))"))
    return (*columns, *_span(dimension))


def _span(dimension: Dimension) -> tuple[tuple[str, str], ...]:
    if not dimension.is_dated:
        return ()
    return ("valid_from", "Nullable(Date)"), ("valid_to", "Nullable(Date)")


def _members(chance: random.Random, dimension: Dimension) -> tuple[tuple[Any, ...], ...]:
    if dimension.is_tree:
        return trees_of(chance, is_dated=dimension.is_dated)
    return members_of(chance, dimension, _uppers(dimension))


def _visits(chance: random.Random, world: World) -> World:
    """A second cube: some of the dimensions, facts of a part of the days, fewer of them."""
    time, shop = world.dimensions[:2]
    plain = [each for each in world.dimensions if not each.table and not each.is_time]
    dimensions = (time, shop, chance.choice(plain))
    numbers = tuple((name, chance.choice(types)) for name, types in _NUMBERS)
    columns = (*((each.column, each.column_type) for each in dimensions), *numbers)
    measures = measures_of(chance, dict(columns), [shop.name])
    leaf = _leaf(shop)
    first, last = FIRST + timedelta(days=60), FIRST + timedelta(days=DAYS - 60)
    facts = facts_of(chance, columns, BATCHES, len(world.facts) // 2)
    return World(
        seed=world.seed,
        dimensions=dimensions,
        measures=measures,
        aggregates=aggregates_of(chance, measures, columns, leaf),
        columns=columns,
        tables=world.tables[:1],
        facts=tuple(each for each in facts if first <= each[2] <= last),
        members=world.members[:1],
        moments=tuple(replace(each, versions=each.versions[:1]) for each in world.moments),
        grain=leaf.columns,
        name="visits",
    )


def _leaf(shop: Dimension) -> Leaf:
    """The grain: with the shop where no fact lacks one."""
    if "Nullable" in shop.column_type:
        return Leaf(("item", "paid"))
    return Leaf(("item", shop.column), shop.name if shop.is_dated else "")


def _roll_up(chance: random.Random, number: int, dimensions: tuple[Dimension, ...]) -> Document:
    spans = ("time:day", "time:month", "time:quarter", "time:year", "time:week", "time:iso_year")
    others = chance.sample([each.name for each in dimensions[1:]], chance.choice((1, 2, 3)))
    return {"name": f"roll{number}", "keys": [chance.choice(spans), *others]}


def _uppers(dimension: Dimension) -> tuple[str, ...]:
    return tuple(level.name for level in dimension.levels("main")[:-1])


def _time() -> Dimension:
    def level(name: str) -> Level:
        refs = (f"time.{name}", "time.date") if name == "day" else (f"time.{name}",)
        return Level(name, refs, "integer")

    ymd = tuple(level(name) for name, _ in _YMD)
    iso = tuple(level(name) for name, _ in _ISO)
    return Dimension(
        "time",
        (("ymd", ymd), ("iso", iso), *((name, _along(name)) for name in ("fiscal", "retail"))),
        "day",
        "Date",
    )


def _along(calendar: str) -> tuple[Level, ...]:
    """The levels of a hierarchy that follows a calendar."""
    levels = []
    for unit in UNITS[calendar]:
        label = f"{calendar}_date" if unit == "day" else f"{calendar}_{unit}_label"
        refs = (f"time.{calendar}_{unit}", f"time.{label}")
        levels.append(Level(f"{calendar}_{unit}", refs, "integer"))
    return tuple(levels)


def _table_dimension(chance: random.Random, name: str) -> Dimension:
    uppers = ("country", "region")[: chance.randint(1, 2)]
    above = [
        Level(each, (f"{name}.{each}", f"{name}.{each}_name"), is_descending=chance.random() < 0.2)
        for each in uppers
    ]
    lowest = Level("member", tuple(f"{name}.{each}" for each in ("member", "name", "size", "rent")))
    kind = Level("kind", (f"{name}.kind",))
    return Dimension(
        name,
        (("main", (*above, lowest)), ("kinds", (kind, lowest))),
        f"of_{name}",
        chance.choice(_LINKS),
        table=f"{name}s",
        is_dated=chance.random() < 0.5,
        attributes=(
            ("size", "integer"),
            ("rent", "decimal"),
            (uppers[-1], "text"),
            ("kind", "text"),
        ),
    )


def _tree(*, is_dated: bool) -> Dimension:
    levels = tuple(
        Level(f"level{depth}", (f"unit.level{depth}", f"unit.level{depth}_name"), "tree")
        for depth in range(1, TREE_DEPTH + 1)
    )
    return Dimension(
        "unit", (("tree", levels),), "of_unit", "LowCardinality(Nullable(String))",
        table="units", is_tree=True, is_dated=is_dated,
    )  # fmt: skip


def _plain_dimension(chance: random.Random, name: str, types: tuple[str, ...]) -> Dimension:
    column_type = chance.choice(types)
    kinds = {"String": "text", "Decimal": "decimal", "Date": "date"}
    kind = next((kind for word, kind in kinds.items() if word in column_type), "integer")
    level = Level(name, (name,), kind, is_descending=chance.random() < 0.3)
    return Dimension(name, (("default", (level,)),), name, column_type)
