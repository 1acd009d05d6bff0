"""Derived aggregates: asked as simple parts, worked out from them exactly.

An average, a ratio, a median are no expression of SQL: the engine would cut a quotient of decimals
and answer binary floats. SQL answers their parts under hidden names; here they become a `Fraction`,
or a float where a part is one. Where the denominator is 0 or a part is absent there is no figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from server.cube.elements import Aggregate, Function
from server.cube.grouping import output_name
from server.indicators.absence import Absence

Number = int | float | Decimal | Fraction

PART = "__part__"
_QUOTIENTS = (Function.AVG, Function.WEIGHTED_AVG, Function.RATIO)


def simple_ones(aggregates: Iterable[Aggregate]) -> tuple[Aggregate, ...]:
    """What SQL has to answer for some aggregates, each once, in the order of their need."""
    simple = {each.name: each for aggregate in aggregates for each in aggregate.simple}
    return tuple(simple.values())


def work_out(rows: Iterable[dict[str, Any]], aggregates: Sequence[Aggregate]) -> None:
    """Put the figures of aggregates into rows that hold their simple ones; take the parts out."""
    hidden = [each.name for each in simple_ones(aggregates) if each.name.startswith(f"{PART}.")]
    if not hidden:
        return
    for row in rows:
        figures = {each.name: figure_in(row, each) for each in aggregates}
        for name in (*hidden, *figures):
            row.pop(name, None)
        row.update(figures)


def figure_in(row: Mapping[str, Any], aggregate: Aggregate) -> Number | None:
    """An aggregate's figure from a row that holds its simple ones; None where there is none."""
    if not aggregate.parts:
        figure: Number | None = row[aggregate.name]
        return figure
    first, second = (figure_in(row, part) for part in aggregate.parts)
    if aggregate.function is Function.MEDIAN:
        return None if first is None or second is None else divided(_sum(first, second), 2)
    return None if first is None or second is None or not second else divided(first, second)


def why_none(aggregate: Aggregate) -> Absence:
    """Why an aggregate has no figure: a denominator of 0 where it can be nothing else.

    Of a cell without facts counts and sums are 0; whatever is made of other figures may also lack
    one of them.
    """
    is_quotient = aggregate.function in _QUOTIENTS
    if is_quotient and all(part.is_zero_of_nothing for part in aggregate.simple):
        return Absence.ZERO_DENOMINATOR
    return Absence.NOT_APPLICABLE


def divided(numerator: Number, denominator: Number) -> Number:
    """The quotient: exact, unless one of the two is a binary float."""
    if isinstance(numerator, float) or isinstance(denominator, float):
        return float(numerator) / float(denominator)
    return Fraction(numerator) / Fraction(denominator)


def approximately(aggregate: Aggregate) -> str:
    """The figure as a binary float in SQL, over the outputs of its parts: good enough to sort."""
    if not aggregate.parts:
        return f"toFloat64({output_name(aggregate.name)})"
    first, second = (approximately(part) for part in aggregate.parts)
    if aggregate.function is Function.MEDIAN:
        return f"({first} + {second})"
    return f"{first} / nullIf({second}, 0)"


def _sum(first: Number, second: Number) -> Number:
    if isinstance(first, float) or isinstance(second, float):
        return float(first) + float(second)
    return Fraction(first) + Fraction(second)
