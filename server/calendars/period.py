"""One period of a calendar as a value, and what it is called."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Grain = Literal["year", "quarter", "month", "period", "week", "day"]


class Names(NamedTuple):
    """One text in both languages of the product."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text in a language; English for a language that is not ours."""
        return self.zh if language == "zh" else self.en


class Leaf(NamedTuple):
    """One of the shortest periods above the day, from which a calendar is made."""

    path: tuple[int, ...]  # the number at each grain from the year down
    first: date
    last: date


@dataclass(frozen=True)
class CalendarPeriod:
    """A run of days that a calendar knows; `path` holds its number at each grain from the year."""

    grain: Grain
    path: tuple[int, ...]
    first: date
    last: date
    ordinal: int  # counts the periods of the grain without a gap
    key: str
    names: Names

    @property
    def year(self) -> int:
        """The calendar's own year."""
        return self.path[0]

    @property
    def number(self) -> int:
        """Its number at its own grain: in the year, and of a day in the period that it is of."""
        return self.path[-1]

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def contains(self, day: date) -> bool:
        """Whether a day belongs to it."""
        return self.first <= day <= self.last
