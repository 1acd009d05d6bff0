"""Aggregates of a cell, as JSON up to the limit of records or as CSV to the last cell."""

from collections.abc import Generator, Iterable
from functools import partial
from typing import Any

from flask import Response

from server.cube import asked as named
from server.cube.browser import ClickHouseBrowser
from server.cube.cell import ScopedCell, parse_cuts
from server.cube.derived import simple_ones, work_out
from server.cube.drilldown import Drill, parse_drilldown, refuse_many_members
from server.cube.elements import Aggregate, ValueType
from server.cube.statement import SPLIT, Breakdown, aggregate_statement
from web.slicer.asking import Asked
from web.slicer.cells import cut_words
from web.slicer.streams import Rows, rows_of
from web.slicer.writing import CSV, as_csv, attached
from web.visitor import runtime

_SPLIT_LABEL = "Matches Filters"


def aggregate(browser: ClickHouseBrowser, asked: Asked) -> dict[str, Any]:
    """The figures of the whole cell and of its cells; without a breakdown there are no cells."""
    cell = browser.cell(asked.cell)
    drills = _drills(cell, asked)
    result = browser.aggregate(
        asked.cell,
        aggregates=asked.aggregates,
        drilldown=[drill.text for drill in drills],
        split=list(asked.split) or None,
        order=asked.order,
        page=asked.rows(record_limit() + 1),
    )
    is_broken_down = bool(drills or asked.split)
    return {
        "summary": result.summary,
        "remainder": {},
        "cells": [_cell(row) for row in result.cells or ()] if is_broken_down else [],
        **({"total_cell_count": result.total_cell_count} if is_broken_down else {}),
        "aggregates": [each.name for each in named.aggregates(browser.model, asked.aggregates)],
        "cell": [cut_words(cut) for cut in cell.cuts],
        **({"levels": _levels(drills, asked)} if is_broken_down else {}),
        "attributes": _attributes(drills),
        "has_split": bool(asked.split),
    }


def aggregate_csv(browser: ClickHouseBrowser, asked: Asked, header: str) -> Response:
    """All cells as CSV; without a breakdown there is nothing to write, not even a header."""
    cell = browser.cell(asked.cell)
    drills = _drills(cell, asked)
    chosen = named.aggregates(browser.model, asked.aggregates)
    if not (drills or asked.split):
        return attached(Response("", content_type=CSV), "aggregate")
    labels = {
        **{each.ref: each.labels for drill in drills for level in drill.levels
           for each in level.attributes},
        **{each.name: each.labels for each in chosen},
    }  # fmt: skip
    columns = [
        *_attributes(drills),
        *([SPLIT] if asked.split else []),
        *(each.name for each in chosen),
    ]
    heads = {name: each.in_language(browser.language) for name, each in labels.items()}
    told = {
        "labels": [{SPLIT: _SPLIT_LABEL, **heads}[name] for name in columns],
        "names": columns,
        "none": [],
    }
    rows = _cells(browser, asked, cell, drills, chosen)
    return as_csv("aggregate", columns, told[header], rows)


def record_limit() -> int:
    """The rows after which JSON answers end: they have one more, by which clients tell."""
    return runtime().settings.slicer_records


def _drills(cell: ScopedCell, asked: Asked) -> tuple[Drill, ...]:
    drills = parse_drilldown(cell, asked.drilldown)
    if asked.page is None:
        refuse_many_members(cell, drills)
    return drills


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    """A row, with a truth where the engine has 1 or 0."""
    return {**row, SPLIT: bool(row[SPLIT])} if SPLIT in row else row


def _levels(drills: Iterable[Drill], asked: Asked) -> dict[str, list[str]]:
    levels = {
        drill.text.rpartition(":")[0]: [level.name for level in drill.levels] for drill in drills
    }
    return {**levels, **({SPLIT: [SPLIT]} if asked.split else {})}


def _attributes(drills: Iterable[Drill]) -> list[str]:
    return [
        attribute.ref
        for drill in drills
        for level in drill.levels
        for attribute in level.attributes
    ]


def _cells(
    browser: ClickHouseBrowser,
    asked: Asked,
    cell: ScopedCell,
    drills: tuple[Drill, ...],
    chosen: tuple[Aggregate, ...],
) -> Rows:
    """The cells one by one; what is carried on along time is worked out at once."""
    if any(each.carry for each in chosen):
        return _known(partial(_worked_out, browser, asked, drills))
    split = parse_cuts(browser.model, asked.split, browser.today) if asked.split else None
    names = [each.name for each in chosen]
    statement = aggregate_statement(
        cell,
        browser.snapshot,
        chosen,
        Breakdown(drills, split),
        order=named.order(browser.model, asked.order, drills, names),
        page=asked.page,
        language=browser.language,
    )
    keys = [each for drill in drills for level in drill.levels for each in level.attributes]
    decimals = {each.ref for each in keys if each.value_type is ValueType.DECIMAL}
    decimals |= {each.name for each in simple_ones(chosen) if each.value_type is ValueType.DECIMAL}
    return _figures(rows_of(statement, decimals), chosen)


def _figures(rows: Rows, chosen: tuple[Aggregate, ...]) -> Rows:
    for row in rows:
        work_out([row], chosen)
        yield _cell(row)


def _worked_out(browser: ClickHouseBrowser, asked: Asked, drills: tuple[Drill, ...]) -> Any:
    return browser.aggregate(
        asked.cell,
        aggregates=asked.aggregates,
        drilldown=[drill.text for drill in drills],
        split=list(asked.split) or None,
        order=asked.order,
        page=asked.page,
        summary=False,
    )


def _known(ask: Any) -> Generator[dict[str, Any], None, None]:
    yield from map(_cell, ask().cells)
