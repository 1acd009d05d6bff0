"""The facts behind a cell are exactly those that its figure counts; behind *Others* too."""

from collections.abc import Iterable

import pytest

from server.cube.statement import Page
from server.runtime import Runtime
from server.slices.behind import facts_behind
from server.slices.grains import open_grains
from server.slices.result import ResultRow
from tests.slices.asking import ANALYST, CONFINED, answer


@pytest.mark.parametrize(
    "text",
    [
        "rows=organisation:carrier&value=flights&top=3:flights",
        # Departures without a tail number have no member: they are among the others.
        "rows=aircraft:tail_number&value=flights&top=2:flights",
        "rows=time:month&value=flights&top=4:flights&cut=origin:JFK",
        "rows=region:airport&rows=origin&value=flights&top=5:flights&cut=organisation:low_cost",
    ],
)
@pytest.mark.parametrize("person", [ANALYST, CONFINED], ids=["all", "confined"])
def test_the_facts_behind_others_are_as_many_as_it_says(
    flights: Runtime, text: str, person: object
) -> None:
    who = CONFINED if person is CONFINED else ANALYST
    result = answer(flights, text, who)
    others = next(row for row in result.rows if row.kind == "others")
    grains = open_grains(flights, who, "departures", "en", result.snapshot)
    found = facts_behind(grains, result.question.cuts, result.top_cut, Page(10))
    whole = facts_behind(grains, result.question.cuts, None, Page(10))

    assert found.total == others.cells[0]
    assert found.total + _top(result.rows) == whole.total


def _top(rows: Iterable[ResultRow]) -> int:
    return sum(int(str(row.cells[0])) for row in rows if row.kind == "cell")
