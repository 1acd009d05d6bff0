"""The SQL that lists single facts, each with the batch and the source row that it came from."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from server.cube.cell import ScopedCell
from server.cube.conditions import cell_conditions
from server.cube.cube_model import CubeModel
from server.cube.cubes_form import FACT_KEY
from server.cube.elements import ValueType
from server.cube.grouping import Output, output_name
from server.cube.plain_text import TextForm, in_form
from server.cube.statement import (
    Order,
    Page,
    Statement,
    from_lines,
    order_items,
    order_lines,
    page_lines,
    select_lines,
    statement,
)
from server.cube.terms import Terms
from server.errors import InvalidInput
from server.snapshot import Snapshot
from server.store.tables import LOAD_COLUMN, ORIGIN_COLUMN, ROW_COLUMN

KEY = (LOAD_COLUMN, ROW_COLUMN)


def facts_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    fields: Sequence[str] = (),
    *,
    order: Sequence[Order] = (),
    page: Page | None = None,
    language: str = "en",
) -> Statement:
    """The facts of a cell: batch, source row and the fields; the order never has ties."""
    terms = Terms(cell.cube, snapshot, language)
    outputs = _outputs(terms, fields or default_fields(cell.cube))
    by = _items(terms, order, {each.ref for each in outputs})
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
        *order_lines([*by, *order_items(Order(name) for name in KEY)]),
        *page_lines(terms, page),
    ]
    return statement(lines, terms, outputs)


def all_facts_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    fields: Sequence[str] = (),
    *,
    texts: TextForm = "as they are",
    language: str = "en",
) -> Statement:
    """All facts of a cell, in whatever order the engine reads them: nothing has to be sorted."""
    terms = Terms(cell.cube, snapshot, language)
    outputs = [
        Output(one.ref, in_form(terms, one.sql, texts) if _is_text(cell.cube, one.ref) else one.sql)
        for one in _outputs(terms, fields or default_fields(cell.cube))
    ]
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
    ]
    return statement(lines, terms, outputs)


def fact_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    load: int,
    row: int,
    fields: Sequence[str] = (),
    *,
    language: str = "en",
) -> Statement:
    """The one fact of a batch and source row, if it is in the cell."""
    terms = Terms(cell.cube, snapshot, language)
    outputs = _outputs(terms, fields or default_fields(cell.cube))
    conditions = [*cell_conditions(terms, cell), *_is_line(terms, load, row)]
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, conditions),
        *page_lines(terms, Page(1)),
    ]
    return statement(lines, terms, outputs)


def keyed_facts_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    fields: Mapping[str, str],
    *,
    key: str | tuple[int, int] | None = None,
    order: Sequence[Order] | None = None,
    page: Page | None = None,
    texts: TextForm = "as they are",
    language: str = "en",
) -> Statement:
    """The facts of a cell as clients of cubes know them: the key, then fields by their names there.

    With a `key` only the fact that has it, a text or batch and source row; without an `order` they
    come as the engine reads them.
    """
    terms = Terms(cell.cube, snapshot, language)
    outputs = [Output(FACT_KEY, _key_sql(terms))]
    for name, field in fields.items():
        sql = _field(terms, field)
        outputs.append(
            Output(name, in_form(terms, sql, texts) if _is_text(cell.cube, field) else sql)
        )
    conditions = cell_conditions(terms, cell)
    if key is not None:
        conditions += _has_key(terms, key)
    source = [terms.column(ORIGIN_COLUMN), terms.column(ROW_COLUMN)]
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, conditions),
        *([] if order is None else order_lines([*_keyed_items(terms, order, fields), *source])),
        *page_lines(terms, page),
    ]
    return statement(lines, terms, outputs)


def keyed_fields(cube: CubeModel) -> dict[str, str]:
    """What clients of cubes may name as a field of a fact, each with what it is here."""
    attributes = [each.ref for dimension in cube.dimensions for each in dimension.attributes]
    details = {name: each.spec.name for name, each in cube.details.items()}
    measures = [measure.name for measure in cube.measures]
    return {**{ref: ref for ref in attributes}, **details, **{name: name for name in measures}}


def fact_count_statement(cell: ScopedCell, snapshot: Snapshot) -> Statement:
    """How many facts the cell has."""
    terms = Terms(cell.cube, snapshot, "en")
    outputs = [Output("facts", "count()")]
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
    ]
    return statement(lines, terms, outputs)


def default_fields(cube: CubeModel) -> tuple[str, ...]:
    """What a fact shows unless fields are named: all attributes, then all fact columns."""
    attributes = [each.ref for dimension in cube.dimensions for each in dimension.attributes]
    columns = [column.spec.name for column in cube.fact_columns]
    return tuple(dict.fromkeys([*attributes, *columns]))


def all_fields(cube: CubeModel) -> tuple[str, ...]:
    """Whatever may be named as a field: the default ones, the measures, batch and row."""
    measures = [measure.name for measure in cube.measures]
    return tuple(dict.fromkeys([*KEY, *default_fields(cube), *measures]))


def check_fields(cube: CubeModel, fields: Iterable[str]) -> tuple[str, ...]:
    """The fields, each once; `InvalidInput` for a name that is none."""
    allowed = all_fields(cube)
    checked = tuple(dict.fromkeys(fields))
    for name in checked:
        if name not in allowed:
            raise InvalidInput(
                f"Facts of {cube.name} have no field {name!r}. Allowed: {', '.join(allowed)}.",
                code="unknown_field",
                field="fields",
                allowed=allowed,
            )
    return checked


def _outputs(terms: Terms, fields: Iterable[str]) -> list[Output]:
    names = dict.fromkeys([*KEY, *fields])
    return [Output(name, _field(terms, name)) for name in names]


def _field(terms: Terms, name: str) -> str:
    cube = terms.cube
    if name == LOAD_COLUMN:  # of a fact people ask for the batch that brought its line
        return terms.column(ORIGIN_COLUMN)
    for dimension in cube.dimensions:
        for level in dimension.levels:
            for attribute in level.attributes:
                if attribute.ref == name:
                    member = terms.fact_column(dimension)
                    return terms.attribute(dimension, level, attribute, member)
    if any(column.name == name for column in cube.fact.stored_columns):
        return terms.column(name)
    return terms.amount(cube.measure(name))


def _has_key(terms: Terms, key: str | tuple[int, int]) -> list[str]:
    if isinstance(key, tuple):
        return _is_line(terms, *key)
    return [f"toString({_key_sql(terms)}) = {terms.parameter('key', 'String', key)}"]


def _is_line(terms: Terms, load: int, row: int) -> list[str]:
    return [
        f"{terms.column(ORIGIN_COLUMN)} = {terms.parameter('load', 'UInt32', load)}",
        f"{terms.column(ROW_COLUMN)} = {terms.parameter('row', 'UInt64', row)}",
    ]


def _items(terms: Terms, order: Sequence[Order], shown: Collection[str]) -> list[str]:
    """What to sort facts by, also fields that the answer does not show."""
    return [
        each.sql(output_name(each.ref) if each.ref in shown else _field(terms, each.ref))
        for each in order
    ]


def _keyed_items(terms: Terms, order: Sequence[Order], fields: Mapping[str, str]) -> list[str]:
    """What to sort facts by, also fields that the answer does not have."""
    known = keyed_fields(terms.cube)
    return [
        each.sql(output_name(each.ref) if is_there else _field(terms, known[each.ref]))
        for each in order
        for is_there in [each.ref in fields or each.ref == FACT_KEY]
    ]


def _key_sql(terms: Terms) -> str:
    if terms.cube.key:
        return terms.column(terms.cube.key)
    batch, row = terms.column(ORIGIN_COLUMN), terms.column(ROW_COLUMN)
    return f"concat(toString({batch}), '.', toString({row}))"


def _is_text(cube: CubeModel, name: str) -> bool:
    """Whether a field may hold any text."""
    for dimension in cube.dimensions:
        for attribute in dimension.attributes:
            if attribute.ref == name:
                return attribute.value_type is ValueType.TEXT
    columns = (column for column in cube.fact.columns if column.name == name)
    return any(column.plain_type == "String" for column in columns)
