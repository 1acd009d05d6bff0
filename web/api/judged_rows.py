"""Indicators in rows: which are asked, and their figures as JSON and as columns have them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from server.cube.across import AcrossSource
from server.cube.across_reading import Cuts
from server.cube.cuts import pieces_of
from server.cube.elements import DimensionKind
from server.cube.marked import ABSENCES, figure_in
from server.cube.modifiers import Comparison
from server.cube.table import ACROSS
from server.exports.columns import Column
from server.indicators.definition import Indicator
from server.indicators.scoring import SHOWN_DECIMALS, shown
from server.periods import Period
from server.scorecards.catalogue import read_catalogue
from server.scorecards.figures import period_point
from server.scorecards.frame import default_period, tables_of
from server.slices.judged import SCORE, STATUS, TARGET, Judging
from server.snapshot import Snapshot
from web.api.answers import figure, score
from web.api.mistakes import Mistakes
from web.visitor import person, runtime

Row = Mapping[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class JudgedRows:
    """The indicators of a question, and the period that it is about where it says one."""

    judging: Judging
    period: Period | None = None

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The indicators, in the order in which they were asked."""
        return self.judging.indicators

    def cuts(self, values: Values) -> list[str]:
        """The cuts of the question, with that to its period."""
        period = [period_point(self.period)] if self.period else []
        return [*values.get("cut", ()), *period]

    def told(self, source: AcrossSource, rows: Iterable[Row]) -> list[Row]:
        """Rows as they stand in JSON: figures in their unit, rounded and exact."""
        return [self._told(source, row) for row in rows]

    def plain(self, source: AcrossSource, row: Row) -> Row:
        """A row as it stands in lines and columns: figures as they are shown."""
        found = dict(row)
        for indicator, name in self._figures(source):
            value = figure_in(found, name)
            found[name] = None
            if isinstance(value, Fraction):
                found[name] = indicator.unit.shown(value, indicator.decimals)
        for name in self._scores:
            value = figure_in(found, name)
            found[name] = shown(value) if isinstance(value, Fraction) else None
        return found

    def columns(self, source: AcrossSource) -> dict[str, Column]:
        """The columns of the figures that are no plain numbers, and of what is thought of them."""
        decimals = {name: one.decimals for one, name in self._figures(source)}
        decimals |= dict.fromkeys(self._scores, SHOWN_DECIMALS)
        found = {
            name: Column(name, "decimal", places, is_figure=True)
            for name, places in decimals.items()
        }
        statuses = [f"{one.code}__{STATUS}" for one in self.indicators]
        return {**found, **{name: Column(name, "key") for name in statuses}}

    def judge(self, cuts: Cuts) -> Judging:
        """Says what is thought of the rows within some cuts."""
        judging = self.judging
        return Judging(
            judging.indicators,
            judging.catalogue,
            judging.model,
            judging.snapshot,
            judging.scope,
            tuple(cuts),
        )

    @property
    def _scores(self) -> list[str]:
        return [f"{one.code}__{SCORE}" for one in self.indicators]

    def _figures(self, source: AcrossSource) -> list[tuple[Indicator, str]]:
        """Every figure that is in the unit of its indicator; a change is not."""
        along = source.along
        changes = {_suffix(one) for one in along.comparisons if one.form == "change"}
        kept = [one for one in along.suffixes if not any(one.endswith(each) for each in changes)]
        return [
            (one, name)
            for one in self.indicators
            for name in (*(f"{one.code}{each}" for each in kept), f"{one.code}__{TARGET}")
        ]

    def _told(self, source: AcrossSource, row: Row) -> Row:
        found = dict(row)
        absences = dict(row.get(ABSENCES, {}))
        for indicator, name in self._figures(source):
            found[name] = figure(figure_in(found, name), indicator)
            absences.pop(name, None)
        for name in self._scores:
            found[name] = score(figure_in(found, name))
            absences.pop(name, None)
        found.pop(ABSENCES, None)
        if ACROSS in found:
            found[ACROSS] = [one and self._told(source, one) for one in found[ACROSS]]
        return {**found, **({ABSENCES: absences} if absences else {})}


def read_judged(values: Values, published: Snapshot, mistakes: Mistakes) -> JudgedRows:
    """The indicators of a question; unknown ones are kept as mistakes."""
    here = runtime()
    catalogue = read_catalogue(here.metadata, published.definitions)
    wanted = dict.fromkeys(values.get("indicators", ()))
    found = [
        mistakes.attempt(partial(catalogue.indicator, code), None, "indicators") for code in wanted
    ]
    indicators = tuple(one for one in found if one is not None)
    text = values.get("period")
    period = mistakes.attempt(lambda: Period.parse(text) if text else None, None, "period")
    model = here.cubes.model
    if indicators and not text and not _says_time(values, model.cubes):
        period = default_period(here, published, *tables_of(here, indicators[:1]))
    judging = Judging(indicators, catalogue, model, published, person().scope)
    return JudgedRows(judging, period)


def _says_time(values: Values, cubes: Mapping[str, Any]) -> bool:
    """Whether a cut, a drill-down or a column is on time."""
    names = {
        dimension.name
        for cube in cubes.values()
        for dimension in cube.dimensions
        if dimension.kind is DimensionKind.TIME
    }
    drills: Sequence[str] = [*values.get("drilldown", ()), *values.get("columns", ())]
    heads = {one.split(":")[0].split("@")[0] for one in drills}
    heads |= {dimension for dimension, _ in pieces_of(values.get("cut", ()))}
    return bool(names & heads)


def _suffix(comparison: Comparison) -> str:
    return f"__{comparison.name}"
