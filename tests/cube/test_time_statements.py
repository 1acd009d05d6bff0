"""Every shape of SELECT along calendars and runs of days is kept as a `.sql` file.

`time_statements/<name>.sql` holds the text. Write them anew with
`python -m tests.cube.test_time_statements`, then read the difference.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from server.cube.browser import Cubes
from server.cube.elements import Aggregate
from server.cube.model import Model
from server.cube.statement import Statement
from server.snapshot import Snapshot
from server.store.select_only import check_select
from tests.cube.calendar_market import calendar_model

FOLDER = Path(__file__).parent / "time_statements"
DAYS = {"sales": date(2020, 12, 1), "stock": date(2020, 12, 1)}
SNAPSHOT = Snapshot(
    7, 12, hidden={"sales": (3,), "stock": (3,)}, versions={"shops": 1}, first_dates=DAYS,
    watermarks=dict.fromkeys(DAYS, date(2021, 4, 19)),
)  # fmt: skip

# name of the file -> of which cube, and what is asked
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "months_of_a_fiscal_year": (
        "sales",
        {
            "cell": "time@fiscal:2021",
            "aggregates": "sales",
            "drilldown": "time@fiscal:fiscal_month",
        },
    ),
    "days_of_a_written_calendar": (
        "sales",
        {"aggregates": "sales", "drilldown": "time@spring:spring_day"},
    ),
    "year_to_date_and_a_year_earlier": (
        "sales",
        {
            "cell": ["time:2021,1", "article:apple"],
            "aggregates": "shops,price_median",
            "drilldown": "time:month|shop:shop",
            "time": "ytd",
            "compare": "last_year:change",
        },
    ),
    "sums_of_pieces": (
        "sales",
        {
            "cell": ["time:2021,1", "article:apple"],
            "aggregates": "sales,paid_share,pieces_max",
            "drilldown": "shop:shop|time:day",
            "time": "ytd",
        },
    ),
    "a_stock_carried_on": (
        "stock",
        {"aggregates": "stock_carried", "drilldown": "time:month|shop:shop"},
    ),
    "stocks_over_runs": (
        "stock",
        {
            "aggregates": "stock_last,stock_most,stock_average",
            "drilldown": "time:month",
            "time": "rolling-3",
        },
    ),
}


class Asked:
    """Readers that keep what they are asked and answer no rows."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.rows: list[tuple[object, ...]] = []

    def query(self, statement: Statement) -> "Asked":
        self.statements.append(statement)
        return self


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return calendar_model(tmp_path_factory.mktemp("model"))


def _statement(model: Model, name: str) -> Statement:
    asked = Asked()
    cube, arguments = SHAPES[name]
    browser = Cubes(model, asked).browser(cube, SNAPSHOT).knowing(_carried(model))
    browser.aggregate(summary=False, **arguments)
    (statement,) = asked.statements
    return statement


def _carried(model: Model) -> tuple[Aggregate, ...]:
    """What the model does not have: a stock that is carried on."""
    known = model.cube("stock").aggregate("stock_known")
    return (replace(known, name="stock_carried", carry=2),)


@pytest.mark.parametrize("name", SHAPES)
def test_a_statement_is_the_one_that_was_read(model: Model, name: str) -> None:
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    assert text == _statement(model, name).sql + "\n"


@pytest.mark.parametrize("name", SHAPES)
def test_a_statement_carries_the_snapshot_and_only_typed_parameters(
    model: Model, name: str
) -> None:
    statement = _statement(model, name)
    check_select(statement.sql)
    assert "fact._load <= {top:UInt32}" in statement.sql
    assert "fact._load NOT IN {hidden:Array(UInt32)}" in statement.sql
    for parameter in statement.parameters:
        assert f"{{{parameter}:" in statement.sql
    assert "202" not in statement.sql
    assert "apple" not in statement.sql


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        model = calendar_model(Path(folder))
        for name in SHAPES:
            text = _statement(model, name).sql + "\n"
            (FOLDER / f"{name}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write()
