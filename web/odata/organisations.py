"""Operands of many organisations: one question for all of one depth, not one for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.access import Scope
from server.cube.browser import ClickHouseBrowser
from server.cube.elements import Hierarchy
from server.periods import Period
from server.scorecards.arrival import within
from server.scorecards.figures import (
    Question,
    any_arrived,
    cells,
    figures_of,
    operands_by_period,
    period_of,
)
from server.scorecards.gathering import ByPeriod
from server.scorecards.slicing import Cuts, path_text

ORGANISATION = "organisation"
Path = tuple[str | None, ...]


@dataclass(frozen=True)
class Asking:
    """What is asked of one cube for one person."""

    browser: ClickHouseBrowser
    scope: Scope
    aggregates: tuple[str, ...]
    periods: tuple[Period, ...]  # of one kind, without gaps

    def of(self, paths: Sequence[Path]) -> dict[Path, ByPeriod]:
        """Every aggregate of every period, of each organisation; the empty path is the whole."""
        cube, found = self.browser.model, dict[Path, ByPeriod]()
        if not cube.has_dimension(ORGANISATION) or cube.dimension(ORGANISATION).is_spread:
            return {path: self._alone(path) for path in dict.fromkeys(paths)}
        hierarchy = cube.dimension(ORGANISATION).default_hierarchy
        for depth, together in _by_depth(paths):
            for some in self._bites(together):
                if depth and len(some) > 1:
                    found |= self._at_once(hierarchy, depth, some)
                else:
                    found |= {path: self._alone(path) for path in some}
        return found

    def _bites(self, paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
        """As many organisations at a time as an answer of the cube has room for."""
        size = max(self.browser.limits.cells // len(self.periods), 1)
        return (paths[start : start + size] for start in range(0, len(paths), size))

    def _question(self, path: Path) -> Question:
        cuts = Cuts.of({ORGANISATION: path})
        asked = within(cuts, self.scope)
        return Question(self.aggregates, self.periods, cuts.texts(), within=asked)

    def _alone(self, path: Path) -> ByPeriod:
        cube, snapshot = self.browser.model, self.browser.snapshot
        return operands_by_period(self.browser, cube, self._question(path), snapshot)

    def _at_once(
        self, hierarchy: Hierarchy, depth: int, paths: Sequence[Path]
    ) -> dict[Path, ByPeriod]:
        cube, snapshot = self.browser.model, self.browser.snapshot
        questions = {path: self._question(path) for path in paths}
        asked = [path for path in paths if any_arrived(questions[path], cube, snapshot)]
        known = self._cells(hierarchy, depth, asked) if asked else {}
        return {
            path: {
                period: figures_of(
                    known.get((path, period), {}),
                    cube,
                    self.aggregates,
                    period,
                    snapshot,
                    question.within,
                )
                for period in self.periods
            }
            for path, question in questions.items()
        }

    def _cells(
        self, hierarchy: Hierarchy, depth: int, paths: Sequence[Path]
    ) -> dict[tuple[Path, Period], Mapping[str, object]]:
        levels = hierarchy.levels[:depth]
        head = f"{ORGANISATION}@{hierarchy.name}"
        cut = f"{head}:{';'.join(path_text(path) for path in paths)}"
        by = f"{head}:{levels[-1].name}"
        found = cells(self.browser, Question(self.aggregates, self.periods, (cut,), by))
        kind = self.periods[0].kind
        return {
            (tuple(key_text(cell[level.key.ref]) for level in levels), period_of(cell, kind)): cell
            for cell in found
        }


def key_text(key: object) -> str | None:
    """A key as it stands in a path."""
    return None if key is None else str(key)


def _by_depth(paths: Sequence[Path]) -> list[tuple[int, list[Path]]]:
    found: dict[int, list[Path]] = {}
    for path in dict.fromkeys(paths):
        found.setdefault(len(path), []).append(path)
    return list(found.items())
