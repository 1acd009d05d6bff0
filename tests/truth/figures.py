"""Random aggregates, each with what the other engine answers for it and how that makes the figure.

The columns are plain sums, counts and lists of DuckDB; quotients and middles are worked out here on
fractions, so nothing is rounded on the way.
"""

import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.truth.measures import fits_amounts
from tests.truth.parts import FLAGS, Aggregate, Document, Measure, labelled
from tests.truth.stocks import RULES, Leaf, stock_of

Number = Fraction | float | None
LEVELS = ("0.9", "0.25", "0.5", "0.001", "0.999999")
# Cuts of the cube and the same conditions of the other engine.
FILTERS = {
    "time:2020": '"time.year" = 2020',
    "!time:2020,1-2020,2": 'NOT ("time.year" = 2020 AND "time.quarter" BETWEEN 1 AND 2)',
    "shop:north;unknown": "\"shop.country\" IN ('north', 'unknown')",
    "shop@kinds:big": "\"shop.kind\" = 'big'",
}


def aggregates_of(
    chance: random.Random,
    measures: tuple[Measure, ...],
    columns: tuple[tuple[str, str], ...],
    leaf: Leaf,
) -> tuple[Aggregate, ...]:
    """The count of all facts and a dozen others."""
    exact = [each for each in measures if not each.is_inexact]
    plain = [each for each in exact if each.sql.startswith('"') and "*" not in each.sql]
    plain = [each for each in plain if "known" not in each.name]
    made = [
        *(_sum(chance, each) for each in chance.sample(exact, 4)),
        *(_extreme(chance, each, word) for each in chance.sample(plain, 2) for word in _EXTREMES),
        _extreme(chance, next(each for each in measures if each.is_inexact), "max"),
        *(_average(chance, each) for each in chance.sample(exact, 2)),
        _median(chance, chance.choice(exact)),
        _quantile(chance, chance.choice(exact)),
        _weighted(chance, plain, fits_amounts(dict(columns))),
        _nonempty(chance, chance.choice(exact)),
        *(_distinct(chance, columns) for _ in range(2)),
        *(stock_of(chance, chance.choice(exact), rule, leaf) for rule in chance.sample(RULES, 3)),
    ]
    first = Aggregate(labelled("facts", function="count"), ("count(*)",), is_additive=True)
    some = _count(chance.choice(FLAGS))
    once = {each.name: each for each in (first, some, *made)}
    ratio = _ratio(chance, [each for each in once.values() if len(each.pieces) == 1])
    return (*once.values(), ratio)


def figure_of(aggregate: Aggregate, answered: Iterable[Any]) -> Number:
    """The figure from the columns that the other engine answered."""
    return FINISHES[aggregate.finish](*answered)


def exact(value: Any) -> Number:
    """A number as a fraction; binary floats stay what they are."""
    return value if value is None or isinstance(value, float) else Fraction(value)


def _over(numerator: Any, denominator: Any) -> Number:
    return (
        Fraction(numerator) / Fraction(denominator)
        if numerator is not None and denominator
        else None
    )


def _middle(values: list[Any] | None) -> Number:
    ordered = sorted(values or ())
    if not ordered:
        return None
    half = len(ordered) // 2
    pair = ordered[half : half + 1] * 2 if len(ordered) % 2 else ordered[half - 1 : half + 1]
    return Fraction(Fraction(pair[0]) + Fraction(pair[1])) / 2


def _at(level: str) -> Callable[[list[Any] | None], Number]:
    """The least value that at least such a part of all values does not exceed."""
    wanted = Fraction(Decimal(level))

    def value(values: list[Any] | None) -> Number:
        ordered = sorted(values or ())
        reached = (
            each
            for place, each in enumerate(ordered, start=1)
            if Fraction(place, len(ordered)) >= wanted
        )
        return exact(next(reached, None))

    return value


FINISHES: dict[str, Callable[..., Number]] = {
    "itself": exact,
    "over": _over,
    "middle": _middle,
    **{f"at {level}": _at(level) for level in LEVELS},
}
_EXTREMES = ("min", "max")


def _limited(chance: random.Random) -> tuple[str, Document, str]:
    """A word for the name, the keys of the document, and the condition."""
    if chance.random() < 0.25:
        flag = chance.choice(FLAGS)
        return f"_{flag}", {"where": flag}, f'"{flag}" = 1'
    if chance.random() < 0.3:
        number = chance.randrange(len(FILTERS))
        cut, condition = list(FILTERS.items())[number]
        return f"_within{number}", {"filter": cut}, condition
    return "", {}, ""


