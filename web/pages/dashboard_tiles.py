"""A tile as a page shows it: titles, figures, charts and lines ready in the language in hand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from flask import url_for

from server.access import Person
from server.dashboards.showing import TileView
from server.dashboards.tiles import LARGE, Tile
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import Status
from server.periods import Period
from server.scorecards.views import BreakdownRow, Filter, ScorecardView, Standing
from server.slices.charts import slice_chart
from server.slices.result import SliceResult
from web.charts import Chart, dress
from web.coverage import basis_words, coverage_words
from web.figures import Shown, absent, difference, measured, scored
from web.pages.slicer_links import filter_words
from web.pages.slicer_table import Table as SliceTable
from web.pages.slicer_table import named, table_of
from web.phrases import gettext, ngettext
from web.place import Place, with_query
from web.sentences import error_words
from web.sparks import Bar, Spark, bars, spark
from web.visitor import runtime
from web.words import language, period_words

MOST_LINES = 10  # of a table


@dataclass(frozen=True)
class Measure:
    """How an indicator stands."""

    unit: str
    value: Shown
    target: Shown
    variance: Shown
    change: Shown
    status: Status
    spark: Spark
    spark_words: str
    coverage: str  # how much of what is expected has arrived; empty where all has
    basis: str  # of what part the comparison is made; empty: of the whole


@dataclass(frozen=True)
class Line:
    """A member of a table, or a perspective of a scorecard."""

    label: str
    value: Shown
    variance: Shown | None
    status: Status
    bar: Bar | None = None
    score: Figure = Absence.NOT_APPLICABLE


@dataclass(frozen=True)
class Table:
    """The members of a breakdown, the largest first."""

    head: str
    lines: tuple[Line, ...]
    total: Line
    left_out: int


@dataclass(frozen=True)
class Grid:
    """The beginning of a slice as a table."""

    table: SliceTable
    left_out: int  # rows


@dataclass(frozen=True)
class ShownTile:
    """A tile ready for a page; which parts are there depends on its kind."""

    tile: Tile
    title: str
    subject: str = ""
    url: str = ""
    measure: Measure | None = None
    chart: Chart | None = None
    table: Table | None = None
    grid: Grid | None = None
    overall: Line | None = None
    perspectives: tuple[Line, ...] = ()
    paragraphs: tuple[str, ...] = ()
    nothing: str = ""  # why there is nothing to draw
    trouble: str = ""

    @property
    def is_large(self) -> bool:
        """Whether a wall gives it half of the screen."""
        return self.tile.kind in LARGE


def shown_tile(view: TileView, person: Person, place: Place) -> ShownTile:
    """Dress a tile; `place` says which language and moment its links keep."""
    dressing = _Dressing(view, person, place)
    if view.trouble is not None:
        return ShownTile(view.tile, dressing.name(), trouble=error_words(view.trouble))
    content = view.content
    if content.standing is not None:
        return dressing.indicator(content.standing)
    if content.scorecard is not None:
        return dressing.scorecard(content.scorecard)
    if content.slice is not None:
        return dressing.slice(content.slice)
    return dressing.text()


@dataclass(frozen=True)
class _Dressing:
    view: TileView
    person: Person
    place: Place

    @property
    def tile(self) -> Tile:
        return self.view.tile

    def name(self) -> str:
        """What a tile without an answer is called."""
        return self.tile.title or self.tile.subject

    def text(self) -> ShownTile:
        paragraphs = tuple(one for one in self.tile.text.splitlines() if one.strip())
        return ShownTile(self.tile, self.tile.title, paragraphs=paragraphs)

    def indicator(self, standing: Standing) -> ShownTile:
        indicator = standing.indicator
        table = self._table()
        return ShownTile(
            tile=self.tile,
            title=self._title(indicator),
            subject=self._subject(standing.period, self.view.content.filters),
            url=self._at(standing.period).link("indicator.show", code=indicator.code),
            measure=_measure(standing),
            chart=self._chart(indicator),
            table=table if self.tile.kind == "table" else None,
            nothing=self._why_empty(table),
        )

    def scorecard(self, view: ScorecardView) -> ShownTile:
        card, period = view.scorecard, view.frame.slice.period
        return ShownTile(
            tile=self.tile,
            title=card.name.in_language(language()),
            subject=self._subject(period, self.view.content.filters),
            url=self._at(period).link("scorecard.show", code=card.code),
            overall=_rolled_line("", view),
            perspectives=tuple(
                Line(
                    one.perspective.name.in_language(language()),
                    scored(one.rolled.score),
                    None,
                    one.rolled.status,
                    score=one.rolled.score,
                )
                for one in view.perspectives
            ),
        )

    def slice(self, result: SliceResult) -> ShownTile:
        is_table = self.tile.kind == "slice_table"
        chart = None if is_table else _slice_chart(result)
        words = [result.cube_label, *map(filter_words, result.filters)]
        return ShownTile(
            tile=self.tile,
            title=self.tile.title or ", ".join(one.label for one in result.values),
            subject=" · ".join(words),
            url=self._slicer(),
            chart=chart,
            grid=_grid(result) if is_table and result.rows else None,
            nothing=_why_nothing(result, is_drawn=chart is not None, is_table=is_table),
        )

    def _title(self, indicator: Indicator) -> str:
        name, broken = indicator.name.in_language(language()), self.view.content.breakdown
        if broken is None:
            return name
        return gettext("%(name)s by %(level)s", name=name, level=broken.level_label)

    def _subject(self, period: Period, filters: tuple[Filter, ...]) -> str:
        names = [one.member.label for one in filters]
        confined = bool(self.person.scope.rules)
        whole = gettext("All that you may see") if confined else gettext("Whole company")
        return " · ".join([*(names or [whole]), period_words(period)])

    def _at(self, period: Period) -> Place:
        there = self.place.moment().alike(is_alike=self.place.is_alike)
        return replace(there, period=period, cuts=self.tile.cuts)

    def _slicer(self) -> str:
        path = url_for("slicer.show", name=self.tile.subject)
        return with_query(path, (*parse_qsl(self.tile.query), *self.place.moment().query()))

    def _chart(self, indicator: Indicator) -> Chart | None:
        definition = self.view.content.chart
        if definition is None or not definition["categories"]:
            return None
        chart = dress(definition, indicator)
        return _lying(chart) if self.tile.kind == "ranking" else chart

    def _table(self) -> Table | None:
        broken = self.view.content.breakdown
        if broken is None:
            return None
        kept = broken.rows[:MOST_LINES]
        drawn = bars([r.standing.value for r in kept], [r.standing.target for r in kept])
        return Table(
            head=broken.level_label,
            lines=tuple(_member(row, bar) for row, bar in zip(kept, drawn, strict=True)),
            total=_member(broken.total, None),
            left_out=len(broken.rows) - len(kept),
        )

    def _why_empty(self, table: Table | None) -> str:
        if self.tile.kind in ("ranking", "table") and table is None:
            return gettext("There is no level below this one, or nothing has arrived.")
        if self.tile.kind == "trend" and not self.view.content.chart:
            return gettext("No period of this slice holds facts.")
        return ""


def _measure(standing: Standing) -> Measure:
    indicator = standing.indicator
    unit = indicator.unit.symbol.in_language(language())
    return Measure(
        unit="" if unit == "%" else unit,
        value=measured(standing.value, indicator),
        target=measured(standing.target, indicator),
        variance=difference(standing.variance, indicator),
        change=difference(standing.change, indicator),
        status=standing.status,
        spark=spark(standing.trend),
        spark_words=_spark_words(standing),
        coverage=coverage_words(standing.coverage),
        basis=basis_words(standing.previous_basis),
    )


def _spark_words(standing: Standing) -> str:
    points = standing.trend
    if not points:
        return gettext("No trend")
    return ngettext(
        "%(count)s period from %(first)s to %(last)s",
        "%(count)s periods from %(first)s to %(last)s",
        len(points),
        count=len(points),
        first=measured(points[0].value, standing.indicator).text,
        last=measured(points[-1].value, standing.indicator).text,
    )


def _member(row: BreakdownRow, bar: Bar | None) -> Line:
    standing = row.standing
    return Line(
        row.member.label,
        measured(standing.value, standing.indicator),
        difference(standing.variance, standing.indicator),
        standing.status,
        bar,
    )


def _rolled_line(label: str, view: ScorecardView) -> Line:
    rolled = view.rolled
    return Line(label, scored(rolled.score), None, rolled.status, score=rolled.score)


def _lying(chart: Chart) -> Chart:
    """Bars that lie, so that long names of members can be read; the plan stands in the table."""
    definition = {**chart.definition, "kind": "bar", "series": chart.definition["series"][:1]}
    return Chart(definition, chart.heads, chart.rows)


def _why_nothing(result: SliceResult, *, is_drawn: bool, is_table: bool) -> str:
    if is_drawn or (is_table and result.rows):
        return ""
    if not result.rows:
        return gettext("No facts in this slice")
    return gettext("This slice has no chart; open it in the slicer.")


def _grid(result: SliceResult) -> Grid:
    cube = runtime().cubes.model.cube(result.question.cube)
    return Grid(table_of(result, cube), result.row_count - len(result.rows))


def _slice_chart(result: SliceResult) -> Chart | None:
    definition: Mapping[str, Any] | None = slice_chart(result, named)
    if not definition:
        return None
    series = [
        {**one, "gaps": [absent(Absence(gap)).text if gap else None for gap in one["absences"]]}
        for one in definition["series"]
    ]
    return Chart({**definition, "series": series}, (), ())
