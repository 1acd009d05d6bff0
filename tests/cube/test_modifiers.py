"""Modifiers and comparisons by hand: changes, rates, absences, unfinished periods, order, pages."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from server.cube.modified_figures import change
from server.cube.modifiers import read_comparisons, read_modifiers
from server.errors import InvalidInput, LimitReached, ManyErrors
from server.snapshot import Snapshot
from tests.cube.market import Market, Sale, Shop, market_model

SALES = [
    # month, day, shop, pieces, paid
    (2019, 12, 1, "a", 10, 1), (2019, 12, 10, "a", 4, 1), (2019, 12, 20, "b", 6, 0),
    (2020, 11, 3, "a", 8, 1), (2020, 11, 3, "a", 1, 0), (2020, 11, 8, "b", -5, 1),
    (2020, 12, 2, "a", 12, 1), (2020, 12, 15, "c", 3, 1),
]  # fmt: skip
WATERMARK = date(2020, 12, 15)


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    sales = [
        Sale(1, number, date(year, month, day), shop, "x", pieces, Decimal("1.50"), paid=paid)
        for number, (year, month, day, shop, pieces, paid) in enumerate(SALES)
    ]
    shops = [
        Shop(1, 1, "a", "Alpha", "甲", "north", "North"), Shop(1, 2, "b", "Beta", None, "south"),
    ]  # fmt: skip
    market = Market().insert(sales, shops)
    yield market
    market.close()


SNAPSHOT = Snapshot(
    1, 1, versions={"shops": 1}, watermarks={"sales": WATERMARK},
    first_dates={"sales": date(2019, 12, 1)},
)  # fmt: skip


@pytest.fixture
def browser(market: Market) -> ClickHouseBrowser:
    return market.browser(SNAPSHOT)


def test_an_unfinished_month_is_compared_with_the_same_days(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate(
        "time:2020,4,12",
        aggregates="pieces_sum",
        drilldown="time:month",
        compare="last_year,previous,last_year:difference,last_year:change",
    )

    (cell,) = answer.cells
    assert cell == {
        "time.year": 2020, "time.quarter": 4, "time.month": 12,
        "pieces_sum": 15,
        "pieces_sum__last_year": 14,  # 1 to 15 December 2019, without the 6 of the 20th
        "pieces_sum__previous": 4,
        "pieces_sum__last_year__difference": 1,
        "pieces_sum__last_year__change": Fraction(1, 14),
    }  # fmt: skip
    assert answer.unfinished == [
        {"period": "2020-12", "label": "December 2020", "until": WATERMARK}
    ]
    assert answer.summary == {name: value for name, value in cell.items() if "time" not in name}


def test_the_year_to_date_looks_beyond_the_cut(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate(
        "time:2020,4,12", aggregates="pieces_sum", time="ytd,mtd,qtd,rolling-2"
    )

    assert answer.summary == {
        "pieces_sum": 15,
        "pieces_sum__ytd": 19,
        "pieces_sum__mtd": 15,
        "pieces_sum__qtd": 19,
        "pieces_sum__rolling_2": 19,
    }
    assert answer.unfinished[0]["until"] == WATERMARK


def test_a_member_that_is_only_on_one_side_has_a_row(browser: ClickHouseBrowser) -> None:
    cells = browser.aggregate(
        "time:2020,4,12",
        aggregates="pieces_sum,pieces_max",
        drilldown="shop",
        compare="previous,previous:change",
    ).cells
    rows = {cell["shop.town"]: cell for cell in cells}

    assert rows["south"]["pieces_sum"] == 0
    assert rows["south"]["pieces_sum__previous"] == -5
    assert rows["south"]["absences"] == {
        "pieces_max": "not_applicable",
        "pieces_max__previous__change": "not_applicable",
        "pieces_sum__previous__change": "not_applicable",
    }
    assert rows["south"]["words"] == {"pieces_sum__previous__change": "turned_positive"}
    assert rows["unknown"]["pieces_sum__previous"] == 0
    assert rows["unknown"]["absences"]["pieces_sum__previous__change"] == "zero_denominator"
    assert rows["north"]["pieces_sum__previous__change"] == Fraction(12 - 9, 9)


def test_days_before_the_first_facts_are_not_loaded(browser: ClickHouseBrowser) -> None:
    (cell,) = browser.aggregate(
        "time:2019", aggregates="sales", drilldown="time:year", compare="last_year:change,previous"
    ).cells
    assert cell["sales"] == 3
    assert cell["sales__previous"] is None
    assert cell["absences"] == {
        "sales__last_year__change": "not_loaded",
        "sales__previous": "not_loaded",
    }


def test_all_days_are_not_compared_with_fewer_of_them(browser: ClickHouseBrowser) -> None:
    """Of the year before the first of December 2019 nothing is loaded, but of those days since."""
    answer = browser.aggregate(
        aggregates="sales", drilldown="shop:town", time="ytd", compare="last_year,last_year:change"
    )

    assert answer.summary is not None
    for row in (answer.summary, *answer.cells):
        assert row["absences"]["sales__last_year"] == "partial"
        assert row["absences"]["sales__last_year__change"] == "partial"
    assert answer.summary["sales"] == 8
    assert answer.summary["sales__ytd"] == 5
    assert answer.summary["sales__ytd__last_year"] == 2


@pytest.mark.parametrize("drilldown", ["", "time:month", "shop"])
def test_of_a_cube_without_facts_nothing_is_loaded(market: Market, drilldown: str) -> None:
    """Batch 7 is no batch of sales: the cube was published and holds no fact."""
    empty = market.browser(Snapshot(2, 7, hidden={"sales": (1,)}, versions={"shops": 1}))

    answer = empty.aggregate(
        aggregates="sales,pieces_max", drilldown=drilldown, time="ytd", compare="last_year"
    )

    assert answer.cells == []
    assert answer.unfinished in (None, [])
    assert answer.summary is not None
    assert set(answer.summary["absences"].values()) == {"not_loaded"}
    assert len(answer.summary["absences"]) == 8


def test_a_rate_changes_by_points(browser: ClickHouseBrowser) -> None:
    summary = browser.aggregate(
        "time:2020,4,11",
        aggregates="paid_share",
        compare="last_year:change,last_year:difference,previous",
    ).summary
    assert summary["paid_share"] == Fraction(2, 3)
    assert summary["absences"] == {
        "paid_share__last_year__change": "not_loaded",
        "paid_share__last_year__difference": "not_loaded",
        "paid_share__previous": "zero_denominator",
    }
    december = browser.aggregate(
        "time:2020,4,12", aggregates="paid_share", compare="previous:change,previous:difference"
    ).summary
    assert december["paid_share__previous__change"] == Fraction(100, 3)
    assert december["paid_share__previous__difference"] == Fraction(1, 3)


@pytest.mark.parametrize(
    ("value", "base", "expected", "word"),
    [
        (150, 100, Fraction(1, 2), ""),
        (Decimal("0.30"), Decimal("0.40"), Fraction(-1, 4), ""),
        (-50, 100, Fraction(-3, 2), "turned_negative"),
        (50, -100, "not_applicable", "turned_positive"),
        (-50, -100, "not_applicable", "loss_narrowed"),
        (-150, -100, "not_applicable", "loss_widened"),
        (-100, -100, "not_applicable", ""),
        (5, 0, "zero_denominator", ""),
    ],
)
def test_a_change_from_nothing_or_less_is_no_number(
    value: int, base: int, expected: Any, word: str
) -> None:
    pieces = market_model().cube("sales").aggregate("pieces_sum")
    found = change(pieces, value, base)
    assert (found.value, found.word) == (expected, word)


def test_cuts_of_days_are_compared_with_the_same_days(browser: ClickHouseBrowser) -> None:
    def pieces(cut: str, against: str) -> Any:
        summary = browser.aggregate(cut, aggregates="pieces_sum", compare=against).summary
        return summary[f"pieces_sum__{against}"]

    assert pieces("time:2020,4,12,2-2020,4,12,10", "last_year") == 4
    assert pieces("time:2020,4,12,1-2020,4,12,2", "previous") == 0
    assert pieces("time:2020,4,11,9-2020,4,12,15", "previous") == 4  # 37 days before
    assert pieces("time@iso:2020,50", "last_year") == 4  # 9 to 15 December 2019


def test_the_year_earlier_of_a_week_is_the_week_of_the_same_number(
    browser: ClickHouseBrowser,
) -> None:
    cells = browser.aggregate(
        "", aggregates="pieces_sum", drilldown="time@iso:week", compare="last_year"
    ).cells
    found = {(cell["time.iso_year"], cell["time.week"]): cell for cell in cells}
    assert found[2020, 50]["pieces_sum__last_year"] == 4
    assert (2020, 53) not in found


def test_rows_are_sorted_and_paged_by_what_was_compared(browser: ClickHouseBrowser) -> None:
    def shops(**more: Any) -> tuple[list[Any], int]:
        answer = browser.aggregate(
            "time:2020,4",
            aggregates="pieces_sum",
            drilldown="shop:shop",
            compare="last_year",
            order="pieces_sum__last_year:desc",
            **more,
        )
        return [cell["shop.shop"] for cell in answer.cells], answer.total_cell_count

    assert shops() == (["a", "c", "b"], 3) or shops() == (["a", "b", "c"], 3)
    assert shops(page=1, page_size=2)[0] == shops()[0][2:]
    assert shops(page=1, page_size=2)[1] == 3


def test_a_scope_holds_for_every_run_of_days(market: Market) -> None:
    scoped = market.browser(SNAPSHOT, Scope((ScopeRule("shop", ("north",)),)))
    summary = scoped.aggregate(
        "time:2020,4,11", aggregates="pieces_sum", time="rolling-12", compare="previous"
    ).summary
    assert summary["pieces_sum__rolling_12"] == 14 + 9
    assert summary["pieces_sum"] == 9


def test_a_split_is_told_beside_each_run_of_days(browser: ClickHouseBrowser) -> None:
    cells = browser.aggregate(
        "time:2020", aggregates="pieces_sum", split="shop:north", compare="last_year"
    ).cells
    assert [
        (cell["__within_split__"], cell["pieces_sum"], cell["pieces_sum__last_year"])
        for cell in cells
    ] == [(False, -2, 0), (True, 21, 14)]


def test_other_cuts_of_the_same_facts_stay(browser: ClickHouseBrowser) -> None:
    summary = browser.aggregate(
        ["time:2020,4,12", "!shop:north"], aggregates="pieces_sum", time="ytd"
    ).summary
    assert (summary["pieces_sum"], summary["pieces_sum__ytd"]) == (3, -2)


def test_cuts_with_a_hole_are_refused(browser: ClickHouseBrowser) -> None:
    with pytest.raises(InvalidInput, match="without a hole"):
        browser.aggregate(
            "time:2020,4,12,1;2020,4,12,9", drilldown="time:month", compare="previous"
        )
    holes = browser.aggregate(
        "time:2019,4,12;2020,4,12", "sales", drilldown="time:month", compare="last_year"
    )
    assert [cell["sales"] for cell in holes.cells] == [3, 2]
    assert holes.summary == {
        "sales": 5,
        "sales__last_year": None,
        "absences": {"sales__last_year": "not_applicable"},
    }


@pytest.mark.parametrize(
    ("time", "compare", "sentence"),
    [
        ("yesterday", "", "no modifier of time"),
        ("rolling-0", "", "no modifier of time"),
        ("rolling-1001", "", "no modifier of time"),
        ("", "tomorrow", "no comparison"),
        ("", "previous:sum", "no comparison"),
        ("wtd", "", "calendar gregorian does not have"),
    ],
)
def test_what_cannot_be_asked_is_said(
    browser: ClickHouseBrowser, time: str, compare: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        browser.aggregate("time:2020,4,12-2021", time=time, compare=compare)


def test_a_number_of_periods_needs_a_period_to_count_from(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate(
        "time:2020,4,11-2020", aggregates="sales", drilldown="time:month", time="rolling-2"
    )
    assert [cell["sales__rolling_2"] for cell in answer.cells] == [3, 5]
    assert answer.summary["absences"] == {"sales__rolling_2": "not_applicable"}


def test_two_hierarchies_of_time_are_refused(browser: ClickHouseBrowser) -> None:
    with pytest.raises(InvalidInput, match="one hierarchy of time"):
        browser.aggregate("", drilldown="time:month|time@iso:week", compare="previous")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ManyErrors) as refused:
        read_modifiers("ytd,no,rolling-x")
    assert len(refused.value.errors) == 2
    with pytest.raises(LimitReached):
        read_modifiers(f"rolling-{number}" for number in range(1, 14))
    assert [one.text for one in read_comparisons("previous|previous:value,last_year:change")] == [
        "previous", "last_year:change",
    ]  # fmt: skip
