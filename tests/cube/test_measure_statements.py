"""The SELECTs of derived, filtered and semi-additive aggregates, kept as files to be read.

`measure_statements/<name>.sql` holds the text. Write them anew with
`python -m tests.cube.test_measure_statements`, then read the difference.
"""

from pathlib import Path
from typing import Any

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import Cubes
from server.cube.model import load_model
from server.snapshot import Snapshot
from server.store.select_only import check_select
from tests.cube.market import FOLDER as MARKET
from tests.cube.test_statement import Asked

FOLDER = Path(__file__).parent / "measure_statements"
SCOPE = Scope((ScopeRule("shop", ("north",)),))
SNAPSHOT = Snapshot(
    7,
    12,
    hidden=dict.fromkeys(("sales", "stock", "beds"), (3, 8)),
    versions={"shops": 1, "branches": 5},
)

# name of the file -> model, cube, scope, and what is asked
SHAPES: dict[str, tuple[str, str, Scope, dict[str, Any]]] = {
    "derived": (
        "market",
        "sales",
        Scope(()),
        {
            "aggregates": "pieces_avg,price_per_piece,paid_share,weight_median",
            "drilldown": "shop:town",
            "order": "price_per_piece:desc,weight_median",
        },
    ),
    "quantiles": (
        "market",
        "sales",
        Scope(()),
        {"aggregates": "paid_price_p25,shops_about", "drilldown": "time:year"},
    ),
    "filtered": (
        "market",
        "sales",
        Scope(()),
        {"aggregates": "sales,apple_pieces,north_share", "drilldown": "time:year"},
    ),
    "last_beside_sums": (
        "market",
        "stock",
        Scope(()),
        {
            "cell": "time:2021,1|article:apple",
            "aggregates": "facts,stock_last,apples_last,amounts",
            "drilldown": "time:month|shop:shop",
            "order": "stock_last:desc",
            "page": 1,
            "page_size": 20,
        },
    ),
    "last_known_of_each_leaf": (
        "market",
        "stock",
        SCOPE,
        {"cell": "!time@iso:2021,7", "aggregates": "stock_known,counted_known"},
    ),
    "average_by_month": (
        "market",
        "stock",
        Scope(()),
        {"aggregates": "stock_average", "drilldown": "time:month", "order": "stock_average"},
    ),
    "average": ("market", "stock", Scope(()), {"aggregates": "stock_average"}),
    "extremes": (
        "market",
        "stock",
        Scope(()),
        {"aggregates": "stock_most", "drilldown": "time@iso:week"},
    ),
    "closed_leaves": (
        "chain",
        "beds",
        Scope(()),
        {"aggregates": "beds,beds_last", "drilldown": "time:month"},
    ),
}


def _text(name: str) -> str:
    model, cube, scope, arguments = SHAPES[name]
    asked = Asked()
    folder = MARKET if model == "market" else MARKET.parent / "chain_model"
    cubes = Cubes(load_model(folder, model), asked)
    is_whole = "drilldown" not in arguments
    cubes.browser(cube, SNAPSHOT, scope).aggregate(**arguments, summary=is_whole)
    statement = asked.statements[0]
    check_select(statement.sql)
    values = [f"-- {key} = {value!r}\n" for key, value in sorted(statement.parameters.items())]
    return f"{''.join(values)}{statement.sql}\n"


@pytest.mark.parametrize("name", SHAPES)
def test_a_statement_is_what_its_file_says(name: str) -> None:
    assert _text(name) == (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def test_there_is_a_file_for_every_shape_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_every_select_within_sees_the_snapshot_and_no_text_of_a_person(name: str) -> None:
    text = _text(name)
    sql = text[text.index("\nSELECT") if "\nWITH" not in text else text.index("WITH") :]

    assert sql.count("` AS fact\n") == sql.count("fact._load <= {top:UInt32}")
    assert sql.count("` AS fact\n") == sql.count("fact._load NOT IN {hidden:Array(UInt32)}")
    for word in ("2021", "'apple'", "'plum'", "'north'"):
        assert word not in sql


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in SHAPES:
        (FOLDER / f"{name}.sql").write_text(_text(name), encoding="utf-8")


if __name__ == "__main__":
    _write()
