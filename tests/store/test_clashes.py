"""Keys that are there already are found by statements of stored shapes, with days or without."""

from pathlib import Path

import pytest

from server.store.clashes import clashes_statement
from tests.shop import SALES

SHAPES = Path(__file__).with_name("clash_shapes")


@pytest.mark.parametrize(("name", "days"), [("clashes", None), ("clashes_on_days", "day")])
def test_the_statement_has_its_stored_shape(name: str, days: str | None) -> None:
    stored = (SHAPES / f"{name}.sql").read_text(encoding="utf-8")

    assert clashes_statement(SALES, ("day", "store"), days) == stored
