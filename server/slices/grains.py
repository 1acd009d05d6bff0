"""Cells of a slice, asked from the facts at any grain: all statements of one answer pass here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from server.access import Person
from server.cube.browser import ClickHouseBrowser, Limits
from server.cube.cuts import path_text
from server.cube.drilldown import parse_drilldown
from server.cube.elements import AS_WAS, Hierarchy, Level, Membership
from server.cube.statement import SPLIT, Breakdown, Statement, cell_count_statement
from server.cube.time_frame import calendar_along, runs_left
from server.errors import LimitReached
from server.runtime import Runtime
from server.slices.question import Axis
from server.slices.result import Path, Paths
from server.snapshot import Snapshot
from server.store.readers import Cancellation

Cell = Mapping[str, Any]
Cells = Mapping[Paths, Cell]

TOO_LARGE = "slice_too_large"
MOST_PATHS = 1_000  # of a cut that narrows a statement to some rows


@dataclass(frozen=True)
class SliceLimits:
    """How large an answer may be."""

    rows: int = 50_000
    columns: int = 400  # of members
    cells: int = 500_000


class Stoppable(Protocol):
    """Whatever runs a statement that another thread may stop."""

    def query(self, statement: Statement, *, cancellation: Cancellation | None = None) -> Any:
        """The answer, with its rows in `rows`."""


@dataclass(frozen=True)
class StoppableReaders:
    """Readers whose statements another thread may stop."""

    readers: Stoppable
    cancellation: Cancellation | None = None

    def query(self, statement: Statement) -> Any:
        """The answer of a statement."""
        return self.readers.query(statement, cancellation=self.cancellation)


@dataclass(frozen=True)
class Grains:
    """Asks one cube for one person at one snapshot, by any axes."""

    browser: ClickHouseBrowser
    readers: StoppableReaders
    limits: SliceLimits = SliceLimits()
    modifiers: Mapping[str, Any] = field(default_factory=dict)  # asked of every aggregate too
    time_axis: Axis | None = None  # of the question
    labels: dict[tuple[Axis, Path], str] = field(default_factory=dict)
    served: list[str] = field(default_factory=list)  # by what, statement by statement

    def hierarchy(self, axis: Axis) -> Hierarchy:
        """The hierarchy along which an axis goes."""
        found = self.browser.model.dimension(axis.dimension).hierarchy(axis.hierarchy)
        if found is None:
            raise ValueError(f"{axis.text} has no hierarchy")
        return found

    def levels(self, axis: Axis) -> tuple[Level, ...]:
        """The levels of an axis from the top down to its own."""
        hierarchy = self.hierarchy(axis)
        return hierarchy.levels[: hierarchy.depth_of(axis.level)]

    def count(self, axes: Sequence[Axis], cuts: Sequence[str]) -> int:
        """How many cells there are, without asking for them."""
        if not axes:
            return 1
        scoped = self.browser.cell(tuple(cuts))
        drills = parse_drilldown(scoped, [one.text for one in axes])
        counting = cell_count_statement(scoped, self.browser.snapshot, Breakdown(drills))
        return int(self.readers.query(counting).rows[0][0])

    def cells(
        self, axes: Sequence[Axis], aggregates: Sequence[str], cuts: Sequence[str]
    ) -> dict[Paths, Cell]:
        """The cells by their members, in the model's own order; those without facts are absent."""
        if not axes:
            modifiers = self._modifiers(axes, cuts)
            asked = self.browser.aggregate(tuple(cuts), aggregates=aggregates, **modifiers)
            self.served.append(asked.served_by)
            whole = asked.summary
            return {(): whole}
        return {self._paths(axes, cell): cell for cell in self._asked(axes, aggregates, cuts)}

    def outside(
        self, axes: Sequence[Axis], aggregates: Sequence[str], cuts: Sequence[str], members: str
    ) -> dict[Paths, Cell]:
        """The cells of all facts that a cut leaves out, those without a member among them."""
        found = self._asked(axes, aggregates, cuts, split=members)
        return {self._paths(axes, one): one for one in found if not one[SPLIT]}

    def members_cut(self, axis: Axis, paths: Sequence[Path]) -> str:
        """The cut that leaves some members of an axis in."""
        texts = dict.fromkeys(path_text(path) for path in paths)
        return f"{axis.dimension}@{axis.hierarchy}:{';'.join(texts)}"

    def label(self, axis: Axis, path: Path) -> str:
        """The label of a member that was met in an answer."""
        return self.labels[axis, path]

    def _asked(
        self,
        axes: Sequence[Axis],
        aggregates: Sequence[str],
        cuts: Sequence[str],
        split: str | None = None,
    ) -> list[Cell]:
        result = self.browser.aggregate(
            tuple(cuts),
            aggregates=aggregates,
            drilldown=[one.text for one in axes],
            split=split,
            page=0,
            page_size=self.browser.limits.cells,
            summary=False,
            **self._modifiers(axes, cuts),
        )
        self.served.append(result.served_by)
        if len(result.cells) >= self.browser.limits.cells:
            raise too_many(result.total_cell_count, "groups", self.browser.limits.cells)
        return list(result.cells)

    def _modifiers(self, axes: Sequence[Axis], cuts: Sequence[str]) -> Mapping[str, Any]:
        """The modifiers that have a meaning: of totals along time no last so many periods.

        Totals over several runs of days, or of another calendar than the default one, have none.
        """
        time = self.browser.model.time
        if not self.modifiers or time is None or time.name in {one.dimension for one in axes}:
            return self.modifiers
        if self.time_axis is not None:
            along = calendar_along(self.hierarchy(self.time_axis))[0]
            if along is not calendar_along(time.default_hierarchy)[0]:
                return {}
            kept = tuple(one for one in self.modifiers.get("time", ()) if "rolling" not in one)
            modifiers = {**self.modifiers, "time": kept}
        else:
            modifiers = dict(self.modifiers)
        within = self.browser.cell(tuple(cuts)).cuts
        timed = [cut for cut in within if cut.dimension == time.name and not cut.attribute]
        return modifiers if len(runs_left(time, timed)) < 2 else {}

    def _paths(self, axes: Sequence[Axis], cell: Cell) -> Paths:
        return tuple(self._path(axis, cell) for axis in axes)

    def _path(self, axis: Axis, cell: Cell) -> Path:
        levels = self.levels(axis)
        path = tuple(cell[level.key.ref] for level in levels)
        if (axis, path) not in self.labels:
            self.labels[axis, path] = self._label(axis, path, cell[levels[-1].label.ref])
        return path

    def _label(self, axis: Axis, path: Path, label: object) -> str:
        if label is not None:
            return str(label)
        unknown = self.browser.model.dimension(axis.dimension).unknown
        return str(path[-1]) if path[-1] is not None else unknown.in_language(self.browser.language)


def open_grains(
    runtime: Runtime,
    person: Person,
    cube: str,
    language: str,
    snapshot: Snapshot,
    cancellation: Cancellation | None = None,
    membership: Membership = AS_WAS,
) -> Grains:
    """Grains of a cube for whoever asks."""
    model = runtime.cubes.model.cube(cube).by_membership(membership)
    readers = StoppableReaders(
        cast(Stoppable, runtime.cubes.readers_at(model, snapshot)), cancellation
    )
    settings = runtime.settings
    limits = SliceLimits(settings.slice_rows, settings.slice_columns, settings.slice_cells)
    most = Limits(cells=limits.rows + 1)
    browser = ClickHouseBrowser(model, readers, snapshot, person.scope, language, most)
    return Grains(browser, readers, limits)


def too_many(number: int, noun: str, most: int) -> LimitReached:
    """The sentence for a slice that is too large to be asked."""
    return LimitReached(
        f"This slice would have {number:,} {noun}; at most {most:,} can be shown. "
        "Cut it, use a higher level, or take a dimension away; or export it as CSV or Parquet.",
        code=TOO_LARGE,
        field="rows",
    )
