"""Files as they were sent: the rows that are right in them, and those that are not."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Mode = Literal["append", "replace", "upsert", "complete", "merge"]
Format = Literal["csv", "parquet", "push"]


@dataclass(frozen=True)
class Taking:
    """One row of facts."""

    day: date
    stall: str
    pieces: int
    amount: Decimal
    key: str = ""  # of an upserted row

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


@dataclass(frozen=True)
class Span:
    """Who keeps a stall on some days, both included; without a day that end is open."""

    stall: str
    keeper: str
    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Sent:
    """One file as it was sent."""

    source: str
    mode: Mode
    table: str
    takings: tuple[Taking, ...] = ()
    covers: frozenset[str] = frozenset()  # the months that a replacing file covers
    regions: tuple[tuple[str, str], ...] = ()  # stall, region: of a dimension
    spans: tuple[Span, ...] = ()  # of a dated dimension
    bad: tuple[Taking, ...] = ()  # what was meant by rows that are refused: their amount is none
    format: Format = "csv"
