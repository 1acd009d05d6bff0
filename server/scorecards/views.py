"""What the use cases answer: frozen values that screens, the API and exports only walk.

Every number is a `Figure`: an exact `Fraction`, or an `Absence` that says why there is none.
Labels are in the language that was asked for.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from server.arrivals.coverage import Coverage
from server.cube.cube_model import CubeModel
from server.indicators.absence import Figure
from server.indicators.definition import Indicator
from server.indicators.scorecard import Objective, Perspective, Scorecard
from server.indicators.scoring import Status
from server.indicators.trend import Change
from server.periods import Period
from server.scorecards.comparing import Basis
from server.snapshot import Snapshot


@dataclass(frozen=True)
class Member:
    """A place in a dimension's default hierarchy; the empty path is the whole dimension."""

    dimension: str
    path: tuple[str | None, ...]
    label: str
    has_children: bool = True

    @property
    def depth(self) -> int:
        """0 for the whole dimension, 1 for a member of its first level."""
        return len(self.path)


@dataclass(frozen=True)
class Filter:
    """A filter in force: the member chosen in one dimension, with the way down to it."""

    dimension: str
    dimension_label: str
    trail: tuple[Member, ...]  # from the first level down to the chosen member

    @property
    def member(self) -> Member:
        """The chosen member."""
        return self.trail[-1]


@dataclass(frozen=True)
class Slice:
    """What was asked: period and filters; the same value frames a screen, an answer and a file."""

    period: Period
    filters: tuple[Filter, ...] = ()

    def path(self, dimension: str) -> tuple[str | None, ...]:
        """The path chosen in a dimension; empty when the dimension is not cut."""
        for chosen in self.filters:
            if chosen.dimension == dimension:
                return chosen.member.path
        return ()


@dataclass(frozen=True)
class Picker:
    """The members that can be chosen in one dimension, in the order of the tree."""

    dimension: str
    label: str
    members: tuple[Member, ...]
    chosen: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What every screen with figures says about them."""

    slice: Slice
    periods: tuple[Period, ...]  # periods of the slice's kind that hold facts, oldest first
    pickers: tuple[Picker, ...]
    snapshot: Snapshot
    data_to: date | None
    model_version: str
    coverage: Coverage | None = None  # of what contracts of arrival expect of the slice


@dataclass(frozen=True)
class Point:
    """One period of a trend."""

    period: Period
    value: Figure
    target: Figure


@dataclass(frozen=True)
class Standing:
    """How one indicator stands at one slice and period."""

    indicator: Indicator
    period: Period
    value: Figure
    target: Figure
    previous: Figure  # the period before (PP)
    year_earlier: Figure  # the same period of the year before (PY)
    variance: Change  # value against target
    change: Change  # value against the period before
    change_year: Change  # value against the year before
    score: Figure
    status: Status
    is_partial: bool  # the period is not loaded to its end
    trend: tuple[Point, ...]  # up to 12 periods, oldest first, the asked one last
    coverage: Coverage | None = None  # of what a contract expects of the period
    previous_basis: Basis | None = None  # the part that PP and its change are of; None: the whole
    year_basis: Basis | None = None  # the same for PY


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator's line in a scorecard."""

    standing: Standing
    weight: Fraction  # share within its objective, 0 to 1
    effective_weight: Fraction  # share of the whole scorecard, 0 to 1


@dataclass(frozen=True)
class Rolled:
    """A score put together from children, with the share of weight that had a score."""

    score: Figure
    status: Status
    coverage: Fraction  # 0 to 1


@dataclass(frozen=True)
class ObjectiveView:
    """One objective with its indicators."""

    objective: Objective
    rolled: Rolled
    rows: tuple[IndicatorRow, ...]


@dataclass(frozen=True)
class PerspectiveView:
    """One perspective with its objectives."""

    perspective: Perspective
    weight: Fraction  # share of the scorecard, 0 to 1
    rolled: Rolled
    objectives: tuple[ObjectiveView, ...]


@dataclass(frozen=True)
class PeriodScore:
    """The scorecard's score in one period, for the strip that walks the periods."""

    period: Period
    rolled: Rolled


@dataclass(frozen=True)
class ScorecardView:
    """A balanced scorecard at one slice and period."""

    frame: Frame
    scorecard: Scorecard
    rolled: Rolled
    perspectives: tuple[PerspectiveView, ...]
    strip: tuple[PeriodScore, ...]  # up to 12 periods, oldest first

    @property
    def rows(self) -> tuple[IndicatorRow, ...]:
        """Every indicator's line, top to bottom."""
        return tuple(
            row
            for perspective in self.perspectives
            for objective in perspective.objectives
            for row in objective.rows
        )


@dataclass(frozen=True)
class BreakdownRow:
    """One member's part of an indicator."""

    member: Member
    standing: Standing
    volume: int  # facts behind the figure
    share: Figure  # of the facts in the slice, 0 to 1


@dataclass(frozen=True)
class Breakdown:
    """One indicator by the members of one dimension, one level below the filter."""

    dimension: str
    dimension_label: str
    level: str
    level_label: str
    rows: tuple[BreakdownRow, ...]
    total: BreakdownRow
    is_cut_short: bool  # more members exist than the limit shows


@dataclass(frozen=True)
class IndicatorView:
    """Everything about one indicator at one slice and period."""

    frame: Frame
    standing: Standing
    operands: tuple[tuple[str, str, Figure], ...]  # aggregate name, label, value
    breakdowns: tuple[Breakdown, ...]
    chart: dict[str, object]  # a chart definition, see `charts`
    author: str
    reason: str
    scorecards: tuple[tuple[str, str], ...]  # code and name of those that hold the indicator


@dataclass(frozen=True)
class FactColumn:
    """One column of a page of facts."""

    name: str
    label: str
    is_number: bool


@dataclass(frozen=True)
class FactRow:
    """One fact with the load and source line that it came from."""

    load: int
    row: int
    values: tuple[object, ...]


@dataclass(frozen=True)
class FactPage:
    """A page of facts behind a figure."""

    frame: Frame
    indicator: Indicator | None
    cube: CubeModel
    columns: tuple[FactColumn, ...]
    rows: tuple[FactRow, ...]
    total: int
    page: int  # counted from 0
    page_size: int
