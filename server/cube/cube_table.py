"""One cube as the source of a table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from server.cube import asked
from server.cube.browser import ClickHouseBrowser
from server.cube.drilldown import parse_drilldown
from server.cube.elements import Dimension, DimensionKind
from server.cube.grains import Grain, Row, adds_up, text_of_grain
from server.cube.modifiers import Output, read_outputs
from server.cube.nobody import Nobody, nobody_in
from server.cube.statement import SPLIT
from server.cube.table import Table, TableQuestion, table_of
from server.cube.table_reading import read_table
from server.errors import LimitReached

Explain = Callable[[Grain], Callable[[Row], Row]]


@dataclass(frozen=True)
class CubeSource:
    """The rows of one cube within some cuts."""

    browser: ClickHouseBrowser
    cuts: tuple[str, ...]
    aggregates: tuple[str, ...]
    modifiers: Mapping[str, Any] = field(default_factory=dict)  # of time: `time` and `compare`
    explain: Explain | None = None  # why figures of rows are absent, where somebody knows
    served_by: list[str] = field(default_factory=list)  # what was read, as far as it was asked
    unfinished: dict[str, list[Row]] = field(default_factory=dict)  # periods in part, by grain

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures: aggregates, and each of them by every modifier."""
        return tuple(self.outputs)

    @cached_property
    def outputs(self) -> dict[str, Output]:
        """What each of the figures is, by name."""
        chosen = [self.browser.model.aggregate(name) for name in self.aggregates]
        return {output.name: output for output in read_outputs(chosen, **self.modifiers)}

    def unfinished_in(self, grains: Iterable[Grain]) -> list[Row]:
        """The periods of some grains of which facts are loaded in part, each once."""
        found = [one for grain in grains for one in self.unfinished.get(text_of_grain(grain), ())]
        return list({str(one["period"]): one for one in found}.values())

    def adds_up(self, name: str, over: Iterable[Dimension]) -> bool:
        """Whether a figure adds up over some dimensions; one with modifiers never along time."""
        dimensions, output = list(over), self.outputs[name]
        if output.comparison is not None and output.comparison.form == "change":
            return False
        is_modified = output.modifier is not None or output.comparison is not None
        if is_modified and any(each.kind is DimensionKind.TIME for each in dimensions):
            return False
        return adds_up(output.aggregate, dimensions)

    def rows(self, grain: Grain, cuts: Sequence[str] = ()) -> list[Row]:
        """The rows of a grain, asked from the facts."""
        cell = [*self.cuts, *cuts]
        if grain:
            return self._told(grain, self._cells(cell, grain))
        whole = self.browser.aggregate(
            cell, aggregates=self.aggregates, is_beside=True, **self.modifiers
        )
        self.served_by.append(whole.served_by)
        self.unfinished[text_of_grain(grain)] = getattr(whole, "unfinished", [])
        return self._told(grain, [dict(whole.summary)])

    def of_nobody(self, grain: Grain) -> Nobody:
        """What it says of a member without facts, at the period of any row of a grain."""
        return nobody_in(self.browser, self.cuts, self.aggregates, grain, self.modifiers)

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """The rows of a grain over the facts that a cut leaves out, those without a member too."""
        rows = [row for row in self._cells(self.cuts, grain, cut) if not row.pop(SPLIT)]
        return self._told(grain, rows or ([] if grain else self._nothing()))

    def _told(self, grain: Grain, rows: list[Row]) -> list[Row]:
        if self.explain is None:
            return rows
        tell = self.explain(grain)
        return [tell(row) for row in rows]

    def _cells(self, cell: Sequence[str], grain: Grain, split: str | None = None) -> list[Row]:
        most = self.browser.limits.cells
        answer = self.browser.aggregate(
            cell,
            aggregates=self.aggregates,
            drilldown=[drill.text for drill in grain],
            split=split,
            page=0,
            page_size=most,
            summary=False,
            is_beside=all(drill.dimension.kind is not DimensionKind.TIME for drill in grain),
            **self.modifiers,
        )
        self.served_by.append(answer.served_by)
        self.unfinished[text_of_grain(grain)] = getattr(answer, "unfinished", [])
        if (answer.total_cell_count or 0) > most:
            raise LimitReached(
                f"The answer has more than {most:,} cells, and all of them are needed to sort, "
                "mark or compare: cut it or drill less.",
                field="drilldown",
            )
        return [dict(row) for row in answer.cells]

    def _nothing(self) -> list[Row]:
        """The figures of no fact at all."""
        return [
            {
                name: 0 if output.aggregate.is_zero_of_nothing and output.is_amount else None
                for name, output in self.outputs.items()
            }
        ]


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
    source = CubeSource(browser, tuple(cuts), names, modifiers or {})
    return table_of(read_cube_table(browser, cuts, source.names, **words), source)
