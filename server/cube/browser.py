"""The browser of a cube over ClickHouse: aggregate, members, facts.

It is an `AggregationBrowser` of cubes, registered as the entry point `clickhouse`, so that what is
written for cubes works on it. One browser belongs to one person, one snapshot and one language;
every question that it asks carries that person's scope and that snapshot. It keeps no state while
it works and may be used by several threads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from server.access import EVERYTHING, Scope
from server.cube import asked
from server.cube.cell import Cut, ScopedCell, cuts_from_objects, parse_cuts, scoped_cell, text_of
from server.cube.cube_model import CubeModel
from server.cube.cubes_result import FactRows, result_of
from server.cube.databrewery import AggregationBrowser, AggregationResult
from server.cube.databrewery import Cell as CubesCell
from server.cube.derived import simple_ones, work_out
from server.cube.drilldown import parse_drilldown, refuse_many_members
from server.cube.elements import AS_WAS, Aggregate, Function, Membership
from server.cube.loaded_days import loaded_days
from server.cube.model import Model
from server.cube.modified import Question
from server.cube.modified_answer import modified_answer
from server.cube.modifiers import read_comparisons, read_modifiers
from server.cube.reading_with import USUAL, Kept, Limits, Readers
from server.cube.statement import (
    Breakdown,
    Page,
    Statement,
    aggregate_statement,
    cell_count_statement,
    is_of_parts,
    take_totals,
)
from server.cube.statement_facts import (
    check_fields,
    default_fields,
    fact_count_statement,
    fact_statement,
    facts_statement,
)
from server.cube.statement_members import (
    Wanted,
    is_about,
    members_statement,
    table_members_statement,
)
from server.cube.terms import today_of
from server.errors import LimitReached
from server.snapshot import Snapshot

# A cell is text, several texts or `Cut`s, a cell of cubes, or nothing for the whole cube.
CellLike = Any
Row = dict[str, Any]


class ClickHouseBrowser(AggregationBrowser):  # type: ignore[misc]  # cubes has no types
    """Asks one cube for one person at one snapshot."""

    def __init__(
        self,
        cube: CubeModel,
        readers: Readers,
        snapshot: Snapshot,
        scope: Scope,
        language: str = "en",
        limits: Limits = USUAL,
    ) -> None:
        super().__init__(cube.cubes_cube_in(language), locale=language)
        self.model = cube
        self.snapshot = snapshot
        self.scope = scope
        self.language = language
        self.limits = limits
        self._readers = readers

    def knowing(self, aggregates: Iterable[Aggregate]) -> "ClickHouseBrowser":
        """A browser of the same person and snapshot that can be asked for more aggregates."""
        cube = replace(self.model, aggregates=(*self.model.aggregates, *aggregates))
        return ClickHouseBrowser(
            cube, self._readers, self.snapshot, self.scope, self.language, self.limits
        )

    def features(self) -> Row:
        """What this browser can do, in the words of cubes."""
        return {
            "actions": ["aggregate", "fact", "members", "facts", "cell"],
            "aggregate_functions": [function.value for function in Function],
            "post_aggregate_functions": [],
        }

    def is_builtin_function(self, function_name: str) -> bool:
        """Every function of the model is computed by the engine."""
        return bool(function_name)

    @property
    def today(self) -> date:
        """The day from which days such as `yesterday` are counted.

        That up to which the cube's contracts of arrival are met; without one the last with facts.
        """
        return self.snapshot.today(self.model.fact.name) or today_of(self.model, self.snapshot)

    def cell(self, cell: CellLike = None) -> ScopedCell:
        """The cell in any of its forms, with the scope built in."""
        return scoped_cell(self.model, self._cuts(cell), self.scope)

    def loaded(self) -> tuple[date, date]:
        """The first and the last day of which facts are known; asked where nobody has noted it."""
        return loaded_days(self.model, self.snapshot, self._rows)

    def aggregate(
        self,
        cell: CellLike = None,
        aggregates: str | Iterable[str] | None = None,
        drilldown: str | Sequence[Any] | None = None,
        split: CellLike = None,
        order: str | Sequence[Any] | None = None,
        page: int | Page | None = None,
        page_size: int | None = None,
        summary: bool = True,
        time: str | Iterable[str] | None = None,
        compare: str | Iterable[str] | None = None,
        is_beside: bool = False,
    ) -> AggregationResult:
        """The figures of a cell, broken down by a drill-down.

        Without `page` and `page_size` the answer holds every row, up to the limit. The summary is
        of the whole cell, in one pass over the facts with the cells where it follows from them
        exactly, else asked at its own grain; without `summary` it is left out. Its `served_by` says
        what was read: `facts`, or the name of a roll-up.

        With modifiers of `time` (`ytd,rolling-3`) or periods to `compare` with (`last_year:change`)
        every aggregate is also answered by each of them: see `modified`. A stock that is carried on
        from earlier periods is asked in the same way. What stands beside rows along another
        calendar (`is_beside`) has no figure where its own lacks the periods of a modifier.
        """
        scoped = self.cell(cell)
        chosen = asked.aggregates(self.model, aggregates)
        drills = parse_drilldown(scoped, asked.drilldown(drilldown))
        breakdown = Breakdown(drills, self._cuts(split) if split else None)
        pages = asked.page(page, page_size, self.limits.cells)
        if pages is None:
            refuse_many_members(scoped, drills)
        modifiers, comparisons = read_modifiers(time), read_comparisons(compare)
        if modifiers or comparisons or any(each.carry for each in chosen):
            about = (scoped, self.snapshot, chosen, drills, breakdown.split)
            most, known = self.limits.cells, self.loaded()
            question = Question(
                *about, modifiers, comparisons, known, most, self.language, is_beside
            )
            return self._modified(question, order, pages, summary)
        orders = asked.order(self.model, order, drills, [each.name for each in chosen])
        result = result_of(self.cube, scoped, chosen, breakdown)
        totals: Row = {}
        served_by: list[str] = []
        simple = simple_ones(chosen)
        if drills or breakdown.split is not None:
            statement = aggregate_statement(
                scoped,
                self.snapshot,
                chosen,
                breakdown,
                order=orders,
                page=pages or Page(self.limits.cells + 1),
                language=self.language,
                totals=[each for each in simple if summary and is_of_parts(each)],
            )
            cells = self._rows(statement, served_by)
            totals = take_totals(cells)
            work_out(cells, chosen)
            result.cells = cells
            result.total_cell_count = self._cell_count(scoped, breakdown, cells, pages)
        if summary:
            result.summary = self._summary(scoped, chosen, totals, served_by)
        result.served_by = ", ".join(dict.fromkeys(served_by))
        return result

    def members(
        self,
        cell: CellLike = None,
        dimension: Any = None,
        depth: int | None = None,
        level: Any = None,
        hierarchy: Any = None,
        order: str | Sequence[Any] | None = None,
        page: int | Page | None = None,
        page_size: int | None = None,
        search: str = "",
        from_table: bool = False,
    ) -> list[Row]:
        """The members of a dimension that have facts in the cell, down to a level or a depth.

        Only those whose key or label (in the browser's language) holds the `search` text. With
        `from_table` also members without facts, as long as neither a cut nor the scope is about
        another dimension: then only facts can tell which members may be seen.
        """
        scoped = self.cell(cell)
        drill = asked.members_drill(self.model, dimension, hierarchy, level, depth)
        pages = asked.page(page, page_size, self.limits.members)
        orders = asked.order(self.model, order, (drill,), ())
        most = pages or Page(self.limits.members + 1)
        wanted = Wanted(drill, asked.search(search), orders, most, self.language)
        has_all = from_table and drill.dimension.table is not None
        if has_all and is_about(scoped, drill.dimension.name):
            rows = self._rows(table_members_statement(scoped, self.snapshot, wanted))
        else:
            rows = self._rows(members_statement(scoped, self.snapshot, wanted))
        if pages is None:
            _refuse_more(rows, self.limits.members, "members", "search, cut or page")
        return rows

    def facts(
        self,
        cell: CellLike = None,
        fields: str | Iterable[str] | None = None,
        order: str | Sequence[Any] | None = None,
        page: int | Page | None = None,
        page_size: int | None = None,
        total: bool = False,
    ) -> FactRows:
        """The facts of a cell, each with `_load` and `_row`, in an order without ties.

        With `total` the answer's `total` is the number of all facts in the cell.
        """
        scoped = self.cell(cell)
        names = check_fields(self.model, asked.names(fields))
        pages = asked.page(page, page_size, self.limits.facts)
        statement = facts_statement(
            scoped,
            self.snapshot,
            names,
            order=asked.fact_order(self.model, order),
            page=pages or Page(self.limits.facts + 1),
            language=self.language,
        )
        rows = self._rows(statement)
        if pages is None:
            _refuse_more(rows, self.limits.facts, "facts", "cut or page")
        answer = FactRows(rows, names or default_fields(self.model))
        if total:
            answer.total = self._rows(fact_count_statement(scoped, self.snapshot))[0]["facts"]
        return answer

    def fact(self, key: Any, fields: str | Iterable[str] | None = None) -> Row | None:
        """The fact of a key `<batch>.<row>`, or nothing: not there, not visible, out of scope."""
        load, row = asked.fact_key(key)
        names = check_fields(self.model, asked.names(fields))
        statement = fact_statement(
            self.cell(), self.snapshot, load, row, names, language=self.language
        )
        return next(iter(self._rows(statement)), None)

    def path_details(self, dimension: Any, path: Sequence[Any], hierarchy: Any) -> Row | None:
        """The attributes of the member at a path, or nothing when it has no facts."""
        cut = {
            "type": "point",
            "dimension": str(dimension),
            "hierarchy": str(hierarchy),
            "path": list(path),
        }
        cuts = cuts_from_objects(self.model, [cut], self.today)
        drill = asked.members_drill(self.model, dimension, hierarchy, None, len(path) or None)
        wanted = Wanted(drill, page=Page(1), language=self.language)
        found = self._rows(members_statement(self.cell(cuts), self.snapshot, wanted))
        return next(iter(found), None)

    def _cuts(self, cell: CellLike) -> tuple[Cut, ...]:
        if cell is None:
            return ()
        if isinstance(cell, CubesCell):
            objects = [cut.to_dict() for cut in cell.cuts]
            return cuts_from_objects(self.model, objects, self.today)
        if isinstance(cell, str):
            return parse_cuts(self.model, cell, self.today)
        # Cuts made elsewhere are read again: what is asked has always been checked here.
        given = [text_of(self.model, [each]) if isinstance(each, Cut) else each for each in cell]
        return parse_cuts(self.model, given, self.today)

    def _rows(self, statement: Statement, served_by: list[str] | None = None) -> list[Row]:
        if served_by is not None:
            served_by.append(statement.served_by)
        rows = self._readers.query(statement).rows
        return [dict(zip(statement.columns, row, strict=True)) for row in rows]

    def _modified(
        self, question: Question, order: Any, pages: Page | None, summary: bool
    ) -> AggregationResult:
        orders = asked.order(self.model, order, question.drills, [o.name for o in question.outputs])

        def plain(served_by: list[str]) -> Row:
            return self._summary(question.cell, question.aggregates, {}, served_by)

        return modified_answer(self.cube, question, orders, pages, self._rows, summary and plain)

    def _summary(
        self, cell: ScopedCell, chosen: Sequence[Aggregate], totals: Row, served_by: list[str]
    ) -> Row:
        """The figures of the whole cell: those that came with the cells, the others asked."""
        lacking = [each for each in simple_ones(chosen) if each.name not in totals]
        if lacking:
            statement = aggregate_statement(cell, self.snapshot, lacking)
            totals |= self._rows(statement, served_by)[0]
        work_out([totals], chosen)
        return {each.name: totals[each.name] for each in chosen}

    def _cell_count(
        self, cell: ScopedCell, breakdown: Breakdown, cells: Sequence[Row], page: Page | None
    ) -> int:
        if page is None:
            _refuse_more(cells, self.limits.cells, "cells", "cut, drill less or page")
            return len(cells)
        if cells and len(cells) < page.size:
            return page.skip + len(cells)
        count = self._rows(cell_count_statement(cell, self.snapshot, breakdown))
        return int(count[0]["cells"])


class Cubes:
    """The cubes of a model over one store; makes a browser for each question's person.

    The model may change while it is served: then `current` answers the one of the moment. With
    `kept` rows that were asked for once are not asked of the store again.
    """

    def __init__(
        self,
        model: Model,
        readers: Readers,
        limits: Limits = USUAL,
        current: Callable[[], Model] | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._kept = kept
        self._model = model
        self._current = current
        self._readers = readers
        self._limits = limits

    @property
    def model(self) -> Model:
        """The model that is served now."""
        return self._current() if self._current else self._model

    def names(self) -> tuple[str, ...]:
        """The names of the cubes, in the order of the model."""
        return tuple(self.model.cubes)

    def readers_at(self, cube: CubeModel, snapshot: Snapshot) -> Readers:
        """Whatever runs the statements of one cube at one snapshot."""
        return self._kept.at(cube, snapshot) if self._kept else self._readers

    def browser(
        self,
        cube_name: str,
        snapshot: Snapshot,
        scope: Scope = EVERYTHING,
        language: str = "en",
        membership: Membership = AS_WAS,
    ) -> ClickHouseBrowser:
        """A browser of one cube; `NotFound` for a cube that the model does not have.

        Members of dated dimensions are where they belonged on the day of each fact (`as_was`), or
        where they belong now (`as_is`). What somebody may see is always decided as it is.
        """
        cube = self.model.cube_at(cube_name, snapshot.number).by_membership(membership)
        readers = self.readers_at(cube, snapshot)
        return ClickHouseBrowser(cube, readers, snapshot, scope, language, self._limits)


def fact_key(row: Mapping[str, Any]) -> str:
    """The key by which `fact` finds this row again."""
    return f"{row['_load']}.{row['_row']}"


def _refuse_more(rows: Sequence[Row], most: int, noun: str, remedy: str) -> None:
    if len(rows) > most:
        raise LimitReached(
            f"The answer has more than {most:,} {noun}: {remedy} to see them.", field="page"
        )


__all__ = ["ClickHouseBrowser", "Cubes", "Limits", "Readers", "fact_key"]
