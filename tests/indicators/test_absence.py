"""Why a figure is not there: the truth table of operators and kinds."""

import csv
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from server.cube.marks import ranks, running, share
from server.indicators.absence import PRECEDENCE, Absence, Figure, figure_of, strongest
from server.indicators.curve import Direction
from server.indicators.formula import parse_formula
from server.indicators.rollup import Method, Weighted, roll_up
from server.indicators.splitting import split_change
from server.indicators.trend import change
from server.indicators.wording import UNITS

TABLE = Path(__file__).with_name("absence_table.csv")


def rows() -> list[tuple[str, str, str, str]]:
    """Operator, left kind, right kind and resulting kind of every cell of the table."""
    with TABLE.open(encoding="utf-8") as lines:
        return [
            (operator, row["left"], right, result)
            for row in csv.DictReader(lines)
            for operator in row["operator"].split()
            for right, result in row.items()
            if right not in ("operator", "left")
        ]


def figure(kind: str) -> Figure:
    numbers = {"number": Fraction(7), "zero": Fraction(0)}
    return numbers[kind] if kind in numbers else Absence(kind)


def kind(result: Figure) -> str:
    return str(result) if isinstance(result, Absence) else "number"


@pytest.mark.parametrize(("operator", "left", "right", "expected"), rows())
def test_two_kinds_meet_as_the_table_says(
    operator: str, left: str, right: str, expected: str
) -> None:
    assert kind(outcome(operator, figure(left), figure(right))) == expected


def outcome(operator: str, left: Figure, right: Figure) -> Figure:
    """What the evaluator makes of two figures."""
    if operator in MARKS:
        return MARKS[operator](left, right)
    text = FORMULAS.get(operator) or f"a {operator} b"
    return parse_formula(text).evaluate({"a": left, "b": right})


def ranked(left: Figure, right: Figure) -> Figure:
    rank = ranks([left, right])[0]
    return rank if isinstance(rank, Absence) else Fraction(rank.place)


def rolled(method: Method) -> Callable[[Figure, Figure], Figure]:
    """The parent's score of two children of equal weight."""
    one = Fraction(1)
    return lambda left, right: roll_up([Weighted(one, left), Weighted(one, right)], method).score


def contributed(left: Figure, right: Figure) -> Figure:
    """The change of two members from nothing."""
    found = split_change(parse_formula("a"), {"x": {"a": left}, "y": {"a": right}}, {})
    return found if isinstance(found, Absence) else found.change


COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
FORMULAS = {
    "coalesce": "coalesce(a, b)",
    "if": "if(a > 0, a, b)",
    **{one: f"if(a {one} b, 1, 2)" for one in COMPARISONS},
}
MARKS: dict[str, Callable[[Figure, Figure], Figure]] = {
    "change": lambda now, before: change(now, before, UNITS["count"], Direction.BAND).absolute,
    "growth": lambda now, before: change(now, before, UNITS["count"], Direction.BAND).relative,
    "share": share,
    "running": lambda left, right: running([left, right])[1],
    "rank": ranked,
    "contribution": contributed,
    "roll_up_average": rolled(Method.AVERAGE),
    "roll_up_min": rolled(Method.MIN),
    "roll_up_max": rolled(Method.MAX),
}


def test_the_table_is_complete() -> None:
    kinds = {"number", "zero", *map(str, Absence)}

    assert {(operator, left, right) for operator, left, right, _ in rows()} == {
        (operator, left, right)
        for operator in ("+", "-", "*", "/", *FORMULAS, *MARKS)
        for left in kinds
        for right in kinds
    }


@pytest.mark.parametrize("absence", Absence)
def test_minus_an_absence_is_the_absence(absence: Absence) -> None:
    assert parse_formula("-a").evaluate({"a": absence}) is absence


@pytest.mark.parametrize("absence", Absence)
def test_zero_times_an_absence_is_not_zero(absence: Absence) -> None:
    assert parse_formula("0 * a").evaluate({"a": absence}) is absence


def test_precedence_names_every_absence_once() -> None:
    assert sorted(PRECEDENCE) == sorted(Absence)


def test_no_absence_is_found_among_numbers() -> None:
    assert strongest([Fraction(1), Fraction(0)]) is None
    assert strongest([]) is None


def test_a_stored_number_becomes_an_exact_figure() -> None:
    assert figure_of(3, Absence.LATE) == Fraction(3)
    assert figure_of(Decimal("0.1"), Absence.LATE) == Fraction(1, 10)
    assert figure_of(None, Absence.LATE) is Absence.LATE


def test_a_binary_float_is_never_a_figure() -> None:
    with pytest.raises(TypeError, match="not an exact figure"):
        figure_of(0.1, Absence.LATE)  # type: ignore[arg-type]
