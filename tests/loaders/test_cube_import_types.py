"""The types of columns that nobody wrote down, told from every value of the whole file."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.importing.guessing import Seen
from server.errors import LoadRejected
from tests.loaders.importing import Installation, installation


def kind(*texts: str, before: str | None = None) -> str:
    seen = Seen()
    for text in texts:  # each in a block of its own, as those of a long file are
        seen.add(pa.array([text]))
    return seen.kind(before)


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("1", "-20", "0"), "Int64"),
        (("1", "", "3"), "Nullable(Int64)"),
        (("007", "8"), "String"),
        (("1", "2.50", "-0.125"), "Decimal(18, 3)"),
        (("1" * 19,), "Decimal(38, 0)"),
        (("1" * 17, "0.25"), "Decimal(38, 2)"),
        (("1" * 39,), "String"),
        (("1.5", "2e3"), "Float64"),
        (("2024-02-29", "2149-01-01"), "Date32"),
        (("2024-02-29", "1970-01-01"), "Date"),
        (("1969-12-31", ""), "Nullable(Date32)"),
        (("2023-02-29",), "String"),
        (("2024-02-29T10:00:00Z",), "DateTime64(3, 'UTC')"),
        (("2024-02-29 10:00:00",), "String"),
        (("yes", "1"), "String"),
        (("", ""), "Nullable(String)"),
        ((), "Nullable(String)"),
    ],
)
def test_every_value_fits_the_type(texts: tuple[str, ...], wanted: str) -> None:
    assert kind(*texts) == wanted


@pytest.mark.parametrize(
    ("before", "texts", "wanted"),
    [
        ("Nullable(Int64)", ("1", "2"), "Nullable(Int64)"),
        ("Int64", ("1", ""), "Nullable(Int64)"),
        ("Decimal(18, 3)", ("1", "2.5"), "Decimal(18, 3)"),
        ("Decimal(18, 1)", ("2.55",), "Decimal(18, 2)"),
        ("String", ("1", "2"), "String"),
        ("LowCardinality(String)", ("a", ""), "Nullable(String)"),
        ("Date32", ("2024-01-01",), "Date32"),
        ("Date", ("1900-01-01",), "Date32"),
        ("Int64", ("x",), "String"),
    ],
)
def test_a_type_of_before_stays_while_it_fits(
    before: str, texts: tuple[str, ...], wanted: str
) -> None:
    assert kind(*texts, before=before) == wanted


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as opened:
        yield opened


def test_parquet_says_its_types_itself(house: Installation) -> None:
    document: dict[str, Any] = {
        "dimensions": [{"name": "shop", "attributes": ["id", "name"]}, "day"],
        "cubes": [
            {
                "name": "sales",
                "dimensions": ["shop", "day"],
                "measures": ["amount", "pieces"],
                "joins": [{"master": "shop_id", "detail": "shop.id"}],
            }
        ],
    }
    facts = pa.table(
        {
            "shop_id": pa.array([-1, 2, None, 2], pa.int32()),
            "day": pa.array([date(2024, 1, day) for day in (1, 2, 3, 4)], pa.date32()),
            "amount": pa.array([Decimal("1.50"), None, Decimal("2.25"), Decimal(4)]),
            "pieces": pa.array([1, 2, 3, 4], pa.uint8()),
        }
    )
    folder = house.write(document, {"shop.csv": "id,name\n-1,Ä\n2,B\n"})
    pq.write_table(facts, folder / "sales.parquet")
    result = house.bring(folder)

    assert result["types"]["sales"] == {
        "shop_id": "Nullable(Int32)",
        "day": "Nullable(Date32)",
        "amount": "Nullable(Decimal(3, 2))",
        "pieces": "Nullable(UInt8)",
    }
    cells = house.ask("sales").aggregate("", ["amount_sum", "pieces_sum"], "shop").cells
    assert {row["shop.name"]: (row["amount_sum"], row["pieces_sum"]) for row in cells} == {
        "Ä": (Decimal("1.50"), 1),
        "B": (Decimal("4.00"), 6),
        "Unknown": (Decimal("2.25"), 3),
    }
    assert house.bring(folder)["is_unchanged"]


def test_a_table_without_rows_has_the_columns_that_the_model_needs(house: Installation) -> None:
    document = {"cubes": [{"name": "sales", "dimensions": ["shop"], "measures": ["amount"]}],
                "dimensions": ["shop"]}  # fmt: skip
    result = house.bring(house.write(document, {"sales.csv": "shop,amount\n"}))
    house.bring(house.write(document, {"sales.csv": "shop,amount\na,3\n"}))

    assert result["types"]["sales"] == {"amount": "Nullable(Int64)", "shop": "Nullable(String)"}
    assert house.ask("sales").aggregate().summary["amount_sum"] == 3
    assert house.ask("sales", 1).aggregate().summary["amount_sum"] == 0


DATED: dict[str, Any] = {
    "dimensions": [{"name": "day", "levels": ["year", "month"]}],
    "cubes": [
        {
            "name": "sales",
            "dimensions": ["day"],
            "mappings": {
                "day.year": {"column": "sold", "extract": "year"},
                "day.month": {"column": "sold", "extract": "month"},
            },
            "measures": ["amount"],
        }
    ],
}


@pytest.mark.parametrize(
    "sold",
    [
        pa.array([date(2024, 1, 2), date(2024, 2, 3)], pa.date32()),
        pa.array(["2024-01-02", "2024-02-03"]),
        pa.array([datetime(2024, 1, 2), datetime(2024, 2, 3)], pa.timestamp("ns")),  # noqa: DTZ001
    ],
)
def test_time_hangs_on_days_of_parquet_however_they_are_kept(
    house: Installation, sold: pa.Array
) -> None:
    folder = house.write(DATED, {})
    pq.write_table(pa.table({"sold": sold, "amount": [3, 4]}), folder / "sales.parquet")
    result = house.bring(folder)

    assert result["types"]["sales"]["sold"] == "Date"
    cells = house.ask("sales").aggregate("", ["amount_sum"], "day:month").cells
    assert [(row["day.year"], row["day.month"], row["amount_sum"]) for row in cells] == [
        (2024, 1, 3),
        (2024, 2, 4),
    ]


def test_a_record_of_parquet_without_its_day_is_named(house: Installation) -> None:
    folder = house.write(DATED, {})
    sold = pa.array([date(2024, 1, 2), None, date(1800, 1, 1)])
    pq.write_table(pa.table({"sold": sold, "amount": [3, 4, 5]}), folder / "sales.parquet")
    with pytest.raises(LoadRejected) as caught:
        house.bring(folder)

    assert caught.value.message.splitlines()[1:] == [
        "  sales.parquet:record 2: column sold: '': sold must have a value",
        "  sales.parquet:record 3: column sold: '1800-01-01': sold must be 1970-01-01 "
        "to 2149-06-06",
    ]
