"""Whether a specification's mode, key, scope and cover fit the table that it fills."""

import re
from collections.abc import Iterator

from loaders.specification import ScopePart, Specification
from server.store.arrow import AnyTable
from server.store.tables import ColumnSpec, DimensionTableSpec

_OF_DIMENSIONS = ("complete", "merge")
_DATES = ("Date", "Date32")


def misfits(specification: Specification, table: AnyTable) -> Iterator[str]:
    """Every mistake, as a sentence."""
    is_dimension = isinstance(table, DimensionTableSpec)
    if is_dimension != (specification.mode in _OF_DIMENSIONS):
        kind = "a dimension" if is_dimension else "facts"
        allowed = "complete or merge" if is_dimension else "append, replace or upsert"
        yield f"{table.name} holds {kind}, so the mode is {allowed}, not {specification.mode}"
    columns = {column.name: column for column in table.columns}
    yield from _key_misfits(specification, columns)
    for part in specification.scope:
        yield from _part_misfits(part, columns)
    yield from _cover_misfits(specification)


def _key_misfits(specification: Specification, columns: dict[str, ColumnSpec]) -> Iterator[str]:
    for name in specification.key:
        column = columns.get(name)
        if column is None:
            yield f"the key names {name}, which is no column of {specification.table}"
        elif column.is_nullable or column.plain_type == "Float64":
            yield f"the key names {name}, which is {column.type}; a key is exact and always given"


def _part_misfits(part: ScopePart, columns: dict[str, ColumnSpec]) -> Iterator[str]:
    column = columns.get(part.column)
    if column is None:
        yield f"the scope names {part.column}, which is no column of the table"
        return
    kind = column.plain_type
    if column.is_nullable or kind.startswith(("Float", "Decimal", "DateTime")):
        yield (
            f"the scope names {part.column}, which is {column.type}; a scope is a text, a whole "
            "number or a date that is always given"
        )
    elif part.span and kind not in _DATES:
        yield f"the scope takes the {part.span} of {part.column}, which is {kind} and no date"


def _cover_misfits(specification: Specification) -> Iterator[str]:
    names = [part.name for part in specification.scope]
    if len(set(names)) < len(names):
        yield f"two parts of the scope are called the same: {', '.join(names)}"
    if specification.cover.file_name is None:
        return
    groups = sorted(re.compile(specification.cover.file_name).groupindex)
    if groups != sorted(names):
        yield (
            f"cover.file_name names {', '.join(groups)}, but the scope has "
            f"{', '.join(sorted(names)) or 'no part'}"
        )
