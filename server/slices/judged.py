"""Indicators in the rows of several cubes: the figure of each row, its target, score and status.

A row is judged where it is about one period, whole: the period that it names, else that of the
cuts. Its place is that of its members and of the cuts; a target is found for it as on scorecards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from server.access import Scope
from server.cube.across_worked import Worked
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, parse_cuts
from server.cube.elements import DimensionKind
from server.cube.grains import Grain, Path, Row, key_reader
from server.cube.key_values import key_text
from server.cube.marked import figure_in, put_figure
from server.cube.model import Model
from server.indicators.absence import Absence
from server.indicators.definition import Indicator
from server.indicators.scoring import Bands, Status
from server.periods import Period
from server.scorecards.arrival import Arrival, Within, arrival, within
from server.scorecards.catalogue import Catalogue
from server.scorecards.figure import bands_of
from server.scorecards.slicing import Cuts
from server.scorecards.standing import Judged, judged
from server.slices.times import days_of, is_time, period_at, single_period
from server.snapshot import Snapshot

TARGET, SCORE, STATUS = "target", "score", "status"

_ELSEWHERE = None  # before a path that is along no default hierarchy: nobody has targets there


@dataclass(frozen=True)
class Judging:
    """What is thought of some indicators in each row of an answer."""

    indicators: tuple[Indicator, ...]
    catalogue: Catalogue
    model: Model
    snapshot: Snapshot
    scope: Scope
    cuts: tuple[tuple[str, str], ...] = ()  # each after its dimension

    @property
    def worked(self) -> tuple[Worked, ...]:
        """The indicators as formulas over the cubes."""
        return tuple(
            Worked(one.code, one.formula, one.cube, one.unit.is_rate) for one in self.indicators
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The further figures of every row."""
        return tuple(f"{one.code}__{word}" for one in self.indicators for word in (TARGET, SCORE))

    def judge(self, row: Row, grain: Grain) -> None:
        """Put target, score and status of every indicator into a row."""
        for indicator in self.indicators:
            found = self._judged(indicator, row, grain)
            put_figure(row, f"{indicator.code}__{TARGET}", found.target)
            put_figure(row, f"{indicator.code}__{SCORE}", found.score)
            row[f"{indicator.code}__{STATUS}"] = str(found.status)

    def _judged(self, indicator: Indicator, row: Row, grain: Grain) -> Judged:
        places = self._places[indicator.code]
        period = places.period(row, grain)
        if period is None:
            none = Absence.NOT_APPLICABLE
            return Judged(none, none, Status.NO_DATA, is_partial=False)
        cuts = places.at(row, grain)
        value = figure_in(row, indicator.code)
        bands = self._bands[indicator.code]
        return judged(indicator, value, period, cuts, self._arrived(indicator, period, cuts), bands)

    def _arrived(self, indicator: Indicator, period: Period, cuts: Cuts) -> Arrival:
        """How much has arrived of the facts that a figure is made of; in part, if any is."""
        asks = self._within(cuts)
        (formula,) = (one for one in self.worked if one.name == indicator.code)
        cubes = {name.partition(".")[0] for name in formula.operands}
        found = [
            arrival(period, self.snapshot, self.model.cube(cube).fact.name, asks) for cube in cubes
        ]
        return Arrival.PART if Arrival.PART in found else found[0] if found else Arrival.WHOLE

    def _within(self, cuts: Cuts) -> Within:
        known = {name: path for name, path in cuts.paths if path[:1] != (_ELSEWHERE,)}
        return within(Cuts.of(known), self.scope)

    @cached_property
    def _bands(self) -> Mapping[str, Bands]:
        return {one.code: bands_of(self.catalogue, one.code) for one in self.indicators}

    @cached_property
    def _places(self) -> Mapping[str, "_Places"]:
        return {
            one.code: _Places.of(self.model.cube(one.cube), self.cuts) for one in self.indicators
        }


@dataclass(frozen=True)
class _Places:
    """Where the rows of a cube are, in time and elsewhere, under some cuts."""

    cube: CubeModel
    cuts: tuple[Cut, ...]

    @classmethod
    def of(cls, cube: CubeModel, cuts: Iterable[tuple[str, str]]) -> "_Places":
        """The places under those cuts that are on dimensions of the cube."""
        own = [text for dimension, text in cuts if cube.has_dimension(dimension)]
        return cls(cube, parse_cuts(cube, own))

    def period(self, row: Row, grain: Grain) -> Period | None:
        """The period that a row is about, whole."""
        timed = [drill for drill in grain if drill.dimension.kind is DimensionKind.TIME]
        if not timed:
            return single_period(self.cube, self.cuts)
        found = [period_at(drill.hierarchy, key_reader((drill,))(row)) for drill in timed]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        least = min(known, key=lambda one: one.days)
        return least if days_of(self.cube, self.cuts).holds(least) else None

    def at(self, row: Row, grain: Grain) -> Cuts:
        """The members that a row is within."""
        paths = {
            cut.dimension: self._of_cut(cut)
            for cut in self.cuts
            if not is_time(self.cube, cut.dimension)
        }
        for drill in grain:
            if drill.dimension.kind is not DimensionKind.TIME:
                path = _texts(key_reader((drill,))(row))
                path = path if drill.is_default else (_ELSEWHERE, *path)
                cut = paths.get(drill.dimension.name, ())
                is_above = cut[: len(path)] == path  # then the cut says more
                paths[drill.dimension.name] = cut if is_above else path
        return Cuts.of(paths)

    def _of_cut(self, cut: Cut) -> tuple[str | None, ...]:
        hierarchy = self.cube.dimension(cut.dimension).default_hierarchy.name
        is_member = cut.kind == "point" and not cut.is_negated and cut.hierarchy == hierarchy
        return _texts(cut.paths[0]) if is_member else (_ELSEWHERE,)


def _texts(path: Path) -> tuple[str | None, ...]:
    return tuple(None if key is None else key_text(key) for key in path)
