"""A small shop: sales as facts, stores as a dimension, and rows whose sums are known by heart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from server.store.arrow import arrow_schema
from server.store.tables import ColumnSpec, DimensionTableSpec, TableSpec


@dataclass(frozen=True)
class Tables:
    """A cube model, as far as the store must know it."""

    fact_tables: Mapping[str, TableSpec]
    dimension_tables: Mapping[str, DimensionTableSpec]


@dataclass(frozen=True)
class Question:
    """A statement for a reader."""

    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


SALES = TableSpec(
    name="sales",
    columns=(
        ColumnSpec("day", "Date"),
        ColumnSpec("store", "LowCardinality(String)"),
        ColumnSpec("pieces", "Nullable(Int16)"),
        ColumnSpec("amount", "Decimal(9, 2)"),
        ColumnSpec("weight", "Nullable(Float64)"),
        ColumnSpec("paid_at", "DateTime64(3, 'UTC')"),
    ),
    sort_key=("store", "day", "_load", "_row"),
    partition_by="toYear(day)",
)
STORES = DimensionTableSpec(
    name="stores",
    key="store",
    columns=(ColumnSpec("store", "String"), ColumnSpec("city", "Nullable(String)")),
)
SHOP = Tables({"sales": SALES}, {"stores": STORES})

NOON = datetime(2025, 12, 31, 12, 0, tzinfo=UTC)
# Two rows in two years: 3 pieces and none counted, 10.50 + 0.25 = 10.75.
TWO_SALES = pa.table(
    {
        "_row": [2, 3],
        "day": [date(2025, 12, 31), date(2026, 1, 1)],
        "store": ["Köln", "北京"],
        "pieces": [3, None],
        "amount": [Decimal("10.50"), Decimal("0.25")],
        "weight": [0.1, None],
        "paid_at": [NOON, NOON],
    },
    schema=arrow_schema(SALES),
)
TWO_STORES = pa.table(
    {"_row": [2, 3], "store": ["Köln", "北京"], "city": ["Cologne", None]},
    schema=arrow_schema(STORES),
)


def sales(rows: int, first: int = 2) -> Any:
    """Many sales of one piece and 1.00 each."""
    return pa.table(
        {
            "_row": range(first, first + rows),
            "day": [date(2026, 1, 1)] * rows,
            "store": ["Köln"] * rows,
            "pieces": [1] * rows,
            "amount": [Decimal("1.00")] * rows,
            "weight": [0.5] * rows,
            "paid_at": [NOON] * rows,
        },
        schema=arrow_schema(SALES),
    )
