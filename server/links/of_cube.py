"""A question for aggregates as a table: the members that it breaks down by, and the figures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from server.cube import asked
from server.cube.browser import ClickHouseBrowser
from server.cube.cell import ScopedCell
from server.cube.drilldown import Drill, parse_drilldown, refuse_many_members
from server.cube.elements import Aggregate
from server.links.table import LinkTable
from server.slices.explained import Explained

Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class CubeQuestion:
    """What is asked of a cube, as the words of an address."""

    browser: ClickHouseBrowser
    words: Words

    def check(self) -> None:
        """Raise what is wrong with it; nothing is asked of the facts."""
        names = [one.name for one in self._aggregates]
        asked.order(self.browser.model, self._named("order"), self._drills, names)
        refuse_many_members(self._cell, self._drills)

    def table(self) -> LinkTable:
        """The answer: the attributes of the levels, then the aggregates."""
        drilldown = [one.text for one in self._drills]
        found = self.browser.aggregate(
            self._cuts,
            aggregates=[one.name for one in self._aggregates],
            drilldown=drilldown or None,
            order=self._named("order") or None,
            summary=not drilldown,
        )
        explained = Explained(self.browser, self._cell, drilldown)
        cells = [explained.row(one) for one in (found.cells if drilldown else [found.summary])]
        columns, snapshot = self._columns, self.browser.snapshot
        return LinkTable(
            columns,
            tuple(tuple(cell[name] for name in columns) for cell in cells),
            snapshot,
            snapshot.watermarks.get(self.browser.model.fact.name),
        )

    @property
    def _columns(self) -> tuple[str, ...]:
        levels = [level for drill in self._drills for level in drill.levels]
        refs = [one.ref for level in levels for one in level.attributes]
        return (*dict.fromkeys(refs), *(one.name for one in self._aggregates))

    @cached_property
    def _drills(self) -> tuple[Drill, ...]:
        return parse_drilldown(self._cell, self._named("drilldown"))

    @cached_property
    def _aggregates(self) -> tuple[Aggregate, ...]:
        return tuple(asked.aggregates(self.browser.model, self._named("aggregates") or None))

    @cached_property
    def _cell(self) -> ScopedCell:
        return self.browser.cell(self._cuts)

    @property
    def _cuts(self) -> list[str]:
        return list(self.words.get("cut", ()))

    def _named(self, name: str) -> list[str]:
        texts = [one for text in self.words.get(name, ()) for one in re.split("[,|]", text)]
        return [one for one in texts if one]
