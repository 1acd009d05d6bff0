"""The facts behind a cell of a slice, page by page; behind *Others* too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.cube.cuts import parse_cuts
from server.cube.statement import Page
from server.cube.statement_facts import fact_count_statement, facts_statement
from server.slices.grains import Grains

Fact = dict[str, Any]


@dataclass(frozen=True)
class FactsBehind:
    """A page of facts, each with its batch and source row, and how many there are in all."""

    facts: tuple[Fact, ...]
    total: int


def facts_behind(
    grains: Grains, cuts: Sequence[str], outside: str | None, page: Page
) -> FactsBehind:
    """The facts within the cuts; those within `outside` are left out."""
    browser = grains.browser
    cell = browser.cell(tuple(cuts))
    if outside:
        cell = cell.without(parse_cuts(browser.model, outside))
    asked = facts_statement(cell, browser.snapshot, page=page, language=browser.language)
    rows = grains.readers.query(asked).rows
    total = grains.readers.query(fact_count_statement(cell, browser.snapshot)).rows[0][0]
    return FactsBehind(
        tuple(dict(zip(asked.columns, row, strict=True)) for row in rows), int(total)
    )
