"""What a specification takes, told to programs: its columns, which values they hold, its key."""

from collections.abc import Mapping
from typing import Any

from loaders.context import LoadContext
from loaders.specification import Column, Specification
from loaders.values import ReadColumn
from server.store.arrow import AnyTable


def told_specification(context: LoadContext, specification: Specification) -> Mapping[str, Any]:
    """The specification for whoever wants to send rows of it."""
    schema = context.schema(specification)
    return {
        "specification": specification.name,
        "table": specification.table,
        "mode": specification.mode,
        "label": dict(specification.labels),
        "key": list(specification.key),
        "scope": [part.name for part in specification.scope],
        "needs_idempotency_key": specification.mode == "append",
        "delimiter": specification.delimiter,
        "no_value": list(specification.null),
        "columns": [
            _column(said, column, schema.table)
            for said, column in zip(specification.columns, schema.read, strict=True)
        ],
        "ignored_columns": list(specification.ignored_columns),
    }


def _column(said: Column, column: ReadColumn, table: AnyTable) -> Mapping[str, Any]:
    stored = {each.name: each.type for each in table.columns}
    return {
        "name": column.source,
        "becomes": column.name if column.name in stored else None,
        "type": stored.get(column.name, said.type),
        "required": not column.nullable,
        "least": None if column.least is None else str(column.least),
        "most": None if column.most is None else str(column.most),
        "one_of": list(column.one_of),
    }
