"""A small market of made-up sales: every column type, every aggregate function, with nulls.

The model stands in `market_model/`. Facts and shops are plain values here, so that an oracle in
plain Python can work on the very same ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from server.access import EVERYTHING, Scope
from server.cube.browser import ClickHouseBrowser, Cubes, Limits
from server.cube.model import Model, load_model
from server.snapshot import Snapshot
from server.store.address import parse_address
from server.store.client import Store
from server.store.connection import create_database
from server.store.readers import Limits as ReaderLimits
from server.store.tables import dictionary_ddl, dimension_table_ddl, fact_table_ddl
from tests.engine import fresh_database

MOST = Limits()
FOLDER = Path(__file__).parent / "market_model"


@dataclass(frozen=True)
class Sale:
    """One row of the fact table `sales`."""

    load: int
    row: int
    day: date
    shop: str | None
    article: str = "apple"
    pieces: int | None = 1
    price: Decimal | None = Decimal("1.00")
    weight: float | None = None
    serial: int = 0
    delivered: date | None = None
    paid: int = 1


@dataclass(frozen=True)
class Shop:
    """One row of the dimension table `shops`; `load` is its version."""

    load: int
    row: int
    shop: str
    name: str | None = None
    name_zh: str | None = None
    town: str | None = None
    town_name: str | None = None
    floors: int | None = None
    rent: Decimal | None = None


@dataclass(frozen=True)
class Count:
    """One row of the fact table `stock`: what lay there of an article on a day."""

    load: int
    row: int
    day: date
    shop: str
    article: str
    amount: int | None
    shelf: str = "front"
    worth: Decimal | None = None
    counted: int = 1


_SALE_TYPES = (
    pa.uint32(), pa.uint64(), pa.date32(), pa.string(), pa.string(), pa.int16(),
    pa.decimal128(9, 2), pa.float64(), pa.uint64(), pa.date32(), pa.uint8(),
)  # fmt: skip
_COUNT_TYPES = (
    pa.uint32(), pa.uint64(), pa.date32(), pa.string(), pa.string(), pa.int32(), pa.string(),
    pa.decimal128(9, 2), pa.uint8(),
)  # fmt: skip
_SHOP_TYPES = (
    pa.uint32(), pa.uint64(), pa.string(), pa.string(), pa.string(), pa.string(), pa.string(),
    pa.uint8(), pa.decimal128(9, 2),
)  # fmt: skip


def market_model() -> Model:
    """The model of the market."""
    return load_model(FOLDER, "market")


class Market:
    """The market's tables in a database of their own, and browsers over them."""

    def __init__(self, model: Model | None = None) -> None:
        self.model = model or market_model()
        limits = ReaderLimits(readers=4)
        self.store = Store(parse_address(fresh_database()), limits)
        create_database(self.store.address)
        with self.store.writer() as writer:
            for table in self.model.dimension_tables.values():
                writer.run(dimension_table_ddl(table))
                writer.run(dictionary_ddl(table))
            for fact in self.model.fact_tables.values():
                writer.run(fact_table_ddl(fact))

    def insert(
        self,
        sales: Sequence[Sale] = (),
        shops: Sequence[Shop] = (),
        counts: Sequence[Count] = (),
    ) -> "Market":
        """Put facts and shops into the tables as they are, published or not."""
        with self.store.writer() as writer:
            if sales:
                writer.insert("sales", _table(sales, _SALE_TYPES), f"sales-{id(sales)}")
            if counts:
                writer.insert("stock", _table(counts, _COUNT_TYPES), f"stock-{id(counts)}")
            if shops:
                writer.insert("shops", _table(shops, _SHOP_TYPES), f"shops-{id(shops)}")
            writer.run("SYSTEM RELOAD DICTIONARY dict_shops")
        return self

    def browser(
        self,
        snapshot: Snapshot,
        scope: Scope = EVERYTHING,
        language: str = "en",
        cube: str = "sales",
        limits: Limits = MOST,
    ) -> ClickHouseBrowser:
        """A browser over the market."""
        return Cubes(self.model, self.store.readers, limits).browser(
            cube, snapshot, scope, language
        )

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def snapshot_of(top: int, hidden: Iterable[int] = (), shops: int = 1) -> Snapshot:
    """A snapshot that shows batches up to `top` but the hidden, and one version of the shops."""
    batches = tuple(hidden)
    return Snapshot(1, top, hidden={"sales": batches, "stock": batches}, versions={"shops": shops})


def _table(rows: Sequence[Any], types: Sequence[Any]) -> Any:
    names = [each.name for each in fields(rows[0])]
    names[:2] = ["_load", "_row"]
    columns = zip(*(astuple(row) for row in rows), strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))
