"""Calendars whose periods somebody wrote down one by one, such as those of moving holidays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from server.calendars.calendar import Calendar
from server.calendars.period import Grain, Leaf, Names


@dataclass(frozen=True)
class Row:
    """One written period; `compared` is the year and number of the one it is compared with."""

    year: int
    number: int
    first: date
    last: date
    names: Names
    compared: tuple[int, int] | None = None


def table(name: str, names: Names, rows: Iterable[Row]) -> Calendar:
    """Years in the periods that the rows tell; `row_mistakes` must have found none."""
    listed = tuple(rows)
    called = {(row.year, row.number): row.names for row in listed}
    compared: dict[tuple[int, ...], tuple[int, ...]] = {
        (row.year, row.number): row.compared for row in listed if row.compared
    }

    def naming(grain: Grain, path: tuple[int, ...], _first: date) -> Names:
        return Names(f"{path[0]}", f"{path[0]}年") if grain == "year" else called[path[0], path[1]]

    def leaves() -> list[Leaf]:
        return [Leaf((row.year, row.number), row.first, row.last) for row in listed]

    return Calendar(name, names, ("year", "period"), leaves, naming, compared)


def row_mistakes(rows: Iterable[Row]) -> list[str]:
    """What keeps the rows from being a calendar: every day must be in one period of it."""
    listed = list(rows)
    known = {(row.year, row.number) for row in listed}
    mistakes = [f"{_word(row)} ends before it begins." for row in listed if row.last < row.first]
    mistakes += [
        f"{_word(row)} is compared with {row.compared[0]}-{row.compared[1]}, which is not there."
        for row in listed
        if row.compared and row.compared not in known
    ]
    for row, following in pairwise(listed):
        if following.first != row.last + timedelta(days=1):
            mistakes.append(f"{_word(following)} does not begin the day after {_word(row)} ends.")
        if (following.year, following.number) not in (
            (row.year, row.number + 1),
            (row.year + 1, 1),
        ):
            mistakes.append(f"{_word(following)} does not follow {_word(row)}.")
    return mistakes


def _word(row: Row) -> str:
    return f"period {row.year}-{row.number}"
