"""Tables as they are written: their rows, and what stands around them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.cube_table import CubeSource, Explain
from server.cube.table import Table
from server.slices.explained import Explained

Told = Callable[[Iterable[Mapping[str, Any]]], list[Mapping[str, Any]]]


def table_body(table: Table, told: Told = list) -> dict[str, Any]:
    """A table in JSON, each row as it is told; what was not asked is left out."""
    body: dict[str, Any] = {
        "summary": None if table.summary is None else told([table.summary])[0],
        "cells": told(table.rows),
        "total_cell_count": table.row_count,
    }
    if table.columns is not None:
        body["columns"] = list(table.columns)
    if table.totals:
        body["totals"] = [{"grain": one.grain, "cells": told(one.rows)} for one in table.totals]
    if table.others is not None:
        body["others"] = told(table.others)
    return body


def explained(browser: ClickHouseBrowser, cuts: Sequence[str]) -> Explain:
    """Tells of the rows of each grain why figures of them are absent."""
    cell = browser.cell(list(cuts))
    return lambda grain: Explained(browser, cell, [drill.text for drill in grain]).row


def served_by(sources: Iterable[CubeSource]) -> str:
    """What the figures were read from: the facts, or roll-ups."""
    return ", ".join(dict.fromkeys(one for source in sources for one in source.served_by if one))
