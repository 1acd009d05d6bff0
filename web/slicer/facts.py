"""Facts of a cell, by the key that the cube's clients know them by."""

from typing import Any

from flask import Response

from server.cube.asked import fact_key, ordering
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cubes_form import FACT_KEY
from server.cube.elements import Labels, ValueType, value_type_of
from server.cube.statement import Order, Statement
from server.cube.statement_facts import keyed_facts_statement, keyed_fields
from server.errors import InvalidInput
from web.slicer.aggregates import record_limit
from web.slicer.asking import Asked
from web.slicer.mistakes import no_such_fact
from web.slicer.streams import json_lines_by_engine, rows_of, written_by_engine
from web.slicer.writing import CSV, as_json_lines, attached, csv_text
from web.visitor import runtime


def facts(browser: ClickHouseBrowser, asked: Asked) -> list[dict[str, Any]]:
    """The facts, as far as the limit of records goes."""
    statement = keyed_facts_statement(
        browser.cell(asked.cell),
        browser.snapshot,
        _fields(browser.model, asked),
        order=_order(browser.model, asked),
        page=asked.rows(record_limit() + 1),
        language=browser.language,
    )
    return _answered(statement)


def fact(browser: ClickHouseBrowser, key: str) -> dict[str, Any]:
    """The fact of that key; NotFound when there is none that may be seen."""
    statement = keyed_facts_statement(
        browser.cell(),
        browser.snapshot,
        keyed_fields(browser.model),
        key=key if browser.model.key else _line(key),
        order=(),
        page=Asked().rows(1),
        language=browser.language,
    )
    found = _answered(statement)
    if not found:
        raise no_such_fact(key)
    return found[0]


def facts_csv(browser: ClickHouseBrowser, asked: Asked, header: str) -> Response:
    """All facts as CSV, their key first."""
    fields = _fields(browser.model, asked)
    labels = _labels(browser)
    key = browser.model.key or FACT_KEY
    heads = {"labels": [key, *(labels[name] for name in fields)], "names": [key, *fields]}
    head = csv_text([heads[header]]) if header in heads else ""
    statement = _all(browser, asked, fields, is_file=True)
    return attached(written_by_engine(statement, "CSV", head, CSV), "facts")


def facts_lines(browser: ClickHouseBrowser, asked: Asked) -> Response:
    """All facts as JSON lines."""
    fields = _fields(browser.model, asked)
    statement = _all(browser, asked, fields, is_file=False)
    decimals = _decimals(browser.model) & fields.keys()
    if decimals:
        return as_json_lines(rows_of(statement, decimals))
    return json_lines_by_engine(statement)


def _line(key: str) -> tuple[int, int]:
    """Batch and source row, by which facts without a key of their own are known."""
    try:
        return fact_key(key)
    except InvalidInput:
        raise no_such_fact(key) from None


def _answered(statement: Statement) -> list[dict[str, Any]]:
    rows = runtime().store.readers.query(statement).rows
    return [dict(zip(statement.columns, row, strict=True)) for row in rows]


def _all(
    browser: ClickHouseBrowser, asked: Asked, fields: dict[str, str], *, is_file: bool
) -> Statement:
    """Facts of any number; they are only sorted where an order or a page is asked for."""
    is_sorted = asked.order or asked.page
    return keyed_facts_statement(
        browser.cell(asked.cell),
        browser.snapshot,
        fields,
        order=_order(browser.model, asked) if is_sorted else None,
        page=asked.page,
        texts="harmless" if is_file else "as they are",
        language=browser.language,
    )


def _fields(cube: CubeModel, asked: Asked) -> dict[str, str]:
    known = keyed_fields(cube)
    for name in asked.fields:
        if name not in known:
            raise InvalidInput(
                f"Facts of {cube.name} have no field {name!r}. Allowed: {', '.join(known)}.",
                code="unknown_field",
                field="fields",
                allowed=known,
            )
    return {name: known[name] for name in asked.fields} or known


def _order(cube: CubeModel, asked: Asked) -> tuple[Order, ...]:
    """What to sort by: any field, whether the answer has it or not."""
    return ordering(cube.name, asked.order, [FACT_KEY, *keyed_fields(cube)], cube.attributes)


def _labels(browser: ClickHouseBrowser) -> dict[str, str]:
    cube = browser.model
    attributes = {each.ref: each.labels for one in cube.dimensions for each in one.attributes}
    details = {name: each.labels for name, each in cube.details.items()}
    measures = {each.name: each.labels for each in cube.measures}
    labels: dict[str, Labels] = {**measures, **details, **attributes}
    return {name: each.in_language(browser.language) for name, each in labels.items()}


def _decimals(cube: CubeModel) -> set[str]:
    """The fields whose values have decimals that a binary float would not keep."""
    attributes = {each.ref: each.value_type for one in cube.dimensions for each in one.attributes}
    details = {name: value_type_of(each.spec.plain_type) for name, each in cube.details.items()}
    measures = {each.name: each.value_type for each in cube.measures}
    types = {**measures, **details, **attributes}
    return {name for name, each in types.items() if each is ValueType.DECIMAL}
