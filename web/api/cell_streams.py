"""All cells of a drill-down, however many there are: asked once, sent as the engine finds them.

What is one expression of SQL is written by the engine, or goes straight into columns. What is
worked out from parts is worked out here, a few thousand rows at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response

from server.cube import asked
from server.cube.cell import Cut, parse_cuts
from server.cube.derived import work_out
from server.cube.drilldown import Drill, parse_drilldown
from server.cube.elements import Aggregate
from server.cube.modifiers import outputs_of
from server.cube.statement import SPLIT, Breakdown, Order, Statement, aggregate_statement
from server.cube.statement_files import cells_statement, empty_statement
from server.errors import AskerError, TooManyRequests
from server.exports.columns import schema_with_parts
from web.api.asking import CubeQuestion
from web.api.columns import cell_columns
from web.api.streams import (
    Row,
    Sheet,
    batches_of,
    columns_of_engine,
    streamed,
    written_by_engine,
)
from web.visitor import runtime

_TOO_MANY = ("limit_reached", "many_members")


def can_be_streamed(question: CubeQuestion, refusal: AskerError) -> bool:
    """Whether a question that was too large for one answer can be answered in a stream."""
    is_too_large = refusal.code in _TOO_MANY and not isinstance(refusal, TooManyRequests)
    is_plain = not (question.has_page or question.is_table or question.modifiers)
    chosen = asked.aggregates(question.browser.model, question.values.get("aggregates"))
    return (
        is_too_large
        and is_plain
        and question.format != "json"
        and question.is_broken_down
        and not any(one.carry for one in chosen)
    )


def all_cells(question: CubeQuestion) -> Response:
    """Every cell, in the order that was asked for."""
    asking = _Asking(question)
    statement, sheet = asking.statement, asking.sheet
    if asking.is_worked_out:
        return streamed(sheet, asking.rows())
    if sheet.is_of_columns:
        return columns_of_engine(sheet, statement)
    if sheet.form == "csv":
        statement = cells_statement(
            statement, asking.types, asking.in_order, [one.name for one in asking.aggregates]
        )
    return written_by_engine(sheet, statement)


@dataclass(frozen=True)
class _Asking:
    """One question in the making."""

    question: CubeQuestion

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        browser = self.question.browser
        return asked.aggregates(browser.model, self.question.values.get("aggregates"))

    @cached_property
    def drills(self) -> tuple[Drill, ...]:
        cell = self.question.browser.cell(self.question.cuts)
        return parse_drilldown(cell, self.question.values.get("drilldown"))

    @cached_property
    def breakdown(self) -> Breakdown:
        browser, split = self.question.browser, self.question.values.get("split")
        cuts: tuple[Cut, ...] | None = None
        if split:
            cuts = parse_cuts(browser.model, split, browser.today)
        return Breakdown(self.drills, cuts)

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        names = [one.name for one in self.aggregates]
        wanted = self.question.values.get("order")
        return asked.order(self.question.browser.model, wanted, self.drills, names)

    @property
    def in_order(self) -> list[Order]:
        """What the cells are sorted by: what was asked, then the model's own order."""
        levels = [level for drill in self.drills for level in drill.levels]
        natural = [
            Order.of(by, is_descending=level.is_descending)
            for level in levels
            for by in {one.ref: one for one in (level.order_by, level.key)}.values()
        ]
        split = [Order(SPLIT)] if self.breakdown.split is not None else []
        return [*self.orders, *split, *natural]

    @cached_property
    def statement(self) -> Statement:
        browser = self.question.browser
        return aggregate_statement(
            browser.cell(self.question.cuts),
            browser.snapshot,
            self.aggregates,
            self.breakdown,
            order=self.orders,
            language=browser.language,
        )

    @cached_property
    def types(self) -> tuple[str, ...]:
        return runtime().store.streams.types(empty_statement(self.statement))

    @property
    def sheet(self) -> Sheet:
        columns = cell_columns(
            self.question.browser.model,
            self.drills,
            outputs_of(self.aggregates, (), ()),
            has_split=self.breakdown.split is not None,
        )
        based, served_by = self.question.based, self.statement.served_by
        has_absences = self.question.has_absences
        return Sheet("aggregate", self.question.format, columns, based, served_by, has_absences)

    @property
    def is_worked_out(self) -> bool:
        """Whether rows must pass through Python: to be worked out, or to say why one is none."""
        if any(one.is_derived for one in self.aggregates):
            return True
        may_lack = not all(one.is_zero_of_nothing for one in self.aggregates)
        return may_lack and (self.question.format == "jsonl" or self.question.has_absences)

    def rows(self) -> Iterator[Row]:
        """The cells, worked out."""
        explain = self.question.explained.row
        schema = schema_with_parts(self.sheet.columns, self.statement.columns, self.types)
        wide = [one.name for one in self.sheet.columns if one.kind == "wide"]
        for batch in batches_of(self.statement, schema):
            rows: list[dict[str, Any]] = batch.to_pylist()
            for name in wide:
                for row in rows:
                    row[name] = None if row[name] is None else int(row[name])
            work_out(rows, self.aggregates)
            yield from map(explain, rows)
