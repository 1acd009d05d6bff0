"""A question put to the browser, its answer in the form in which answers are compared."""

from typing import Any

from server.cube.browser import ClickHouseBrowser
from tests.truth.answers import Answer
from tests.truth.figures import exact
from tests.truth.our_engine import OurEngine
from tests.truth.questions import Question


def browser_for(ours: OurEngine, question: Question, **others: Any) -> ClickHouseBrowser:
    """Whoever asks the question."""
    return ours.browser(
        question.moment,
        question.membership,
        question.language,
        question.scope,
        **{"is_rolled": question.is_rolled} | others,
    )


def asked(browser: ClickHouseBrowser, question: Question) -> Answer:
    """The browser's answer, its figures as fractions."""
    number, size = question.page or (None, None)
    result = browser.aggregate(
        [cut.text for cut in question.cuts],
        aggregates=question.aggregates,
        drilldown=[drill.text for drill in question.drills],
        split=[cut.text for cut in question.split] or None,
        order=[f"{ref}:{'desc' if down else 'asc'}" for ref, down in question.order]
        if question.drills or question.split
        else None,
        page=number,
        page_size=size,
    )
    names = question.aggregates
    cells = [
        {ref: exact(value) if ref in names else value for ref, value in cell.items()}
        for cell in result.cells or ()
    ]
    summary = {name: exact(value) for name, value in result.summary.items()}
    return Answer(cells, result.total_cell_count or 0, summary)
