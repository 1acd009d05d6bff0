"""Parents that must be there: a version of members that stand under each other, checked as a whole.

Members of the source and those that are carried over are taken together. On every day on which a
row holds, its parents must lead to the root: none is missing, none is its own ancestor, none
stands deeper than the model allows, and there is one root where the model says so.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from server.errors import LoadRejected
from server.store.arrow import AnyTable
from server.store.tables import ROW_COLUMN, DimensionTableSpec, ParentChild

_DAY = timedelta(days=1)
_TOLD = 5
_Days = tuple[date, date]


@dataclass(frozen=True)
class _Row:
    """One row of a member: who its parent is, and on which days."""

    member: str
    parent: str | None
    first: date
    last: date
    line: int
    is_carried: bool  # then the line is one of an earlier file

    @property
    def place(self) -> str:
        return f"line {self.line} of an earlier file" if self.is_carried else f"line {self.line}"


class Tree:
    """Gathers the members of one version, and says what is wrong with their parents."""

    def __init__(self, table: AnyTable) -> None:
        self._table = table if isinstance(table, DimensionTableSpec) and table.tree else None
        self._rows: dict[str, list[_Row]] = defaultdict(list)

    def add(self, chunk: Any, *, is_carried: bool = False) -> None:
        """Take the rows of a chunk that will be stored."""
        table = self._table
        if table is None or table.tree is None:
            return
        names = (table.key, table.tree.parent, ROW_COLUMN, *table.span)
        columns = (chunk.column(name).to_pylist() for name in names)
        for member, parent, line, *span in zip(*columns, strict=True):
            first, last = span or (None, None)
            row = _Row(
                member, parent or None, first or date.min, last or date.max, line, is_carried
            )
            self._rows[member].append(row)

    def check(self) -> None:
        """Reject the version if its parents cannot be right together."""
        if self._table is None or self._table.tree is None:
            return
        tree = self._table.tree
        rows = [row for spans in self._rows.values() for row in spans]
        wrong = [told for row in rows if (told := self._wrong_of(row, tree))]
        if not tree.has_many_roots:
            wrong += _two_roots([row for row in rows if row.parent is None])
        if wrong:
            more = f", and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            raise LoadRejected(f"{'; '.join(wrong[:_TOLD])}{more}", field=tree.parent)

    def _wrong_of(self, row: _Row, tree: ParentChild) -> str | None:
        """What is wrong with a row's own parent, or with the way from it to the root."""
        if row.parent is None:
            return None
        days = self._days_without(row.parent, (row.first, row.last))
        if days is not None:
            when = _when(days) if row.parent in self._rows else "among the members"
            return f"{row.place}: the parent {row.parent} of {row.member} is not {when}"
        return self._upwards(row, (row.first, row.last), (row,), tree.depth)

    def _upwards(self, row: _Row, days: _Days, below: tuple[_Row, ...], most: int) -> str | None:
        if row.parent is None:
            return None
        start = below[0]
        for parent in self._rows[row.parent]:
            first, last = max(days[0], parent.first), min(days[1], parent.last)
            if first > last:
                continue
            if any(parent.member == each.member for each in below):
                # A circle further up is told by those that are in it.
                return _circle(below) if parent.member == start.member else None
            if len(below) == most:
                return (
                    f"{start.place}: {start.member} stands deeper than {most} levels; "
                    "the model's depth allows no more"
                )
            found = self._upwards(parent, (first, last), (*below, parent), most)
            if found:
                return found
        return None

    def _days_without(self, member: str, days: _Days) -> _Days | None:
        """The first days among these on which a member is not there."""
        missing = days[0]
        for row in sorted(self._rows.get(member, ()), key=lambda each: each.first):
            if row.first > missing:
                return missing, min(days[1], row.first - _DAY)
            if row.last >= days[1]:
                return None
            if row.last >= missing:
                missing = row.last + _DAY
        return missing, days[1]


def _circle(below: tuple[_Row, ...]) -> str | None:
    names = [row.member for row in below]
    if names[0] != min(names):
        return None  # told once, by the member that comes first
    places = ", ".join(row.place for row in below)
    return f"{places}: {' > '.join([*names, names[0]])} is a circle of parents"


def _two_roots(roots: list[_Row]) -> list[str]:
    """The roots that are there on one day; one is enough to stand above them all."""
    others: list[str] = []
    ordered = sorted(roots, key=lambda each: (each.first, each.line))
    for place, root in enumerate(ordered):
        for before in ordered[:place]:
            if before.member != root.member and before.last >= root.first:
                others.append(
                    f"{before.place}, {root.place}: {before.member} and {root.member} are "
                    'both without a parent, and one root is allowed unless the model says "roots": '
                    '"many"'
                )
                break
    return others


def _when(days: _Days) -> str:
    first, last = days
    if first == date.min:
        return f"there before {last + _DAY}" if last != date.max else "there"
    return f"there from {first}" + ("" if last == date.max else f" to {last}")
