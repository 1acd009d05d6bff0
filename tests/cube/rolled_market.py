"""The market with roll-ups, and readers that ask the engine what it reads."""

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.cube.model import Model, load_model
from server.cube.statement import Statement
from server.snapshot import Snapshot
from server.store.readers import Rows
from tests.cube.market import FOLDER, Market
from tests.cube.test_browser_laws import DAYS, FIRST, SHOPS, _sale, _shop

ROLL_UPS: list[dict[str, Any]] = [
    {"name": "by_month", "keys": ["time:month", "shop"]},
    {"name": "by_day", "keys": ["time:day", "article"], "aggregates": ["sales", "pieces_sum"]},
    {
        "name": "by_week",
        "keys": ["time:week", "shop", "article"],
        "aggregates": ["sales", "shops", "paid_pieces"],
    },
]


def rolled_up_model(
    folder: Path,
    roll_ups: list[dict[str, Any]],
    cube: int = 0,
    more: Sequence[dict[str, Any]] = (),
) -> Model:
    """The market with roll-ups of its sales, or of another of its cubes, and more aggregates."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    path = folder / "market" / "cubes.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["cubes"][cube]["rollups"] = roll_ups
    document["cubes"][cube]["aggregates"] += more
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_model(folder, "market")


def ready(snapshot: Snapshot, model: Model) -> Snapshot:
    """The snapshot with every roll-up of the model ready to serve."""
    rows = {each.address: 1 for cube in model.cubes.values() for each in cube.roll_ups}
    return replace(snapshot, rollups=rows)


def known_days(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the first and the last day of the sales noted, as the ledger notes them."""
    last = FIRST + timedelta(days=DAYS - 1)
    return replace(snapshot, first_dates={"sales": FIRST}, watermarks={"sales": last})


class Watched:
    """Readers that ask the engine, for each statement, which projection it would read."""

    def __init__(self, market: Market, cube: str = "sales") -> None:
        self._market = market
        self._cube = cube
        self.told: list[tuple[str, str]] = []  # what Python says and what the engine says

    def query(self, statement: Statement) -> Rows:
        with self._market.store.writer() as writer:
            plan = writer.rows(f"EXPLAIN projections = 1 {statement.sql}", statement.parameters)
        lines = " ".join(line for (line,) in plan)
        names = [roll_up.name for roll_up in self._market.model.cube(self._cube).roll_ups]
        read = [name for name in names if f"({name}__" in lines]
        self.told.append((statement.served_by, ", ".join(read) or "facts"))
        return self._market.store.readers.query(statement)


def rolled_market(folder: Path) -> Market:
    """Four hundred sales, each a hundred times: of fewer no roll-up would be smaller."""
    chance = random.Random(20130102)  # noqa: S311  # the same facts every time
    model = rolled_up_model(folder, ROLL_UPS)
    sales = [_sale(chance, number) for number in range(400)]
    shops = [_shop(chance, version, shop) for version in (1, 2) for shop in SHOPS[:-1]]
    market = Market(model).insert(sales, shops)
    with market.store.writer() as writer:
        writer.run("INSERT INTO sales SELECT * FROM sales ARRAY JOIN range(99) AS again")
    return market
