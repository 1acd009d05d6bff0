"""Roll-ups answer what they can, always what the facts would, and say so as the engine does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.model import Model
from server.errors import ManyErrors
from tests.cube.market import Market, snapshot_of
from tests.cube.rolled_market import (
    ROLL_UPS,
    Watched,
    known_days,
    ready,
    rolled_market,
    rolled_up_model,
)
from tests.cube.test_browser_laws import DAYS, FIRST
from tests.cube.test_statement import Asked


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    market = rolled_market(tmp_path_factory.mktemp("market") / "models")
    yield market
    market.close()


def asked(
    market: Market, scope: Scope = EVERYTHING
) -> tuple[ClickHouseBrowser, ClickHouseBrowser, Watched]:
    """A browser that may use the roll-ups, one that may not, and who watches the first."""
    watched = Watched(market)
    snapshot = known_days(snapshot_of(6, [2]))
    cubes = Cubes(market.model, watched)
    with_them = cubes.browser("sales", ready(snapshot, market.model), scope)
    return with_them, market.browser(snapshot, scope), watched


SHAPES: dict[str, tuple[dict[str, Any], str]] = {
    "months of shops": (
        {"aggregates": "sales,pieces_sum", "drilldown": "time:month|shop:shop"},
        "by_month",
    ),
    "quarters, for they are made of months": (
        {"drilldown": "time:quarter", "aggregates": "sales,pieces_max,turnover_sum,paid_pieces"},
        "by_month",
    ),
    "years": ({"drilldown": "time:year", "aggregates": "sales,price_sum"}, "by_month"),
    "upper levels, looked up by the member": (
        {"drilldown": "shop:town", "aggregates": "pieces_sum,pieces_min,pieces_count"},
        "by_month",
    ),
    "the whole cell": ({"aggregates": "sales,pieces_sum"}, "by_day, by_month, by_week"),
    "a cut on a month": (
        {"cell": "time:2021,1,1|shop:north", "aggregates": "pieces_sum,price_sum"},
        "by_month",
    ),
    "a range that ends where months end": (
        {"cell": "time:2020,4,12-2021,1,1", "aggregates": "pieces_sum", "drilldown": "shop:town"},
        "by_month",
    ),
    "a negated cut": (
        {"cell": "!shop:north|!time:2021,1,1", "aggregates": "price_sum", "drilldown": "time:year"},
        "by_month",
    ),
    "a member that is absent": (
        {"cell": "shop:unknown,__null__", "aggregates": "price_sum"},
        "by_month",
    ),
    "a split by keys": (
        {"split": "shop:north", "aggregates": "price_sum", "drilldown": "time:year"},
        "by_month",
    ),
    "single days": (
        {
            "cell": "time:2021,1,1,3-2021,1,1,9|article:apple",
            "aggregates": "pieces_sum",
            "drilldown": "time:day",
        },
        "by_day",
    ),
    "days and weeks of articles": (
        {
            "drilldown": "time@iso:week|article",
            "page": 0,
            "page_size": 99,
            "aggregates": "pieces_sum",
        },
        "by_day",
    ),
    "a distinct count that is kept": (
        {
            "drilldown": "time@iso:week|article",
            "page": 0,
            "page_size": 99,
            "aggregates": "shops,paid_pieces",
        },
        "by_week",
    ),
    "an attribute of time": (
        {"cell": "time.month:1|time.year:2021", "aggregates": "price_sum"},
        "by_month",
    ),
    "an attribute of the dimension's table": (
        {"cell": "shop.town_name:North", "aggregates": "price_sum"},
        "by_month",
    ),
    "a page in an order": (
        {
            "drilldown": "shop:shop",
            "aggregates": "pieces_sum",
            "order": "pieces_sum:desc",
            "page": 0,
            "page_size": 2,
        },
        "by_month",
    ),
    "a filter that the keys tell": (
        {
            "drilldown": "time:month",
            "aggregates": "sales,apple_pieces,pieces_sum",
            "order": "apple_pieces:desc",
        },
        "by_day",
    ),
    "a filter and nothing to break down by": ({"aggregates": "apple_pieces"}, "by_day"),
    "a filter within a split": (
        {"aggregates": "apple_pieces", "split": "article:x'y", "drilldown": "time:day"},
        "by_day",
    ),
    "a distinct count of a key": (
        {"drilldown": "time:quarter|shop:town", "aggregates": "shops,shops_about,pieces_sum"},
        "by_month",
    ),
    "a year to date of whole months": (
        {
            "cell": "time:2021|!shop:north",
            "drilldown": "time:month|shop:shop",
            "aggregates": "sales,pieces_avg,pieces_max,shops",
            "time": "ytd,rolling-2",
        },
        "by_month",
    ),
    "a filtered year to date by days": (
        {
            "cell": "time:2021,1,2",
            "drilldown": "time:day",
            "aggregates": "apple_pieces",
            "time": "ytd",
            "compare": "previous:difference",
        },
        "by_day",
    ),
    "a year to date of a day within a month": (
        {"cell": "time:2021,1,1,3", "aggregates": "price_sum", "time": "ytd"},
        "facts",
    ),
    "an unfinished month against as much of the one before": (
        {"cell": "time:2021,1,2", "aggregates": "price_sum", "compare": "previous"},
        "facts",
    ),
    "a filter that no key tells": (
        {"drilldown": "shop:town", "aggregates": "north_sales"},
        "facts",
    ),
    "a day within a month": ({"cell": "time:2021,1,1,3", "aggregates": "price_sum"}, "facts"),
    "a range that ends within a month": (
        {"cell": "time:2020,4,12-2021,1,1,3", "aggregates": "price_sum"},
        "facts",
    ),
    "a figure that is not kept": (
        {"drilldown": "time:month", "aggregates": "price_sum,floor_pieces_sum"},
        "facts",
    ),
    "a level that no key tells": (
        {"drilldown": "pieces", "aggregates": "sales", "page": 0, "page_size": 9},
        "facts",
    ),
    "a cut that no key tells": ({"cell": "price:1", "aggregates": "sales"}, "facts"),
    "weeks, which months do not tell": (
        {"drilldown": "time@iso:week|shop:shop", "aggregates": "price_sum"},
        "facts",
    ),
    "a measure of the dimension's table": (
        {"drilldown": "shop:shop", "aggregates": "floor_pieces_sum"},
        "facts",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_question_is_served_as_python_says_and_the_engine_agrees(
    market: Market, shape: str
) -> None:
    question, expected = SHAPES[shape]
    with_them, without, watched = asked(market)

    answer = with_them.aggregate(**question)
    plain = without.aggregate(**question)

    assert (list(answer.cells or ()), answer.summary) == (list(plain.cells or ()), plain.summary)
    assert plain.served_by == "facts"
    assert answer.served_by in expected.split(", ")
    if "," not in expected:
        assert set(watched.told) == {(expected, expected)}
    else:  # several keep it: the engine reads the smallest
        assert all((said == "facts") == (read == "facts") for said, read in watched.told)


def test_a_roll_up_serves_where_no_batch_is_hidden(market: Market) -> None:
    watched = Watched(market)
    snapshot = ready(known_days(snapshot_of(6)), market.model)

    Cubes(market.model, watched).browser("sales", snapshot).aggregate(
        aggregates="price_sum", drilldown="time:month", time="ytd"
    )

    assert set(watched.told) == {("by_month", "by_month")}


@pytest.mark.parametrize(("rows", "threads"), [(200_000, "few"), (200_001, None)])
def test_a_roll_up_of_few_rows_is_read_by_one_thread(
    market: Market, rows: int, threads: str | None
) -> None:
    snapshot, recorded = known_days(snapshot_of(6)), Asked()
    ready_ones = ready(snapshot, market.model)
    sized = replace(ready_ones, rollups=dict.fromkeys(ready_ones.rollups, rows))
    browser = Cubes(market.model, recorded).browser("sales", sized)

    browser.aggregate(aggregates="price_sum", drilldown="time:month", page=0, page_size=9)
    browser.aggregate(aggregates="price_sum", drilldown="price", page=0, page_size=9)

    of_roll_up = [one for one in recorded.statements if one.served_by == "by_month"]
    others = [one for one in recorded.statements if one not in of_roll_up]
    assert {one.threads for one in of_roll_up} == {threads}
    assert {one.threads for one in others} == {None}


STORED = (
    "quarters, for they are made of months",
    "a range that ends where months end",
    "a filter that the keys tell",
    "a distinct count of a key",
    "a year to date of whole months",
)
STORED_IN = Path(__file__).parent / "rollup_statements"


@pytest.mark.parametrize("shape", STORED)
def test_a_statement_is_what_its_file_says(market: Market, shape: str) -> None:
    assert (STORED_IN / _file(shape)).read_text(encoding="utf-8") == _text(market.model, shape)


def test_there_is_a_file_for_every_stored_shape_and_no_other() -> None:
    assert {path.name for path in STORED_IN.glob("*.sql")} == {_file(shape) for shape in STORED}


def _file(shape: str) -> str:
    return f"{shape.split(',')[0].replace(' ', '_')}.sql"


def _text(model: Model, shape: str) -> str:
    """The statement of the cells, as a roll-up serves it."""
    recorded = Asked()
    question = {**SHAPES[shape][0], "summary": False}
    cubes = Cubes(model, recorded)
    cubes.browser("sales", ready(known_days(snapshot_of(6, [2])), model)).aggregate(**question)
    return f"{recorded.statements[0].sql}\n"


def test_members_are_listed_from_a_roll_up(market: Market) -> None:
    with_them, without, watched = asked(market)

    listed = with_them.members("time:2021,1,1", "shop")

    assert listed == without.members("time:2021,1,1", "shop")
    assert watched.told == [("by_month", "by_month")]


def test_the_scope_is_part_of_what_a_roll_up_must_tell(market: Market) -> None:
    town = Scope((ScopeRule("shop", ("north",)),))
    article = Scope((ScopeRule("article", ("apple",)),))
    for scope, expected in ((town, "by_month"), (article, "facts")):
        with_them, without, watched = asked(market, scope)

        answer = with_them.aggregate(aggregates="price_sum", drilldown="time:month")

        assert (
            answer.cells == without.aggregate(aggregates="price_sum", drilldown="time:month").cells
        )
        assert set(watched.told) == {(expected, expected)}


def test_a_roll_up_that_is_not_ready_serves_nothing(market: Market) -> None:
    browser = market.browser(snapshot_of(6))

    assert browser.aggregate(aggregates="sales", drilldown="time:month").served_by == "facts"


def test_mistakes_of_roll_ups_are_named_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(ManyErrors) as wrong:
        rolled_up_model(
            tmp_path,
            [
                {"name": "Bad", "keys": ["time:month", "nowhere"]},
                {"name": "upper", "keys": ["shop:town"]},
                {"name": "weekday", "keys": ["time:decade"]},
                {"name": "empty", "keys": []},
                {"name": "twice", "keys": ["shop", "shop"]},
                {"name": "kept", "keys": ["shop"], "aggregates": ["floor_pieces_sum", "none"]},
                {"name": "untold", "keys": ["time:month"], "aggregates": ["apple_pieces"]},
            ],
        )

    text = "\n".join(str(each) for each in wrong.value.errors)
    for said in (
        "roll-up Bad: name is 'Bad'",
        "roll-up Bad: unknown dimension 'nowhere'",
        "roll-up upper: 'shop:town': a roll-up keeps members",
        "roll-up weekday: 'time:decade' is no span of time",
        "roll-up empty: there are no keys",
        "roll-up twice: a dimension is named twice",
        "roll-up kept: floor_pieces_sum needs more",
        "roll-up kept: unknown aggregate 'none'",
        "roll-up untold: apple_pieces needs more keys",
    ):
        assert said in text


@pytest.mark.parametrize("function", ["sum", "avg", "count_nonempty", "median"])
@pytest.mark.parametrize("named", [{}, {"aggregates": ["wrong", "none"]}])
def test_an_aggregate_of_nothing_is_told_beside_the_mistakes_of_roll_ups(
    tmp_path: Path, function: str, named: dict[str, list[str]]
) -> None:
    wrong = {"name": "wrong", "label": "Wrong", "labels": {"zh": "错"}, "function": function}

    with pytest.raises(ManyErrors) as told:
        rolled_up_model(
            tmp_path,
            [{"name": "kept", "keys": ["shop"], **named}, {"name": "other", "keys": ["nowhere"]}],
            more=[{**wrong, "measure": "no_measure"}],
        )

    text = "\n".join(str(each) for each in told.value.errors)
    assert "'no_measure'" in text
    assert "roll-up other: unknown dimension 'nowhere'" in text
    assert ("roll-up kept: unknown aggregate 'none'" in text) is bool(named)


def test_the_days_of_the_market_span_borders_of_every_kind() -> None:
    assert FIRST < date(2021, 1, 1) < date(2021, 2, 1) < date.fromordinal(FIRST.toordinal() + DAYS)


def _write() -> None:
    """Write the stored statements anew: `python -m tests.cube.test_rollups`; then read them."""
    with TemporaryDirectory() as folder:
        model = rolled_up_model(Path(folder) / "models", ROLL_UPS)
        for shape in STORED:
            (STORED_IN / _file(shape)).write_text(_text(model, shape), encoding="utf-8")


if __name__ == "__main__":
    _write()
