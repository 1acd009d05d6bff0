"""PURE: what of a source has arrived at a snapshot, counted in units × periods.

A unit is whoever sends: an organisation, or the source as a whole. A span of days is covered as far
as each period of the contract that it meets has arrived for each unit: a file that says that it
covers a period has arrived, rows or none.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from functools import cached_property

from server.arrivals.contract import Contract
from server.periods import Period, periods_between

Path = tuple[str | None, ...]
Units = frozenset[str]
WHOLE_SOURCE = ""  # the one unit of a contract without `by`
MOST_PERIODS = 20_000  # of one span


class Arrival(Enum):
    """How much of a span of days has arrived."""

    WHOLE = "whole"
    PART = "part"  # some has arrived
    LATE = "late"  # nothing has, and something was due
    NONE = "none"  # nothing has, and nothing was due


@dataclass(frozen=True)
class Coverage:
    """How much of what a span of days expects has arrived."""

    arrived: int  # units × periods
    expected: int
    due: int  # of those that are missing
    units: Units  # that are expected
    whole: Units  # units of which everything has arrived
    some: Units  # units of which something has arrived

    @property
    def state(self) -> Arrival:
        """In one word; a span that expects nothing has nothing."""
        if not self.arrived:
            return Arrival.LATE if self.due else Arrival.NONE
        return Arrival.WHOLE if self.arrived == self.expected else Arrival.PART

    @property
    def missing(self) -> tuple[str, ...]:
        """The units of which something has not arrived."""
        return tuple(sorted(self.units - self.whole))

    def plus(self, other: "Coverage") -> "Coverage":
        """Of two sources together: a unit is whole when it is whole in both that expect it."""
        units = self.units | other.units
        lacking = (self.units - self.whole) | (other.units - other.whole)
        return Coverage(
            self.arrived + other.arrived,
            self.expected + other.expected,
            self.due + other.due,
            units,
            units - lacking,
            self.some | other.some,
        )

    @property
    def share(self) -> Fraction:
        """The part that has arrived, 0 to 1."""
        return Fraction(self.arrived, self.expected) if self.expected else Fraction(0)


@dataclass(frozen=True)
class Arrivals:
    """What one source has sent up to a snapshot."""

    contract: Contract
    arrived: Mapping[Period, Units]
    today: date
    dimension: str = ""  # of the cube: whose members the units are
    members: Callable[[], Mapping[str, Path]] = field(default=dict, compare=False)

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """The place of every member of the dimension, by its key."""
        return self.members() if self.contract.by else {}

    @cached_property
    def units(self) -> Units:
        """Everybody who is expected."""
        if not self.contract.by:
            return frozenset({WHOLE_SOURCE})
        if self.contract.expected is not None:
            return frozenset(self.contract.expected)
        return frozenset(self.paths)

    @property
    def judged_on(self) -> date:
        """The day by which it is judged: the last one that can make a difference, or today."""
        until = self.contract.until
        if until is None:
            return self.today
        return min(self.today, until.last_day + timedelta(days=self.contract.due_days + 1))

    @cached_property
    def first(self) -> Period | None:
        """The first period that is expected; None as long as nothing is."""
        return self.contract.since or min(self.arrived, default=None)

    def units_within(self, path: Path) -> Units:
        """The expected units below a member."""
        if not path or not self.contract.by:
            return self.units
        return frozenset(one for one in self.units if self.path_of(one)[: len(path)] == path)

    def path_of(self, unit: str) -> Path:
        """The place of a unit; one that the dimension does not know stands alone."""
        return self.paths.get(unit, (unit,))

    def coverage(self, first: date, last: date, units: Collection[str] | None = None) -> Coverage:
        """What has arrived of a span of days, of all units or of some."""
        asked = self.units if units is None else self.units & frozenset(units)
        periods = tuple(self._expected(first, last))
        arrived = [(period, self.arrived.get(period, frozenset()) & asked) for period in periods]
        due = sum(len(asked - have) for period, have in arrived if self._is_due(period))
        sets = [have for _, have in arrived]
        return Coverage(
            arrived=sum(len(have) for have in sets),
            expected=len(asked) * len(periods),
            due=due,
            units=asked if periods else frozenset(),
            whole=frozenset.intersection(*sets) if sets else frozenset(),
            some=frozenset().union(*sets),
        )

    def watermark(self, unit: str | None = None) -> date | None:
        """The last day up to which somebody has sent; of all, the earliest of theirs.

        None as long as somebody never sent anything.
        """
        if unit is None:
            found = [self.watermark(one) for one in self.units]
            days = [one for one in found if one is not None]
            return min(days) if days and len(days) == len(found) else None
        last = max((one for one, have in self.arrived.items() if unit in have), default=None)
        return last.last_day if last else None

    def _expected(self, first: date, last: date) -> Iterator[Period]:
        begin, every, until = self.first, self.contract.every, self.contract.until
        if begin is None or last < begin.first_day or last < first:
            return
        start, end = max(begin, Period.containing(first, every)), Period.containing(last, every)
        if until is not None and until < end:
            end = until
        if end < start:
            return
        for number, period in enumerate(periods_between(start, end)):
            if number >= MOST_PERIODS:
                return
            yield period

    def _is_due(self, period: Period) -> bool:
        return self.today > period.last_day + timedelta(days=self.contract.due_days)
