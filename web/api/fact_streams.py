"""All facts of a cell, however many there are: the engine writes them, at one snapshot.

Neither the engine nor this process ever holds more than a few blocks of rows.
"""

from typing import Any

from flask import Response

from server.cube import asked
from server.cube.statement import Page, Statement
from server.cube.statement_facts import (
    all_facts_statement,
    check_fields,
    fact_count_statement,
    facts_statement,
)
from server.cube.statement_files import empty_statement
from server.exports.columns import Column, engine_schema
from web.api.asking import CubeQuestion
from web.api.columns import key_names
from web.api.streams import Sheet, columns_of_engine, written_by_engine
from web.visitor import runtime


def all_facts(question: CubeQuestion) -> Response:
    """The facts in no order; the header `Indicube-Rows` says how many there are."""
    browser = question.browser
    cell = browser.cell(question.cuts)
    counted = runtime().store.readers.query(fact_count_statement(cell, browser.snapshot))
    statement = all_facts_statement(
        cell,
        browser.snapshot,
        _fields(question),
        texts="harmless" if question.format == "csv" else "as they are",
        language=browser.language,
    )
    answer = _written(question, statement)
    answer.headers["Indicube-Rows"] = str(int(counted.rows[0][0]))
    return answer


def page_of_facts(question: CubeQuestion) -> Response:
    """One page of the facts in an order without ties, as columns."""
    browser, pages = question.browser, question.pages
    page = asked.page(pages["page"], pages["page_size"], browser.limits.facts)
    statement = facts_statement(
        browser.cell(question.cuts),
        browser.snapshot,
        _fields(question),
        order=asked.fact_order(browser.model, question.values.get("order")),
        page=page or Page(browser.limits.facts),
        language=browser.language,
    )
    return _written(question, statement)


def _written(question: CubeQuestion, statement: Statement) -> Response:
    columns = [Column(name, "text") for name in statement.columns]
    sheet = Sheet("facts", question.format, columns, question.based, statement.served_by)
    if not sheet.is_of_columns:
        return written_by_engine(sheet, statement)
    return columns_of_engine(sheet, statement, _schema(question, sheet, statement))


def _schema(question: CubeQuestion, sheet: Sheet, statement: Statement) -> Any:
    types = runtime().store.streams.types(empty_statement(statement))
    keys = key_names(question.browser.model)
    return engine_schema(statement.columns, types, keys, sheet.told)


def _fields(question: CubeQuestion) -> tuple[str, ...]:
    return check_fields(question.browser.model, question.values.get("fields", ()))
