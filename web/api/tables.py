"""Tables as they are written: their rows, and what stands around them."""

from typing import Any

from server.cube.marked import ABSENCES
from server.cube.table import Table


def table_body(table: Table) -> dict[str, Any]:
    """A table in JSON; what was not asked is left out."""
    body: dict[str, Any] = {
        "summary": table.summary,
        "cells": list(table.rows),
        "total_cell_count": table.row_count,
    }
    if table.columns is not None:
        body["columns"] = list(table.columns)
    if table.totals:
        body["totals"] = [{"grain": one.grain, "cells": list(one.rows)} for one in table.totals]
    if table.others is not None:
        body["others"] = list(table.others)
    return body


def plain_rows(table: Table) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """The names and the rows of a table as plain lines; why a figure is absent is left out."""
    rows = [{name: row[name] for name in row if name != ABSENCES} for row in table.rows]
    return tuple(rows[0]) if rows else (), rows
