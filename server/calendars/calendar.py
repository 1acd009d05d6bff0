"""A calendar: its grains, the periods of each, and which period each is compared with.

A calendar is made from its shortest periods above the day, its leaves; every longer period is the
leaves that begin with its path, and every day is a day of one leaf. So children always tile their
parents, and nothing is worked out from dates but by looking into the table.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

from server.calendars.period import CalendarPeriod, Grain, Leaf, Names
from server.errors import InvalidInput

FIRST_YEAR, LAST_YEAR = 1970, 2149  # the days that a fact can have
Naming = Callable[[Grain, tuple[int, ...], date], Names]


class Calendar:
    """Periods by grain; it never changes, and it is the same as no other."""

    def __init__(
        self,
        name: str,
        names: Names,
        grains: tuple[Grain, ...],
        leaves: Callable[[], Iterable[Leaf]],
        naming: Naming,
        compared: Mapping[tuple[int, ...], tuple[int, ...]] | None = None,
    ) -> None:
        self.name = name
        self.names = names
        self.grains: tuple[Grain, ...] = (*grains, "day")
        self._make = leaves
        self._naming = naming
        self._compared = compared or {}  # leaf path -> leaf path, where a number does not say it

    def periods(self, grain: Grain) -> tuple[CalendarPeriod, ...]:
        """The periods of a grain in time, without a gap; days are not listed, they are counted."""
        if grain == "day":
            raise ValueError("Days are not listed.")
        return self._listed[self._checked(grain)]

    def containing(self, day: date, grain: Grain) -> CalendarPeriod | None:
        """The period of a grain that a day lies in; none outside the calendar."""
        if self._checked(grain) == "day":
            leaf = self.containing(day, self.grains[-2])
            return self._day(leaf, (day - leaf.first).days + 1) if leaf else None
        place = bisect_right(self._firsts[grain], day) - 1
        found = self._listed[grain][place] if place >= 0 else None
        return found if found and found.contains(day) else None

    def at(self, grains: tuple[Grain, ...], path: tuple[int, ...]) -> CalendarPeriod:
        """The period that the numbers of a path name, the first of them the year's.

        Raises:
            InvalidInput: there is no such period, such as month 12 of quarter 1.
        """
        numbers = dict(zip(grains, path, strict=False))
        grain = grains[len(path) - 1]
        leaf = self._leaf_grain if grain == "day" else grain
        found = self._by_number[leaf].get((numbers["year"], numbers[leaf]))
        if found is None or any(
            found.path[self.grains.index(each)] != number
            for each, number in numbers.items()
            if each != "day"
        ):
            raise self._no_period(grains, path)
        if grain != "day":
            return found
        if not 1 <= numbers["day"] <= found.days:
            raise self._no_period(grains, path)
        return self._day(found, numbers["day"])

    def parent(self, period: CalendarPeriod) -> CalendarPeriod | None:
        """The period of the next longer grain that it is in; a year has none."""
        place = self.grains.index(period.grain)
        return self.containing(period.first, self.grains[place - 1]) if place else None

    def children(self, period: CalendarPeriod) -> tuple[CalendarPeriod, ...]:
        """The periods of the next shorter grain that it is made of; a day has none."""
        if period.grain == "day":
            return ()
        below = self.grains[self.grains.index(period.grain) + 1]
        if below == "day":
            return tuple(self._day(period, number) for number in range(1, period.days + 1))
        return self.between(period.first, period.last, below)

    def between(self, first: date, last: date, grain: Grain) -> tuple[CalendarPeriod, ...]:
        """The periods of a grain that have a day from the first to the last, both included."""
        if self._checked(grain) == "day":
            days = (first + timedelta(days=step) for step in range((last - first).days + 1))
            return tuple(found for day in days if (found := self.containing(day, "day")))
        firsts = self._firsts[grain]
        start = max(bisect_right(firsts, first) - 1, 0)
        listed = self._listed[grain][start : bisect_right(firsts, last)]
        return tuple(each for each in listed if each.last >= first)

    def previous(self, period: CalendarPeriod, steps: int = 1) -> CalendarPeriod | None:
        """The period of the same grain so many before; none outside the calendar."""
        if period.grain == "day":
            return self.containing(period.first - timedelta(days=steps), "day")
        place = period.ordinal - steps
        listed = self._listed[period.grain]
        return listed[place] if 0 <= place < len(listed) else None

    def year_earlier(self, period: CalendarPeriod) -> CalendarPeriod | None:
        """The period that it is compared with year on year; none outside the calendar.

        It has the same number a year earlier, or the greatest that is there: week 53 is compared
        with week 52, and 29 February with the 28th. Leaves may be paired otherwise by the table.
        """
        if period.grain == "day":
            leaf = self.containing(period.first, self._leaf_grain)
            earlier = self.year_earlier(leaf) if leaf else None
            return self._day(earlier, min(period.number, earlier.days)) if earlier else None
        if period.path in self._compared:
            path = self._compared[period.path]
            return self._by_number[period.grain].get((path[0], path[-1]))
        year = self._by_number["year"].get((period.year - 1, period.year - 1))
        if year is None or period.grain == "year":
            return year
        same = self._by_number[period.grain].get((year.year, period.number))
        return same or self.containing(year.last, period.grain)

    @property
    def first_day(self) -> date:
        """The first day that it knows."""
        return self._leaves[0].first

    @property
    def last_day(self) -> date:
        """The last day that it knows."""
        return self._leaves[-1].last

    @property
    def _leaf_grain(self) -> Grain:
        return self.grains[-2]

    @cached_property
    def _leaves(self) -> tuple[Leaf, ...]:
        return tuple(self._make())

    @cached_property
    def _listed(self) -> dict[Grain, tuple[CalendarPeriod, ...]]:
        return {
            grain: self._grouped(grain, depth) for depth, grain in enumerate(self.grains[:-1], 1)
        }

    @cached_property
    def _firsts(self) -> dict[Grain, list[date]]:
        return {grain: [each.first for each in listed] for grain, listed in self._listed.items()}

    @cached_property
    def _by_number(self) -> dict[Grain, dict[tuple[int, int], CalendarPeriod]]:
        return {
            grain: {(each.year, each.number): each for each in listed}
            for grain, listed in self._listed.items()
        }

    def _grouped(self, grain: Grain, depth: int) -> tuple[CalendarPeriod, ...]:
        found: list[CalendarPeriod] = []
        for path, group in groupby(self._leaves, lambda leaf: leaf.path[:depth]):
            leaves = list(group)
            first, last = leaves[0].first, leaves[-1].last
            names = self._naming(grain, path, first)
            key = _key(grain, path)
            found.append(CalendarPeriod(grain, path, first, last, len(found), key, names))
        return tuple(found)

    def _day(self, leaf: CalendarPeriod, number: int) -> CalendarPeriod:
        day = leaf.first + timedelta(days=number - 1)
        written = day.isoformat()
        path, names = (*leaf.path, number), Names(written, written)
        return CalendarPeriod("day", path, day, day, day.toordinal(), written, names)

    def _checked(self, grain: Grain) -> Grain:
        if grain not in self.grains:
            raise InvalidInput(
                f"Calendar {self.name} has no {grain}; it has: {', '.join(self.grains)}.",
                code="invalid_value",
                allowed=self.grains,
            )
        return grain

    def _no_period(self, grains: tuple[Grain, ...], path: tuple[int, ...]) -> InvalidInput:
        named = ", ".join(f"{grain} {number}" for grain, number in zip(grains, path, strict=False))
        return InvalidInput(f"Calendar {self.name} has no {named}.", code="invalid_value")


_LETTERS = {"quarter": "Q{}", "month": "{:02}", "period": "P{:02}", "week": "W{:02}"}


def _key(grain: Grain, path: tuple[int, ...]) -> str:
    return f"{path[0]}" if grain == "year" else f"{path[0]}-{_LETTERS[grain].format(path[-1])}"
