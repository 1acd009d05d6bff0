"""What a cube says of a member that has no fact at all, period by period; nothing is asked for it.

Of days that are loaded counts and sums are 0, of others nothing is known. Which days a figure is of
depends on the row's period, the cuts of time, its modifier and what it is compared with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from server.cube import asked
from server.cube.elements import Aggregate, DimensionKind
from server.cube.grains import Grain, Row, key_reader
from server.cube.key_values import parts_of
from server.cube.marked import ABSENCES
from server.cube.modified import Question, of_nobody
from server.cube.modified_figures import of_nothing
from server.cube.modifiers import Comparison, Modifier, outputs_of, read_comparisons, read_modifiers
from server.cube.time_frame import Days, runs_left
from server.cube.time_paths import span
from server.indicators.absence import Absence

if TYPE_CHECKING:
    from server.cube.browser import ClickHouseBrowser


@dataclass(frozen=True)
class Nobody:
    """A member without facts, at the periods of a grain."""

    browser: "ClickHouseBrowser"
    cuts: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    grain: Grain
    modifiers: tuple[Modifier, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    def figures(self, row: Row) -> Row:
        """Its figures at the period of a row; why they are none is told in `absences`."""
        if self._last is None:
            return _absent(self._names, Absence.NOT_LOADED)
        if self._is_modified:
            timed = tuple(one for one in self.grain if one.dimension.kind is DimensionKind.TIME)
            found = self._by_period.get(key_reader(timed)(row))
            return found or _absent(self._names, Absence.NOT_LOADED)
        return self._loaded if self._is_loaded(row) else _absent(self._names, Absence.NOT_LOADED)

    @property
    def _names(self) -> tuple[str, ...]:
        outputs = outputs_of(self.aggregates, self.modifiers, self.comparisons)
        return tuple(output.name for output in outputs)

    @property
    def _is_modified(self) -> bool:
        is_carried = any(one.carry for one in self.aggregates)
        return bool(self.modifiers or self.comparisons) or is_carried

    @cached_property
    def _by_period(self) -> Mapping[tuple[Any, ...], Row]:
        browser = self.browser
        question = Question(
            browser.cell(list(self.cuts)),
            browser.snapshot,
            self.aggregates,
            self.grain,
            None,
            self.modifiers,
            self.comparisons,
            browser.loaded(),
            browser.limits.cells,
            is_beside=all(one.dimension.kind is not DimensionKind.TIME for one in self.grain),
        )
        return of_nobody(question)

    @cached_property
    def _loaded(self) -> Row:
        """The figures of loaded days."""
        values = {one.name: of_nothing(one) for one in self.aggregates}
        why = {name: str(one) for name, one in values.items() if isinstance(one, Absence)}
        return {**values, **dict.fromkeys(why), ABSENCES: why}

    @cached_property
    def _last(self) -> date | None:
        """The last day with facts; none where there are none."""
        return self.browser.snapshot.watermarks.get(self.browser.model.fact.name)

    @cached_property
    def _runs(self) -> tuple[Days, ...]:
        """The loaded days that the cuts of time leave in."""
        table, time = self.browser.model.fact.name, self.browser.model.time
        first = self.browser.snapshot.first_dates.get(table, date.min)
        cell = self.browser.cell(list(self.cuts))
        cuts = [cut for cut in cell.cuts if time and cut.dimension == time.name]
        runs = runs_left(time, [cut for cut in cuts if not cut.attribute]) if time else ()
        known = ((max(one, first), min(other, self._last or other)) for one, other in runs)
        return tuple(run for run in known if run[0] <= run[1])

    def _is_loaded(self, row: Row) -> bool:
        """Whether facts of some of the row's days are loaded."""
        if self.browser.model.time is None:
            return True
        first, last = date.min, date.max
        for drill in self.grain:
            if drill.dimension.kind is DimensionKind.TIME:
                path = key_reader((drill,))(row)
                if None not in path:  # else the days that its calendar does not reach
                    begun, ended = span(parts_of(drill.hierarchy), path)
                    first, last = max(first, begun), min(last, ended)
        return any(run[0] <= last and run[1] >= first for run in self._runs)


def nobody_in(
    browser: "ClickHouseBrowser",
    cuts: Sequence[str],
    names: Sequence[str],
    grain: Grain,
    modifiers: Mapping[str, Any],
) -> Nobody:
    """A member without facts in a cube within some cuts; modifiers are those of its source."""
    return Nobody(
        browser,
        tuple(cuts),
        asked.aggregates(browser.model, names),
        grain,
        read_modifiers(modifiers.get("time")),
        read_comparisons(modifiers.get("compare")),
    )


def _absent(names: Sequence[str], why: Absence) -> Row:
    return {**dict.fromkeys(names), ABSENCES: dict.fromkeys(names, str(why))}
