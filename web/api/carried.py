"""Stocks that are carried on, in rows that are written as columns.

A figure that holds one has a further column behind all others, `beds__carried` for `beds`: the
oldest day that it is of. Where nothing is carried there is no such column. Rows of JSON say the
same in `carried`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.cube.modified import CARRIED
from server.exports.columns import Column

Row = Mapping[str, Any]


def with_carried(
    columns: Sequence[Column], rows: Iterable[Row]
) -> tuple[Sequence[Column], Iterable[Row]]:
    """The columns and rows, each figure that holds a stock carried on with its oldest day.

    Rows that come one by one hold none: a stock that is carried on is worked out at once.
    """
    if not isinstance(rows, Sequence):
        return columns, rows
    marked = {name for row in rows for name in row.get(CARRIED, ())}
    names = {one.name: f"{one.name}__{CARRIED}" for one in columns if one.name in marked}
    if not names:
        return columns, rows
    return [*columns, *(Column(name, "day") for name in names.values())], [
        {**row, **_days(row, names)} for row in rows
    ]


def _days(row: Row, names: Mapping[str, str]) -> Row:
    carried = row.get(CARRIED, {})
    return {told: carried.get(name) for name, told in names.items()}
