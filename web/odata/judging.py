"""Whether a row is as a filter says: null makes a comparison unknown, and unknown is not so."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any as Whatever

from server.errors import InvalidInput
from web.odata.tree import All, Any, Call, Compare, Expression, In, Literal, Name, Not, parts_of

Row = Mapping[str, Whatever]

TEXT, NUMBER, DAY, TRUTH, NOTHING = "text", "a number", "a day", "true or false", "null"
KINDS = {
    "Edm.String": TEXT,
    "Edm.Int64": NUMBER,
    "Edm.Decimal": NUMBER,
    "Edm.Double": NUMBER,
    "Edm.Date": DAY,
    "Edm.Boolean": TRUTH,
}
# What each function is of, and what it gives.
_SIGNATURES = {
    "contains": ((TEXT, TEXT), TRUTH),
    "startswith": ((TEXT, TEXT), TRUTH),
    "endswith": ((TEXT, TEXT), TRUTH),
    "tolower": ((TEXT,), TEXT),
    "toupper": ((TEXT,), TEXT),
    "trim": ((TEXT,), TEXT),
    "length": ((TEXT,), NUMBER),
    "year": ((DAY,), NUMBER),
    "month": ((DAY,), NUMBER),
    "day": ((DAY,), NUMBER),
    "date": ((DAY,), DAY),
}
_WORK: dict[str, Callable[..., Whatever]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "length": len,
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "date": lambda day: day,
}
_ORDERS: dict[str, Callable[[Whatever, Whatever], bool]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}


def check(expression: Expression, kinds: Mapping[str, str], field: str = "$filter") -> None:
    """Raise what is wrong with an expression over properties of these kinds."""
    if _kind(expression, kinds, field) != TRUTH:
        raise InvalidInput(f"{field} is something that is true or false.", field=field)


def is_so(expression: Expression, row: Row) -> bool:
    """Whether the row is as the expression says."""
    return value_of(expression, row) is True


def value_of(expression: Expression, row: Row) -> Whatever:
    """What an expression is for a row; None where it is unknown."""
    match expression:
        case Literal():
            return _plain(expression.value)
        case Name():
            return _plain(row[expression.name])
        case Not():
            found = value_of(expression.part, row)
            return None if found is None else not found
        case All():
            return _all([value_of(part, row) for part in expression.parts])
        case Any():
            negated = [value_of(part, row) for part in expression.parts]
            found = _all([None if one is None else not one for one in negated])
            return None if found is None else not found
        case In():
            left = value_of(expression.left, row)
            return any(left == value_of(one, row) for one in expression.options)
        case Compare():
            sides = value_of(expression.left, row), value_of(expression.right, row)
            return _compared(expression.operator, *sides)
        case Call():
            values = [value_of(one, row) for one in expression.arguments]
            return None if None in values else _WORK[expression.function](*values)


def _compared(operator: str, left: Whatever, right: Whatever) -> bool:
    if operator == "eq":
        return bool(left == right)
    if operator == "ne":
        return bool(left != right)
    if left is None or right is None:
        return False
    return _ORDERS[operator](left, right)


def _all(values: Sequence[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _plain(value: Whatever) -> Whatever:
    """Values that compare with each other whatever their type."""
    return Fraction(value) if isinstance(value, Decimal | float) else value


def _kind(expression: Expression, kinds: Mapping[str, str], field: str) -> str:
    match expression:
        case Literal():
            return _literal_kind(expression.value, field)
        case Name():
            return _named_kind(expression.name, kinds, field)
        case Call():
            wanted, given = _SIGNATURES[expression.function]
            for part, kind in zip(expression.arguments, wanted, strict=True):
                _need(part, (kind, NOTHING), kinds, field, expression.function)
            return given
        case Not() | All() | Any():
            for part in parts_of(expression):
                _need(part, (TRUTH, NOTHING), kinds, field, "and, or and not")
            return TRUTH
        case Compare():
            _alike(expression.left, (expression.right,), kinds, field)
        case In():
            _alike(expression.left, expression.options, kinds, field)
    return TRUTH


def _alike(
    left: Expression, others: Sequence[Expression], kinds: Mapping[str, str], field: str
) -> None:
    kind = _kind(left, kinds, field)
    for other in others:
        found = _kind(other, kinds, field)
        if NOTHING not in (kind, found) and kind != found:
            raise InvalidInput(
                f"{field} compares {_told(left, kind)} with {_told(other, found)}.",
                code="type_mismatch",
                field=field,
            )


def _need(
    part: Expression, wanted: Sequence[str], kinds: Mapping[str, str], field: str, whose: str
) -> None:
    found = _kind(part, kinds, field)
    if found not in wanted:
        raise InvalidInput(
            f"{whose} takes {wanted[0]} in {field}, not {_told(part, found)}; put comparisons in "
            "brackets after not.",
            code="type_mismatch",
            field=field,
        )


def _told(part: Expression, kind: str) -> str:
    return f"{part.name} ({kind})" if isinstance(part, Name) else kind


def _named_kind(name: str, kinds: Mapping[str, str], field: str) -> str:
    if name not in kinds:
        raise unknown_property(name, kinds, field)
    return kinds[name]


def unknown_property(name: str, allowed: Mapping[str, Whatever], field: str) -> InvalidInput:
    """The mistake of a name that is no property."""
    return InvalidInput(
        f"There is no property {name[:60]!r} here. Allowed: {', '.join(allowed)}.",
        code="unknown_property",
        field=field,
        allowed=tuple(allowed),
    )


def _literal_kind(value: object, field: str) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, str):
        if len(value) > 1_000 or re.search("[\ud800-\udfff]", value):
            raise InvalidInput(f"A text in {field} is too long or is not text.", field=field)
        return TEXT
    return DAY if isinstance(value, date) else NUMBER
