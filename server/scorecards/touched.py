"""PURE: which months of a cube can have other figures at two snapshots, and through which loads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from server.cube.cube_model import CubeModel
from server.ledger.changes import KeyChange, LedgerDifference
from server.periods import Period, periods_between
from server.snapshot import Snapshot

MOST_PERIODS = 120  # the latest are kept
_MOST_RUNS = 6  # statements for each snapshot; more runs are asked as one window


@dataclass(frozen=True)
class Reach:
    """The days in which a load can have moved figures."""

    loads: tuple[int, ...]
    first: date
    last: date


@dataclass(frozen=True)
class Touched:
    """The months concerned, oldest first, and what reaches into them."""

    periods: tuple[Period, ...]
    reaches: tuple[Reach, ...]
    is_cut_short: bool = False

    @property
    def runs(self) -> tuple[tuple[Period, ...], ...]:
        """The months in runs without gaps; when there are many runs, one window over all."""
        return runs_of(self.periods)

    def loads_in(self, period: Period) -> tuple[int, ...]:
        """The loads that can have moved a month's figures."""
        found = {
            load
            for reach in self.reaches
            if reach.first <= period.last_day and reach.last >= period.first_day
            for load in reach.loads
        }
        return tuple(sorted(found))


def runs_of(periods: Sequence[Period]) -> tuple[tuple[Period, ...], ...]:
    """Months, oldest first, in runs without gaps; when there are many, one window over all."""
    runs: list[list[Period]] = []
    for period in periods:
        if runs and runs[-1][-1].next() == period:
            runs[-1].append(period)
        else:
            runs.append([period])
    if len(runs) > _MOST_RUNS:
        return (tuple(periods_between(periods[0], periods[-1])),)
    return tuple(tuple(run) for run in runs)


def touched(
    cube: CubeModel, ledger: LedgerDifference, before: Snapshot, after: Snapshot
) -> Touched:
    """The months of a cube that its changed batches, its edges or its dimensions reach into."""
    reaches = tuple(_reaches(cube, ledger, before, after))
    months = {month for reach in reaches for month in _months(reach)}
    latest = tuple(sorted(months))[-MOST_PERIODS:]
    return Touched(latest, reaches, len(months) > len(latest))


def _reaches(
    cube: CubeModel, ledger: LedgerDifference, before: Snapshot, after: Snapshot
) -> Iterator[Reach]:
    whole = _whole(cube.fact.name, before, after)
    if whole is None:
        return
    dimensions = {table.name for table in cube.dimension_tables}
    for key in ledger.keys:
        if key.table_name == cube.fact.name:
            yield from _of_batches(key, whole)
        elif key.table_name in dimensions:
            yield Reach(key.loads, *whole)
    loads = tuple(
        sorted({n for key in ledger.keys if key.table_name == cube.fact.name for n in key.loads})
    )
    for edges in (before.first_dates, after.first_dates), (before.watermarks, after.watermarks):
        days = sorted(day for edge in edges if (day := edge.get(cube.fact.name)))
        if len(days) == 2 and days[0] != days[1]:
            yield Reach(loads, *days)  # what is loaded reaches further or less far than before


def _of_batches(key: KeyChange, whole: tuple[date, date]) -> Iterator[Reach]:
    for one in (*key.before, *key.after):
        if one.first_date and one.last_date:
            yield Reach(key.loads, one.first_date, one.last_date)
        elif one.rows:  # nobody wrote down which days it holds
            yield Reach(key.loads, *whole)


def _whole(table: str, before: Snapshot, after: Snapshot) -> tuple[date, date] | None:
    first = [one.first_dates[table] for one in (before, after) if table in one.first_dates]
    last = [one.watermarks[table] for one in (before, after) if table in one.watermarks]
    return (min(first), max(last)) if first and last else None


def _months(reach: Reach) -> Iterator[Period]:
    first, last = (Period.containing(day, "month") for day in (reach.first, reach.last))
    return periods_between(first, last)
