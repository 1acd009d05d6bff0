"""Questions to a cube for the rows of a grain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import parse_cuts
from server.cube.drilldown import Drill
from server.cube.statement import Page
from server.errors import InvalidInput, LimitReached
from server.slices.explained import Explained
from web.odata.grain import id_of
from web.odata.options import Sorting
from web.odata.rows import Row, Window
from web.odata.sets import ID, EntitySet, Property


@dataclass
class GrainQuestion:
    """Asks figures by drill-downs; its rows hold what the drill-downs show, by property names."""

    browser: ClickHouseBrowser
    asked: EntitySet
    drills: tuple[Drill, ...]
    figures: tuple[str, ...]  # names of aggregates
    cuts: tuple[str, ...] = ()
    total: int | None = field(default=None, init=False)  # rows of all pages, once asked

    @property
    def shown(self) -> tuple[Property, ...]:
        """The attributes that its rows hold."""
        refs = {
            attribute.ref
            for drill in self.drills
            for level in drill.levels
            for attribute in level.attributes
        }
        return tuple(one for one in self.asked.of_role("attribute") if one.ref in refs)

    def whole(self) -> list[Row]:
        """All rows; LimitReached when they are too many for one answer."""
        if not self.drills:
            found = self._rows((), None)
            self.total = 1
            return found
        most = self.browser.limits.cells
        found = self._rows((), Page(most + 1))
        if len(found) > most:
            raise LimitReached(
                f"The answer has more than {most:,} rows before it is filtered or grouped further: "
                "filter by dimensions, or ask for fewer levels.",
                field="$apply",
            )
        return found

    def window(self, window: Window, order: Sequence[Sorting]) -> list[Row]:
        """Some of the rows, sorted by the engine."""
        return self._rows(self._order(order), window.page)[: window.size]

    def _rows(self, order: Sequence[str], page: Page | None) -> list[Row]:
        texts = [drill.text for drill in self.drills]
        result = self.browser.aggregate(
            list(self.cuts),
            aggregates=list(self.figures),
            drilldown=texts or None,
            order=list(order) or None,
            page=page,
            summary=not self.drills,
        )
        self.total = result.total_cell_count
        explained = Explained(self.browser, self.browser.cell(list(self.cuts)), texts)
        cells = result.cells if self.drills else [result.summary]
        return [self._row(explained.row(cell)) for cell in cells]

    def _row(self, cell: Row) -> Row:
        attributes = {one.name: cell[one.ref] for one in self.shown}
        figures = {name: cell[name] for name in self.figures}
        return {ID: id_of(self.drills, cell), **attributes, **figures}

    def _order(self, order: Iterable[Sorting]) -> list[str]:
        by_name = {one.name: one for one in self.shown}
        return [
            f"{by_name[one.name].ref if one.name in by_name else one.name}:"
            f"{'desc' if one.is_descending else 'asc'}"
            for one in order
        ]


def question_of_id(
    browser: ClickHouseBrowser, asked: EntitySet, figures: tuple[str, ...], text: str
) -> GrainQuestion:
    """The question whose one row has this key."""
    cuts = parse_cuts(browser.model, text)
    drills = []
    for cut in cuts:
        dimension = browser.model.dimension(cut.dimension)
        hierarchy = dimension.hierarchy(cut.hierarchy)
        if cut.kind != "point" or cut.is_negated or hierarchy is None:
            raise InvalidInput("The key of a row is a list of members.", field=ID)
        drills.append(Drill(dimension, hierarchy, cut.depth))
    return GrainQuestion(browser, asked, tuple(drills), figures, (text,) if text else ())