def _made(
    chance: random.Random,
    word: str,
    function: str,
    *pieces: str,
    finish: str = "itself",
    **keys: Any,
) -> Aggregate:
    suffix, limits, condition = _limited(chance)
    document = labelled(f"{word}{suffix}", function=function, **keys, **limits)
    return Aggregate(
        document,
        tuple(_with(piece, condition) for piece in pieces),
        finish,
        is_additive=function in ("sum", "count", "count_nonempty"),
    )


def _with(piece: str, condition: str) -> str:
    further = f" AND ({condition})" if condition else ""
    limited = f" FILTER (WHERE {condition})" if condition else ""
    return piece.replace("<and>", further).replace("<where>", limited)


def _count(flag: str) -> Aggregate:
    document = labelled(f"facts_{flag}", function="count", where=flag)
    return Aggregate(document, (f'count(*) FILTER (WHERE "{flag}" = 1)',), is_additive=True)


def _sum(chance: random.Random, measure: Measure) -> Aggregate:
    sql = f"coalesce(sum({measure.sql})<where>, 0)"
    return _made(chance, f"sum_{measure.name}", "sum", sql, measure=measure.name)


def _extreme(chance: random.Random, measure: Measure, word: str) -> Aggregate:
    sql = f"{word}({measure.sql})<where>"
    return _made(chance, f"{word}_{measure.name}", word, sql, measure=measure.name)


def _average(chance: random.Random, measure: Measure) -> Aggregate:
    pieces = (f"sum({measure.sql})<where>", f"count({measure.sql})<where>")
    name = f"avg_{measure.name}"
    return _made(chance, name, "avg", *pieces, finish="over", measure=measure.name)


def _median(chance: random.Random, measure: Measure) -> Aggregate:
    return _made(
        chance, f"median_{measure.name}", "median", _values(measure), finish="middle",
        measure=measure.name,
    )  # fmt: skip


def _quantile(chance: random.Random, measure: Measure) -> Aggregate:
    level = chance.choice(LEVELS)
    return _made(
        chance, f"quantile_{measure.name}", "quantile", _values(measure), finish=f"at {level}",
        measure=measure.name, quantile=level,
    )  # fmt: skip


def _values(measure: Measure) -> str:
    return f"list({measure.sql}) FILTER (WHERE ({measure.sql}) IS NOT NULL<and>)"


def _weighted(chance: random.Random, measures: list[Measure], fits: bool) -> Aggregate:
    some = [each for each in measures if each.name != "ticket"]
    value, weight = chance.sample(some, 2)
    while not fits and {value.name, weight.name} == {"pieces", "amount"}:
        value, weight = chance.sample(some, 2)
    both = f"({value.sql}) IS NOT NULL AND ({weight.sql}) IS NOT NULL"
    pieces = (
        f"sum({_wide(value)} * {_wide(weight)}) FILTER (WHERE {both}<and>)",
        f"sum({weight.sql}) FILTER (WHERE {both}<and>)",
    )
    name = f"weighted_{value.name}_{weight.name}"
    return _made(
        chance, name, "weighted_avg", *pieces, finish="over",
        measure=value.name, weight=weight.name,
    )  # fmt: skip


def _wide(measure: Measure) -> str:
    return measure.sql if measure.document["type"] == "decimal" else f"{measure.sql}::HUGEINT"


def _nonempty(chance: random.Random, measure: Measure) -> Aggregate:
    sql = f"count({measure.sql})<where>"
    return _made(chance, f"number_{measure.name}", "count_nonempty", sql, measure=measure.name)


def _distinct(chance: random.Random, columns: tuple[tuple[str, str], ...]) -> Aggregate:
    names = chance.sample(
        [name for name, kind in columns if "Float" not in kind], chance.choice((1, 2))
    )
    given = " AND ".join(f'"{name}" IS NOT NULL' for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    sql = f"count(DISTINCT ({listed})) FILTER (WHERE {given}<and>)"
    name = f"distinct_{'_'.join(names)}"
    return _made(chance, name, "count_distinct", sql, columns=names)


def _ratio(chance: random.Random, operands: list[Aggregate]) -> Aggregate:
    whole = [each for each in operands if each.finish == "itself" and "weight" not in each.name]
    whole = [each for each in whole if not each.windows]
    top, below = chance.sample(whole, 2)
    document = labelled("ratio", function="ratio", numerator=top.name, denominator=below.name)
    return Aggregate(document, (*top.pieces, *below.pieces), "over")
