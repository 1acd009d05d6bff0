"""One cube as the source of a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.cube import asked
from server.cube.browser import ClickHouseBrowser
from server.cube.drilldown import parse_drilldown
from server.cube.elements import Dimension
from server.cube.grains import Grain, Row, adds_up
from server.cube.statement import SPLIT
from server.cube.table import Table, TableQuestion, table_of
from server.cube.table_reading import read_table
from server.errors import LimitReached


@dataclass(frozen=True)
class CubeSource:
    """The rows of one cube within some cuts."""

    browser: ClickHouseBrowser
    cuts: tuple[str, ...]
    names: tuple[str, ...]  # of aggregates
    modifiers: Mapping[str, Any] = field(default_factory=dict)  # further words for the browser

    def adds_up(self, name: str, over: Iterable[Dimension]) -> bool:
        """Whether an aggregate's figures add up over some dimensions."""
        return adds_up(self.browser.model.aggregate(name), over)

    def rows(self, grain: Grain, cuts: Sequence[str] = ()) -> list[Row]:
        """The rows of a grain, asked from the facts."""
        cell = [*self.cuts, *cuts]
        if grain:
            return self._cells(cell, grain)
        whole = self.browser.aggregate(cell, aggregates=self.names, **self.modifiers)
        return [dict(whole.summary)]

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """The rows of a grain over the facts that a cut leaves out, those without a member too."""
        rows = [row for row in self._cells(self.cuts, grain, cut) if not row.pop(SPLIT)]
        return rows or ([] if grain else self._nothing())

    def _cells(self, cell: Sequence[str], grain: Grain, split: str | None = None) -> list[Row]:
        most = self.browser.limits.cells
        answer = self.browser.aggregate(
            cell,
            aggregates=self.names,
            drilldown=[drill.text for drill in grain],
            split=split,
            page=0,
            page_size=most,
            summary=False,
            **self.modifiers,
        )
        if (answer.total_cell_count or 0) > most:
            raise LimitReached(
                f"The answer has more than {most:,} cells, and all of them are needed to sort, "
                "mark or compare: cut it or drill less.",
                field="drilldown",
            )
        return [dict(row) for row in answer.cells]

    def _nothing(self) -> list[Row]:
        """The figures of no fact at all."""
        none: dict[str, Any] = dict.fromkeys(self.names)
        counts = {
            each.name: 0
            for each in self.browser.model.aggregates
            if each.name in none and each.is_additive
        }
        return [none | counts]


def read_cube_table(
    browser: ClickHouseBrowser, cuts: Sequence[str], names: Sequence[str], **words: Any
) -> TableQuestion:
    """What is asked of a table of one cube, checked; the words are those of `read_table`."""
    cell = browser.cell(list(cuts))
    return read_table(
        browser.model.name,
        names,
        lambda texts: parse_drilldown(cell, asked.drilldown(texts)),
        browser.limits.cells,
        **words,
    )


def cube_table(
    browser: ClickHouseBrowser,
    cuts: Sequence[str] = (),
    aggregates: str | Iterable[str] | None = None,
    *,
    modifiers: Mapping[str, Any] | None = None,
    **words: Any,
) -> Table:
    """The table of one cube; the words are those of `read_table`."""
    names = tuple(each.name for each in asked.aggregates(browser.model, aggregates))
    question = read_cube_table(browser, cuts, names, **words)
    return table_of(question, CubeSource(browser, tuple(cuts), names, modifiers or {}))
