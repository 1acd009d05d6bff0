"""Shares and running totals of stocks: over everything but time they add up."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from server.cube.cube_table import cube_table
from tests.cube.market import Count, Market, snapshot_of
from tests.cube.test_stock_laws import LAWS, Cut, _cuts, _text, world

__all__ = ["world"]

STOCKS = ("stock_last", "stock_known", "stock_first", "stock_average", "stock_least", "stock_most")


@settings(LAWS, max_examples=30)
@given(cuts=st.lists(_cuts(), max_size=2), level=st.sampled_from(["shop:shop", "article", "shelf"]))
def test_stocks_of_members_add_up_to_that_of_all(
    world: tuple[Market, list[Count]], cuts: list[Cut], level: str
) -> None:
    browser = world[0].browser(snapshot_of(4), cube="stock")
    texts = [_text(cut) for cut in cuts]

    table = cube_table(browser, texts, STOCKS, drilldown=level, marks=["share_of_total", "running"])

    for name in STOCKS:
        known = [row for row in table.rows if row[name] is not None]
        whole = Fraction((table.summary or {})[name] or 0)
        assert sum(Fraction(row[name]) for row in known) == whole
        if known and len(known) == len(table.rows):
            assert known[-1][f"{name}__running"] == whole
        if whole:
            assert sum(row[f"{name}__share_of_total"] for row in known) == 1


def test_along_time_stocks_have_neither(world: tuple[Market, list[Count]]) -> None:
    browser = world[0].browser(snapshot_of(4), cube="stock")
    names = ("stock_last__share_of_total", "stock_last__running")

    by_month = cube_table(
        browser, [], "stock_last,amounts", drilldown="time:month",
        marks=["share_of_total", "running"],
    )  # fmt: skip
    both = cube_table(
        browser, [], "stock_last", drilldown="time:month|shop:shop", marks=["share", "running"]
    )

    for row in by_month.rows:
        assert {row["absences"][name] for name in names} == {"not_applicable"}
        assert row["amounts__running"] is not None
    assert any(row["stock_last__running"] is not None for row in both.rows)
