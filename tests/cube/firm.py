"""A made-up firm whose units stand under each other, in a store of its own."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from server.access import EVERYTHING, Scope
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.elements import AS_WAS, Membership
from server.cube.model import load_model
from server.snapshot import Snapshot
from server.store.address import parse_address
from server.store.arrow import AnyTable, arrow_schema
from server.store.client import Store
from server.store.connection import create_database
from server.store.dictionaries import reload_dictionary
from server.store.facts import insert_batch
from server.store.migrate import ensure_tables
from server.store.readers import Limits
from tests.engine import fresh_database

FOLDER = Path(__file__).parent / "tree_model"
MODEL = load_model(FOLDER, "firm")
Row = tuple[Any, ...]


class Firm:
    """The firm's tables; every insert is a batch, and a version of its table."""

    def __init__(self) -> None:
        self.store = Store(parse_address(fresh_database()), Limits(readers=2))
        create_database(self.store.address)
        ensure_tables(self.store, MODEL)
        self._batch = 0
        self._versions: dict[str, int] = {}

    def units(self, rows: Iterable[Row]) -> "Firm":
        """A version of the units: unit, the one above it, name, Chinese name, town, staff."""
        return self._version("units", rows)

    def moving(self, rows: Iterable[Row]) -> "Firm":
        """A version of the moving units: unit, the one above, name, town, since, until."""
        return self._version("moving_units", rows)

    def book(self, rows: Iterable[Row]) -> "Firm":
        """Facts: day, unit, amount."""
        self._insert(MODEL.fact_tables["bookings"], list(rows))
        return self

    def ask(
        self, membership: Membership = AS_WAS, scope: Scope = EVERYTHING, language: str = "en"
    ) -> ClickHouseBrowser:
        """A browser of everything so far."""
        last = {"bookings": date(2025, 12, 31)}
        snapshot = Snapshot(1, self._batch, versions=dict(self._versions), watermarks=last)
        cubes = Cubes(MODEL, self.store.readers)
        return cubes.browser("bookings", snapshot, scope, language, membership)

    def _version(self, name: str, rows: Iterable[Row]) -> "Firm":
        table = MODEL.dimension_tables[name]
        self._versions[name] = self._insert(table, list(rows))
        reload_dictionary(self.store, table)
        return self

    def _insert(self, table: AnyTable, rows: Sequence[Row]) -> int:
        self._batch += 1
        schema = arrow_schema(table)
        columns = [list(range(2, 2 + len(rows))), *map(list, zip(*rows, strict=True))]
        chunk = pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
        insert_batch(self.store, table, [chunk], self._batch, self._batch)
        return self._batch


def sums(
    asking: ClickHouseBrowser, level: str, cell: str = "", dimension: str = "organisation"
) -> dict[Row, int]:
    """The amounts by path down to a level; together they are the amount of the whole cell."""
    result = asking.aggregate(cell, "amount", f"{dimension}:{level}")
    depth = int(level.removeprefix("level"))
    names = [f"{dimension}.level{number}" for number in range(1, depth + 1)]
    found = {tuple(row[name] for name in names): row["amount"] for row in result.cells}
    assert len(found) == len(result.cells)
    assert sum(found.values()) == result.summary["amount"]
    return found
