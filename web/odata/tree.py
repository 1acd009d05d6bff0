"""What a filter says, as frozen values; names and literals are not yet judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Scalar = str | int | Decimal | bool | date | None

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")


@dataclass(frozen=True)
class Literal:
    """A value as it was written."""

    value: Scalar


@dataclass(frozen=True)
class Name:
    """A property."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function with what it is of."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Compare:
    """Two things set against each other."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class In:
    """Whether something is one of several."""

    left: "Expression"
    options: tuple["Expression", ...]


@dataclass(frozen=True)
class All:
    """Whatever all of several say."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Any:
    """Whatever any of several says."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Not:
    """The contrary."""

    part: "Expression"


Expression = Literal | Name | Call | Compare | In | All | Any | Not


def names_in(expression: Expression) -> Iterator[str]:
    """The properties that an expression names, in their order, some perhaps twice."""
    if isinstance(expression, Name):
        yield expression.name
    for part in parts_of(expression):
        yield from names_in(part)


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """What an expression is made of."""
    match expression:
        case Call():
            return expression.arguments
        case Compare():
            return (expression.left, expression.right)
        case In():
            return (expression.left, *expression.options)
        case All() | Any():
            return expression.parts
        case Not():
            return (expression.part,)
        case _:
            return ()


def conjuncts(expression: Expression | None) -> tuple[Expression, ...]:
    """What must all be so; nothing when nothing is asked."""
    if expression is None:
        return ()
    if not isinstance(expression, All):
        return (expression,)
    return tuple(one for part in expression.parts for one in conjuncts(part))


def mapped(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The expression with every part of it changed, the inner ones first."""
    match expression:
        case Call(function, arguments):
            found: Expression = Call(function, tuple(mapped(one, change) for one in arguments))
        case Compare(operator, left, right):
            found = Compare(operator, mapped(left, change), mapped(right, change))
        case In(left, options):
            found = In(mapped(left, change), tuple(mapped(one, change) for one in options))
        case All(parts):
            found = All(tuple(mapped(one, change) for one in parts))
        case Any(parts):
            found = Any(tuple(mapped(one, change) for one in parts))
        case Not(part):
            found = Not(mapped(part, change))
        case _:
            found = expression
    return change(found)
