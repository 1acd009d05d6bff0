"""Ratios and averages: exact, at the grain that is asked, absent where nothing can be divided."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from server.cube.browser import ClickHouseBrowser
from server.cube.derived import divided, why_none
from server.cube.model import load_model
from server.indicators.absence import Absence
from server.indicators.formula import parse_formula
from server.periods import Period
from server.scorecards.figures import figures_of
from server.snapshot import Snapshot
from tests.cube.market import FOLDER, Market, Sale, snapshot_of

DAY = date(2021, 1, 31)
MODEL = load_model(FOLDER, "market")


@pytest.fixture(scope="module")
def browser() -> Iterator[ClickHouseBrowser]:
    """At a 90 of 100 sales are paid, at b 1 of 10; c has one sale without pieces or price."""
    sales = [
        *(
            Sale(1, n, DAY, "a", pieces=1, price=Decimal("0.10"), paid=int(n <= 90))
            for n in _to(100)
        ),
        *(
            Sale(1, 100 + n, DAY, "b", pieces=3, price=Decimal("0.20"), paid=int(n <= 1))
            for n in _to(10)
        ),
        Sale(1, 111, DAY, "c", pieces=None, price=None, paid=0),
    ]
    market = Market().insert(sales)
    yield market.browser(snapshot_of(1))
    market.close()


def _to(number: int) -> range:
    return range(1, number + 1)


def test_a_ratio_is_the_sum_over_the_sum_never_the_mean_of_ratios(
    browser: ClickHouseBrowser,
) -> None:
    answer = browser.aggregate("!shop:unknown,c", aggregates="paid_share", drilldown="shop:shop")

    assert [row["paid_share"] for row in answer.cells] == [Fraction(9, 10), Fraction(1, 10)]
    assert answer.summary == {"paid_share": Fraction(91, 110)}
    assert round(answer.summary["paid_share"] * 100, 2) == Fraction("82.73")


def test_an_average_is_exact_where_the_engine_would_cut_it(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate(aggregates="price_avg,price_per_piece,pieces_avg")

    assert answer.summary == {
        "price_avg": Fraction(12, 110),  # 10.00 + 2.00 over 110 prices
        "price_per_piece": Fraction(16, 130),  # 10.00 + 6.00 over 130 pieces
        "pieces_avg": Fraction(130, 110),
    }


def test_rows_hold_what_was_asked_and_nothing_else(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate(aggregates="paid_share,sales", drilldown="time:year")

    assert answer.cells == [{"time.year": 2021, "paid_share": Fraction(91, 111), "sales": 111}]
    assert list(answer.cells[0]) == ["time.year", "paid_share", "sales"]


def test_what_has_no_denominator_is_absent_and_sorted_last(browser: ClickHouseBrowser) -> None:
    for direction, first, second in (("asc", "a", "b"), ("desc", "b", "a")):
        answer = browser.aggregate(
            aggregates="pieces_avg", drilldown="shop:shop", order=f"pieces_avg:{direction}"
        )

        assert [row["shop.shop"] for row in answer.cells] == [first, second, "c"]
        assert answer.cells[-1]["pieces_avg"] is None


def test_pages_of_a_sorted_ratio_have_its_total_at_its_own_grain(
    browser: ClickHouseBrowser,
) -> None:
    answer = browser.aggregate(
        aggregates="paid_share",
        drilldown="shop:shop",
        order="paid_share:desc",
        page=1,
        page_size=1,
    )

    assert [row["shop.shop"] for row in answer.cells] == ["b"]
    assert answer.total_cell_count == 3
    assert answer.summary == {"paid_share": Fraction(91, 111)}


@pytest.mark.parametrize(
    ("cube", "name", "reason"),
    [
        ("sales", "paid_share", Absence.ZERO_DENOMINATOR),
        ("sales", "price_avg", Absence.ZERO_DENOMINATOR),
        ("sales", "price_per_piece", Absence.ZERO_DENOMINATOR),
        ("sales", "price_median", Absence.NOT_APPLICABLE),
        ("sales", "pieces_max", Absence.NOT_APPLICABLE),
        ("stock", "stock_last", Absence.NOT_APPLICABLE),
        ("stock", "stock_average", Absence.NOT_APPLICABLE),
        ("stock", "stock_per_shop", Absence.NOT_APPLICABLE),  # nothing was counted on the last day
    ],
)
def test_an_absent_figure_says_why(cube: str, name: str, reason: Absence) -> None:
    assert why_none(MODEL.cube(cube).aggregate(name)) is reason


def test_a_formula_over_derived_aggregates_takes_what_the_cube_says(
    browser: ClickHouseBrowser,
) -> None:
    names = ("paid_share", "price_avg", "pieces_median")
    period = Period.containing(DAY, "month")
    snapshot = Snapshot(1, 1, watermarks={"sales": DAY}, first_dates={"sales": DAY})
    cell = browser.aggregate(aggregates=names).summary

    operands = figures_of(cell, browser.model, names, period, snapshot)
    value = parse_formula("paid_share * 111 + price_avg / pieces_median").evaluate(operands)

    assert value == 91 + Fraction(12, 110)


def test_a_quotient_is_exact_unless_a_part_is_not() -> None:
    assert divided(1, 3) == Fraction(1, 3)
    assert divided(Decimal("0.10"), 3) == Fraction(1, 30)
    assert divided(1.0, 4) == 0.25
    assert isinstance(divided(Decimal("0.5"), 0.25), float)
