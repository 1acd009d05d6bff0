"""The table of measures, modifiers and grains: what the documentation says, and what it is of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.truth.parts import Aggregate, Document, Measure, World, labelled
from tests.truth.stocks import Leaf, stock_of_rule
from tests.truth.worlds import world_of

PAGE = Path(__file__).parents[2] / "docs/cube.md"
_FACTS = 3_000
GRAINS = ("Y", "Q", "M", "W", "D", "T")
_HEADING = "| Of | "


@dataclass(frozen=True)
class Cell:
    """One cell of the table: a measure, a modifier, the grains at which there is a figure."""

    measure: str
    modifier: str
    grains: tuple[str, ...]
    is_points: bool


def cells() -> list[Cell]:
    """Every cell of the table in the documentation."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith(_HEADING))
    modifiers = [re.sub(r"`", "", each) for each in _split(lines[first])[1:]]
    found = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        measure, *listed = _split(line)
        found += [
            Cell(
                re.sub(r"`", "", measure),
                modifier,
                tuple(letter for letter in GRAINS if letter in text.replace(",", " ").split()),
                text.endswith("points"),
            )
            for modifier, text in zip(modifiers, listed, strict=True)
        ]
    return found


def table_world() -> World:
    """A world whose aggregates are the rows of the table, by their names in it.

    Its facts are many and none is below 1, so that every cell has a figure, changes too: from 0 and
    from less there is none.
    """
    world = world_of(6, _FACTS)
    named = {each.name: each for each in world.measures}
    shop = world.dimension("shop")
    closing = shop.name if shop.is_dated and shop.column in world.grain else ""
    aggregates = tuple(_aggregates(named, world.grain, closing))
    return replace(world, aggregates=aggregates, facts=tuple(_positive(world)))


def _positive(world: World) -> Iterator[tuple[Any, ...]]:
    """The facts, what is measured of them without its sign and at least 1."""
    names = [name for name, _ in world.columns]
    places = {2 + names.index(name) for name in ("pieces", "amount")}
    for fact in world.facts:
        yield tuple(
            max(abs(value + (value < 0)), type(value)(1))
            if place in places and value is not None
            else value
            for place, value in enumerate(fact)
        )


def name_of(measure: str) -> str:
    """The aggregate of a row."""
    return re.sub(r"[^a-z0-9_]+", "_", measure.lower()).strip("_")


def _split(line: str) -> list[str]:
    return [each.strip() for each in line.strip().strip("|").split("|")]


def _aggregates(named: dict[str, Measure], grain: tuple[str, ...], closing: str) -> list[Aggregate]:
    pieces, amount = (named[each].sql for each in ("pieces", "amount"))
    shop = "\"shop.country\" IN ('north', 'south')"
    shops = "count(DISTINCT (of_shop, item)) FILTER (WHERE of_shop IS NOT NULL)"
    weighed = f"WHERE ({pieces}) IS NOT NULL AND ({amount}) IS NOT NULL"
    paid_count = 'count(*) FILTER (WHERE "paid" = 1)'
    made = [
        _made("count", ("count(*)",)),
        _made("count where", (paid_count,), function="count", where="paid"),
        _made("count_nonempty", (f"count({pieces})",), measure="pieces"),
        _made("count_distinct", (shops,),
              columns=["of_shop", "item"]),
        _made("count_distinct approximate", ("count(DISTINCT item)",), function="count_distinct",
              columns=["item"], approximate=True),
        _made("sum", (f"coalesce(sum({amount}), 0)",), measure="amount"),
        _made("sum filter", (f"coalesce(sum({amount}) FILTER (WHERE {shop}), 0)",), function="sum",
              measure="amount", filter="shop:north;south"),
        _made("min", (f"min({pieces})",), measure="pieces"),
        _made("max", (f"max({pieces})",), measure="pieces"),
        _made("avg", (f"sum({amount})", f"count({amount})"), "over", measure="amount"),
        _made("weighted_avg", (f"sum(({pieces})::HUGEINT * {amount}) FILTER ({weighed})",
              f"sum({amount}) FILTER ({weighed})"), "over", measure="pieces", weight="amount"),
        _made("ratio", (f"coalesce(sum({amount}), 0)", f"count({pieces})"), "over",
              numerator="sum", denominator="count_nonempty"),
        _made("ratio rate", (paid_count, "count(*)"), "over", function="ratio",
              numerator="count_where", denominator="count"),
        _made("median", (f"list({amount}) FILTER (WHERE ({amount}) IS NOT NULL)",), "middle",
              measure="amount"),
        _made("quantile", (f"list({pieces}) FILTER (WHERE ({pieces}) IS NOT NULL)",), "at 0.9",
              measure="pieces", quantile="0.9"),
    ]  # fmt: skip
    leaf = Leaf(grain, closing)
    stocks = [
        stock_of_rule(named["amount"], rule, leaf, name=name_of(f"stock {rule}"))
        for rule in ("last", "last_non_empty", "first", "average", "min", "max")
    ]
    carried = stock_of_rule(
        named["amount"], "last_non_empty", leaf, name="stock_last_non_empty_carry", carry=2
    )
    return [*made, *stocks, carried]


def _made(
    row: str, pieces: tuple[str, ...], finish: str = "itself", **keys: str | list[str] | bool
) -> Aggregate:
    document: Document = labelled(name_of(row), **{"function": row, **keys})
    return Aggregate(document, pieces, finish)
