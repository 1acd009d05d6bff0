"""Rows of an answer, and what is done with them where all are in hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from server.cube.statement import Page
from server.errors import InvalidInput
from web.odata.judging import is_so
from web.odata.options import Options, Sorting
from web.odata.tree import Expression

Row = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """Rows of one page, and what is known of the others."""

    rows: Sequence[Row]
    has_more: bool
    total: int | None = None  # None: nobody has counted


@dataclass(frozen=True)
class Answered:
    """One page of rows by the names of their properties."""

    rows: Rows
    names: tuple[str, ...]  # the properties of each row, in order
    is_whole: bool  # whether these are all properties that there are


@dataclass(frozen=True)
class Window:
    """Which rows one answer sends."""

    skip: int
    size: int

    @property
    def page(self) -> Page:
        """The same as the cube takes it."""
        return Page(max(self.size, 1), self.skip)

    @classmethod
    def of(cls, asked: Options, page_size: int) -> "Window":
        """What is left of the asked rows after those that were sent, a page at most."""
        sent = asked.place.sent if asked.place else 0
        left = page_size if asked.top is None else max(asked.top - sent, 0)
        return cls(asked.skip + sent, min(page_size, left))


def windowed(rows: Sequence[Row], window: Window, top: int | None, skip: int) -> Rows:
    """One page of rows that are all in hand."""
    until = window.skip + window.size
    last = len(rows) if top is None else min(len(rows), skip + top)
    return Rows(rows[window.skip : until], until < last, len(rows))


def kept(rows: Iterable[Row], filters: Iterable[Expression]) -> list[Row]:
    """The rows that are as all of the filters say."""
    asked = tuple(filters)
    return [row for row in rows if all(is_so(one, row) for one in asked)]


def in_order(rows: Sequence[Row], order: Sequence[Sorting]) -> list[Row]:
    """The rows in an order; null is always last, and equal rows stay as they were."""
    found = list(rows)
    for one in reversed(order):
        known = [row for row in found if row[one.name] is not None]
        absent = [row for row in found if row[one.name] is None]
        known.sort(key=_sorting_key(one.name), reverse=one.is_descending)
        found = known + absent
    return found


def merged(rows: Sequence[Row], groups: Sequence[str], merges: Mapping[str, Any]) -> list[Row]:
    """One row for each set of values of the groups.

    Figures of rows that become one are put together by `merges`; those that cannot be from their
    parts have None there, and then the groups are refused.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in groups)
        known = found.get(key)
        found[key] = row if known is None else _together(known, row, merges)
    return list(found.values())


def _together(known: Row, row: Row, merges: Mapping[str, Any]) -> Row:
    both = dict(known)
    for name, merge in merges.items():
        if merge is None:
            raise InvalidInput(
                f"{name} of several members that look alike does not follow from the figures of "
                "each: group by their keys too, and by the levels above.",
                code="not_additive",
                field="$apply",
            )
        pair = [one for one in (known[name], row[name]) if one is not None]
        both[name] = merge(pair) if pair else None
    return both


def _sorting_key(name: str) -> Callable[[Row], Any]:
    def key(row: Row) -> Any:
        value = row[name]
        return Fraction(value) if isinstance(value, Decimal | float) else value

    return key
