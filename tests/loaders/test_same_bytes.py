"""The same bytes that are said to cover something else are another file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from loaders.specification import ScopePart
from tests.loading import visible_now
from tests.shop_loads import HEADER

BOTH = (
    HEADER
    + "2026-01-05,Köln,1,1.00,NA,2026-01-31T12:00:00Z,x\n"
    + "2026-02-05,Köln,1,2.00,NA,2026-01-31T12:00:00Z,x\n"
)


@pytest.fixture
def monthly(context: LoadContext) -> LoadContext:
    """Sales are restated by month."""
    sales = replace(
        context.specifications["sales"], mode="replace", scope=(ScopePart("day", "month"),)
    )
    return replace(context, specifications={**context.specifications, "sales": sales})


def test_an_empty_file_empties_each_month_that_it_is_sent_for(
    monthly: LoadContext, written: Callable[..., Path]
) -> None:
    run_load(monthly, "sales", written(BOTH))
    empty = written(HEADER, "empty.csv")

    run_load(monthly, "sales", empty, scope=["month=2026-01"])
    assert visible_now(monthly) == (1, "2")
    outcome = run_load(monthly, "sales", empty, scope=["month=2026-02"])

    assert not outcome.is_known
    assert visible_now(monthly) == (0, "0")
    assert run_load(monthly, "sales", empty, scope=["month=2026-01"]).is_known
