"""PURE: the table that a link answers: columns by name, rows of plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from server.snapshot import Snapshot

Value = str | int | float | Decimal | Fraction | date | None  # None: there is no figure


@dataclass(frozen=True)
class LinkTable:
    """Rows under names that stay the same however many rows and members there are."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    snapshot: Snapshot
    watermark: date | None = None


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, a later one with a number where it is there already."""
    found: list[str] = []
    for name in names:
        number, one = 2, name
        while one in found:
            one, number = f"{name}_{number}", number + 1
        found.append(one)
    return tuple(found)
