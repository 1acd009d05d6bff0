"""The SQL around a SELECT whose answer goes into a file: its texts made harmless, its digest.

The digest is a sum over the rows, so that it depends on no order and can be worked out again from
a file, row by row: of each row the SHA-256 of its cells, as they stand in the file.
"""

import re
from collections.abc import Iterable, Sequence

from server.cube.grouping import output_name
from server.cube.plain_text import TextForm, in_form
from server.cube.statement import Order, Statement, order_lines
from server.indicators.absence import Absence

BETWEEN_CELLS = "\x1f"  # stands in no cell: files carry no control characters
_DECIMAL = re.compile(r"Decimal\(\d+, (\d+)\)")
_WRAPPER = re.compile(r"(?:LowCardinality|Nullable)\((.*)\)")


def plain(column_type: str) -> str:
    """A type of the engine without `LowCardinality` and `Nullable`."""
    found = _WRAPPER.fullmatch(column_type)
    return plain(found[1]) if found else column_type


def empty_statement(inner: Statement) -> Statement:
    """A SELECT without its rows: asked for the types of its columns."""
    sql = f"{_around(['*'], inner.sql)}\nLIMIT 0"
    return Statement(sql, inner.parameters, inner.columns)


def file_statement(inner: Statement, types: Sequence[str], form: TextForm) -> Statement:
    """The rows of a SELECT with every text in a form that a file may carry."""
    parameters = _Parameters(inner)
    listed = [
        f"{in_form(parameters, _column(name), form)} AS {output_name(name)}"
        if plain(column_type) == "String"
        else _column(name)
        for name, column_type in zip(inner.columns, types, strict=True)
    ]
    return Statement(_around(listed, inner.sql), parameters.given, inner.columns)


def cells_statement(
    inner: Statement, types: Sequence[str], order: Iterable[Order], figures: Iterable[str]
) -> Statement:
    """The cells of a SELECT as CSV holds them: texts harmless, a word where a figure is none.

    The engine sorts a SELECT inside another one only where it must: the order is said again.
    """
    parameters, told = _Parameters(inner), set(figures)
    outputs = []
    for name, column_type in zip(inner.columns, types, strict=True):
        cell = _column(name)
        if plain(column_type) == "String":
            cell = in_form(parameters, cell, "harmless")
        elif name in told and _is_nullable(column_type):
            none = parameters.parameter("none", "String", str(Absence.NOT_APPLICABLE))
            cell = f"ifNull({_cell(cell, plain(column_type), is_binary=False)}, {none})"
        outputs.append(f"{cell} AS {output_name(name)}")
    items = [f"{_column(one.ref)}{' DESC' if one.is_descending else ''}" for one in order]
    sql = "\n".join([_around(outputs, inner.sql), *order_lines(items)])
    return Statement(sql, parameters.given, inner.columns, inner.served_by, inner.about)


def digest_statement(inner: Statement, types: Sequence[str], *, is_binary: bool) -> Statement:
    """How many rows there are, and their digest; floats as their bits for a binary file."""
    cells = [
        f"ifNull({_cell(_column(name), plain(column_type), is_binary=is_binary)}, '')"
        for name, column_type in zip(inner.columns, types, strict=True)
    ]
    joined = f"concatWithSeparator(char(31), {', '.join(cells)})"
    outputs = [
        "count() AS `rows`",
        f"toString(sum(reinterpretAsUInt256(SHA256({joined})))) AS `digest`",
    ]
    return Statement(_around(outputs, inner.sql), inner.parameters, ("rows", "digest"))


class _Parameters:
    """Adds parameters to those of another statement."""

    def __init__(self, inner: Statement) -> None:
        self.given = dict(inner.parameters)

    def parameter(self, name: str, column_type: str, value: object) -> str:
        if self.given.setdefault(name, value) != value:
            raise ValueError(f"Parameter {name} has two values.")
        return f"{{{name}:{column_type}}}"


def _is_nullable(column_type: str) -> bool:
    return "Nullable(" in column_type


def _column(name: str) -> str:
    return f"inside.{output_name(name)}"


def _cell(column: str, column_type: str, *, is_binary: bool) -> str:
    """A cell's text as it stands in the file; NULL for nothing."""
    if column_type == "String":
        return column
    if scaled := _DECIMAL.fullmatch(column_type):
        return f"toDecimalString({column}, {scaled[1]})"
    if column_type.startswith("DateTime64"):
        return f"concat(replaceOne(toString({column}), ' ', 'T'), 'Z')"
    if column_type == "Float64" and is_binary:
        return f"toString(reinterpretAsUInt64({column}))"
    return f"toString({column})"


def _around(outputs: Iterable[str], sql: str) -> str:
    first, *others = (f"    {one}" for one in outputs)
    head = ",\n".join([first, *others])
    indented = "\n".join(f"    {line}" for line in sql.splitlines())
    return f"SELECT\n{head}\nFROM\n(\n{indented}\n) AS inside"
