"""Random questions are answered the same with roll-ups and without."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.cube.browser import ClickHouseBrowser
from server.errors import InvalidInput
from tests.cube.market import Market, market_model, snapshot_of
from tests.cube.oracle import LEVELS, OracleCut
from tests.cube.rolled_market import known_days, ready, rolled_market
from tests.cube.test_browser_laws import LAWS, _cuts, _drills


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    market = rolled_market(tmp_path_factory.mktemp("market") / "models")
    yield market
    market.close()


@LAWS
@given(
    cuts=st.lists(_cuts(), max_size=2),
    drills=_drills(),
    top=st.integers(0, 7),
    hidden=st.sets(st.integers(1, 6), max_size=3),
    version=st.integers(0, 2),
    split=st.one_of(st.none(), _cuts()),
    names=st.sets(
        st.sampled_from([each.name for each in market_model().cube("sales").aggregates]),
        min_size=1,
        max_size=4,
    ),
)
def test_every_answer_is_the_same_with_roll_ups_and_without(
    market: Market,
    cuts: list[OracleCut],
    drills: list[tuple[str, int]],
    top: int,
    hidden: set[int],
    version: int,
    split: OracleCut | None,
    names: set[str],
) -> None:
    snapshot = snapshot_of(top, hidden & set(range(1, top + 1)), version)
    question: dict[str, Any] = {
        "cell": [cut.text for cut in cuts],
        "aggregates": sorted(names),
        "drilldown": [
            f"{along}:{LEVELS[along][depth - 1].rpartition('.')[2]}" for along, depth in drills
        ],
        "split": [split.text] if split else None,
        "page": 0,
        "page_size": 1000,
    }

    answer = market.browser(ready(snapshot, market.model)).aggregate(**question)
    plain = market.browser(snapshot).aggregate(**question)

    assert (answer.cells, answer.summary, answer.total_cell_count) == (
        plain.cells,
        plain.summary,
        plain.total_cell_count,
    )


@settings(LAWS, max_examples=50)
@given(
    cuts=st.lists(_cuts(), max_size=2),
    time=st.sampled_from((None, "time:year", "time:quarter", "time:month", "time:day")),
    drill=st.sampled_from((None, "shop:town", "shop:shop", "article")),
    modifiers=st.sampled_from(
        (
            {"time": "ytd"},
            {"time": "mtd,rolling-2"},
            {"time": "qtd", "compare": "previous:difference"},
            {"compare": "last_year,previous:change"},
        )
    ),
    hidden=st.sets(st.integers(1, 6), max_size=3),
    names=st.sets(
        st.sampled_from([each.name for each in market_model().cube("sales").aggregates]),
        min_size=1,
        max_size=3,
    ),
)
def test_figures_along_time_are_the_same_with_roll_ups_and_without(
    market: Market,
    cuts: list[OracleCut],
    time: str | None,
    drill: str | None,
    modifiers: dict[str, str],
    hidden: set[int],
    names: set[str],
) -> None:
    snapshot = known_days(snapshot_of(6, hidden))
    question: dict[str, Any] = {
        "cell": [cut.text for cut in cuts],
        "aggregates": sorted(names),
        "drilldown": [each for each in (time, drill) if each],
        "page": 0,
        "page_size": 1000,
        **modifiers,
    }

    served, plain = (
        _told(market.browser(each), question) for each in (ready(snapshot, market.model), snapshot)
    )

    assert served == plain


def _told(browser: ClickHouseBrowser, question: dict[str, Any]) -> Any:
    """The answer, or why there is none."""
    try:
        answer = browser.aggregate(**question)
    except InvalidInput as wrong:
        return wrong.message
    return answer.cells, answer.summary, answer.total_cell_count
