"""Answer every tile of a dashboard at one snapshot, in the scope of whoever looks at it.

Tiles of one part and period share their statements. A tile that cannot be answered says why and
leaves the others alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import parse_qsl

from server.access import Permission, Person
from server.cube.cube_model import CubeModel
from server.cube.cuts import parse_cuts
from server.dashboards.tiles import NO_FOCUS, SLICES, Focus, Tile, focused
from server.errors import AskerError, NotAllowed
from server.indicators.definition import Indicator
from server.indicators.scoring import DEFAULT_BANDS, Bands
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.breakdown import breakdown
from server.scorecards.breaking import Inquiry
from server.scorecards.catalogue import Catalogue, read_catalogue
from server.scorecards.charts import Definition, breakdown_chart, trend_chart
from server.scorecards.evaluate import all_operands, evaluate_scorecard, standings_in
from server.scorecards.figures import period_point
from server.scorecards.frame import default_period, frame
from server.scorecards.slicing import Cuts, path_text
from server.scorecards.views import Breakdown, Filter, Frame, ScorecardView, Standing
from server.slices.ask import ask
from server.slices.moves import with_cuts
from server.slices.question import SliceQuestion
from server.slices.reading import question_of
from server.slices.result import SliceResult, Window
from server.snapshot import Snapshot

_SLICE_ROWS = 60  # a chart shows no more

Part = tuple[tuple[str, ...], Cuts, Period]  # of some cubes


@dataclass(frozen=True)
class Content:
    """What a tile shows; which of these are there depends on its kind."""

    filters: tuple[Filter, ...] = ()
    standing: Standing | None = None
    chart: Definition | None = None
    breakdown: Breakdown | None = None
    scorecard: ScorecardView | None = None
    slice: SliceResult | None = None


@dataclass(frozen=True)
class TileView:
    """A tile with its answer, or with the reason why there is none."""

    tile: Tile
    content: Content
    trouble: AskerError | None = None


@dataclass(frozen=True)
class DashboardView:
    """Every tile of a dashboard, all answered at the same snapshot."""

    tiles: tuple[TileView, ...]
    snapshot: Snapshot
    data_to: date | None  # the last day with facts, of the cube that has fewest
    frame: Frame | None = None  # of the first tile's cube: what the dashboard can be focused on


def show_tiles(
    runtime: Runtime,
    person: Person,
    tiles: Sequence[Tile],
    language: str,
    snapshot: Snapshot | None = None,
    focus: Focus = NO_FOCUS,
) -> DashboardView:
    """Answer tiles for a person, now or at a snapshot, as pinned or in a focus.

    Raises:
        NotFound: the person sees no member that the focus names.
    """
    at = snapshot or runtime.snapshot()
    seen = tuple(one if one.kind in SLICES else focused(one, focus) for one in tiles)
    showing = _Showing(runtime, person, seen, language, at, focus)
    framed = showing.framed()
    return DashboardView(
        tuple(showing.view(tile) for tile in seen), showing.snapshot, showing.data_to, framed
    )


class _Showing:
    """The answers of one dashboard in the making."""

    def __init__(
        self,
        runtime: Runtime,
        person: Person,
        tiles: tuple[Tile, ...],
        language: str,
        snapshot: Snapshot,
        focus: Focus,
    ) -> None:
        self.runtime = runtime
        self.person = person
        self.tiles = tiles
        self.language = language
        self.snapshot = snapshot
        self.focus = focus
        self._standings: dict[Part, dict[str, Standing]] = {}

    @cached_property
    def catalogue(self) -> Catalogue:
        """The definitions in force when the snapshot was opened."""
        return read_catalogue(self.runtime.metadata, self.snapshot.definitions)

    @property
    def data_to(self) -> date | None:
        """The last day with facts of the cube that lags furthest behind, among those shown."""
        cubes = {self._cube(one.subject) for one in self.tiles if one.subject} - {None}
        tables = {self.runtime.cubes.model.cube(one).fact.name for one in cubes if one}
        known = [self.snapshot.watermarks[one] for one in tables if one in self.snapshot.watermarks]
        return min(known, default=None)

    def framed(self) -> Frame | None:
        """The periods and members to choose a focus from; None without a tile that is measured."""
        cube = next((cube for one in self.tiles if (cube := self._cube(one.subject))), None)
        if cube is None:
            return None
        table = self.runtime.cubes.model.cube(cube).fact.name
        period = self.focus.period or default_period(self.runtime, self.snapshot, table)
        cuts, language = self.focus.cuts, self.language
        return frame(self.runtime, self.person, cube, period, cuts, language, self.snapshot)

    def view(self, tile: Tile) -> TileView:
        """One tile with its answer or its trouble."""
        try:
            return TileView(tile, self._content(tile))
        except AskerError as trouble:
            return TileView(tile, Content(), trouble)

    def _content(self, tile: Tile) -> Content:
        match tile.kind:
            case "text":
                return Content()
            case "scorecard":
                return self._scorecard(tile)
            case "slice" | "slice_table":
                return self._slice(tile)
            case "figure" | "trend":
                return self._figure(tile)
            case "ranking" | "table":
                return self._by_member(tile)

    def _figure(self, tile: Tile) -> Content:
        standing = self._standing(tile)
        chart = trend_chart(standing, self.language) if tile.kind == "trend" else None
        return Content(self._filters(tile, standing), standing, chart)

    def _by_member(self, tile: Tile) -> Content:
        standing = self._standing(tile)
        filters = self._filters(tile, standing)
        asked, bands = self._asked(tile, standing.period), self._bands(standing.indicator)
        inquiry = Inquiry(self.runtime, asked, standing, self.snapshot, bands)
        broken = breakdown(inquiry, tile.dimension)
        chart = None
        if broken is not None and tile.kind == "ranking":
            title = standing.indicator.name.in_language(self.language)
            chart = breakdown_chart(broken.rows, standing.indicator, title, self.language)
        return Content(filters, standing, chart, broken)

    def _scorecard(self, tile: Tile) -> Content:
        card = self.catalogue.scorecard(tile.subject)
        indicators = (self.catalogue.indicator(code) for code in card.indicator_codes)
        cubes = dict.fromkeys(name for one in indicators for name in one.cubes)
        asked = self._asked(tile, self._period(tile, *cubes))
        view = evaluate_scorecard(self.runtime, asked, tile.subject, self.snapshot)
        return Content(view.frame.slice.filters, scorecard=view)

    def _slice(self, tile: Tile) -> Content:
        if not self.person.may(Permission.SLICE):
            raise NotAllowed("This tile is a slice, which needs the right 'slice'.")
        cube = self.runtime.cubes.model.cube(tile.subject)
        question = self._in_focus(
            question_of(self.runtime, parse_qsl(tile.query), cube, self.snapshot), cube
        )
        window = Window(0, _SLICE_ROWS)
        result = ask(self.runtime, self.person, question, self.language, self.snapshot, page=window)
        return Content(slice=result)

    def _in_focus(self, question: SliceQuestion, cube: CubeModel) -> SliceQuestion:
        """The question within the focus, but for the dimensions that it cuts itself."""
        own = {one.dimension for one in parse_cuts(cube, question.cuts)}
        texts = [
            f"{name}:{path_text(path)}" for name, path in self.focus.cuts.paths if name not in own
        ]
        if self.focus.period is not None and cube.time is not None and cube.time.name not in own:
            texts.append(period_point(self.focus.period))
        return with_cuts(question, cube, (*question.cuts, *texts)) if texts else question

    def _standing(self, tile: Tile) -> Standing:
        """Where an indicator stands; all indicators of a cube's same part and period at once."""
        indicator = self.catalogue.indicator(tile.subject)
        part = (indicator.cubes, tile.cuts, self._period(tile, *indicator.cubes))
        if part not in self._standings:
            self._standings[part] = self._ask(part)
        return self._standings[part][indicator.code]

    def _ask(self, part: Part) -> dict[str, Standing]:
        cubes, cuts, period = part
        asked = self._asked_of(cuts, period)
        wanted = [
            indicator
            for code in dict.fromkeys(one.subject for one in self.tiles if one.cuts == cuts)
            if (indicator := self.catalogue.indicators.get(code)) and indicator.cubes == cubes
        ]
        operands = all_operands(self.runtime, asked, wanted, period, self.snapshot)
        standings: dict[str, Standing] = {}
        for one in wanted:  # each is judged by the bands of its own scorecard
            standings |= standings_in(
                self.runtime, asked, [one], period, operands, self.snapshot, self._bands(one)
            )
        return standings

    def _filters(self, tile: Tile, standing: Standing) -> tuple[Filter, ...]:
        """The tile's part in words; refused when the person may not see that member."""
        if not tile.cuts.paths:
            return ()
        framed = frame(
            self.runtime,
            self.person,
            standing.indicator.cube,
            standing.period,
            tile.cuts,
            self.language,
            self.snapshot,
        )
        return framed.slice.filters

    def _asked(self, tile: Tile, period: Period) -> Asked:
        return self._asked_of(tile.cuts, period)

    def _asked_of(self, cuts: Cuts, period: Period) -> Asked:
        alike = self.focus.like_for_like
        return Asked(self.person, cuts, period, self.language, like_for_like=alike)

    def _bands(self, indicator: Indicator) -> Bands:
        cards = self.catalogue.scorecards_with(indicator.code)
        return cards[0].bands if cards else DEFAULT_BANDS

    def _period(self, tile: Tile, *cubes: str) -> Period:
        """The period of a tile: as pinned, or the last that is full in all the cubes."""
        tables = [self.runtime.cubes.model.cube(one).fact.name for one in cubes]
        days = [self.snapshot.today(one) for one in tables]
        known = [day for day in days if day is not None]
        period = tile.period_at(min(known) if len(known) == len(days) else None)
        return period or default_period(self.runtime, self.snapshot, *tables)

    def _cube(self, subject: str) -> str | None:
        """The cube that a tile's subject is measured in."""
        if subject in self.catalogue.indicators:
            return self.catalogue.indicators[subject].cube
        if subject in self.catalogue.scorecards:
            first = self.catalogue.scorecards[subject].indicator_codes[0]
            return self.catalogue.indicators[first].cube
        return subject if subject in self.runtime.cubes.model.cubes else None
