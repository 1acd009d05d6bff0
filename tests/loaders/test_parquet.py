"""Parquet as a source: the same rows as a text file gives, typed, checked as strictly."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.context import LoadContext
from loaders.correcting import refused_lines
from loaders.load import run_load
from server.errors import InvalidInput, LoadRejected
from server.ledger.refused import is_correctable
from server.ledger.source_line import source_line
from server.metadata.loads import find_load, quarantined_rows
from tests.loading import visible_now
from tests.shop import Question
from tests.shop_loads import sales_text

Written = Callable[..., Path]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def rows(**columns: list[Any]) -> Any:
    """Three sales of one piece and 1.25 each; columns may be exchanged."""
    table = {
        "date": pa.array([date(2026, 1, day) for day in (2, 3, 4)]),
        "store": pa.array(["Köln"] * 3),
        "pieces": pa.array([1] * 3, pa.int32()),
        "amount": pa.array([Decimal("1.25")] * 3, pa.decimal128(12, 2)),
        "weight": pa.array([None] * 3, pa.float64()),
        "paid_at": pa.array([NOON] * 3, pa.timestamp("us", tz="UTC")),
        "note": pa.array(["sale 1", "sale 2", "sale 3"]),
    }
    return pa.table({**table, **columns})


@pytest.fixture
def either(context: LoadContext) -> LoadContext:
    """Sales come as text or as Parquet."""
    sales = replace(context.specifications["sales"], kind="either")
    return replace(context, specifications={**context.specifications, "sales": sales})


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a table as Parquet."""

    def keep(table: Any, **options: Any) -> Path:
        pq.write_table(table, tmp_path / "sales.parquet", **options)
        return tmp_path / "sales.parquet"

    return keep


def test_parquet_and_text_give_the_same_facts(
    either: LoadContext, written: Written, kept: Callable[..., Path]
) -> None:
    run_load(either, "sales", kept(rows(), row_group_size=2))
    run_load(either, "sales", written(sales_text(3)))

    question = Question(
        "SELECT day, store, pieces, amount, weight, paid_at, uniqExact(_load), min(_row), max(_row)"
        " FROM sales GROUP BY ALL ORDER BY day"
    )
    found = either.store.readers.query(question).rows
    assert [row[6] for row in found] == [2, 2, 2]
    assert [(row[7], row[8]) for row in found] == [(1, 2), (2, 3), (3, 4)]  # record, then line
    assert visible_now(either) == (6, "7.5")


def test_a_value_that_does_not_fit_is_quarantined_with_its_record(
    either: LoadContext, kept: Callable[..., Path]
) -> None:
    table = rows(
        pieces=pa.array([1, 40_000, 1], pa.int32()),
        amount=pa.array([Decimal("1.255"), None, Decimal("2.000")], pa.decimal128(12, 3)),
    )

    outcome = run_load(either_with_any_limit(either), "sales", kept(table))

    assert (outcome.stored, outcome.quarantined) == (1, 2)
    with either.metadata.read() as session:
        refused = quarantined_rows(session, outcome.load)
        load = find_load(session, outcome.load)
    assert [(row.line, row.column, row.raw, row.rule) for row in refused] == [
        (1, "amount", "1.255", "too_many_digits"),
        (2, "amount", "", "empty"),
        (2, "pieces", "40000", "out_of_range"),
    ]
    assert (load.rows_in_file, load.rows_stored, load.rows_quarantined) == (3, 1, 2)


def either_with_any_limit(context: LoadContext) -> LoadContext:
    sales = replace(context.specifications["sales"], error_limit_percent=Decimal(100))
    return replace(context, specifications={"sales": sales})


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (rows(amount=pa.array([1.25] * 3)), "amount is double; it must be of decimals or whole"),
        (rows(paid_at=pa.array([0] * 3, pa.timestamp("us"))), "paid_at is timestamp"),
        (rows(store=pa.array([[1]] * 3)), "store is list"),
        (rows().drop_columns(["pieces"]), "lacks column 'pieces'"),
        (rows().append_column("more", pa.array([1] * 3)), "has the unknown column 'more'"),
    ],
)
def test_a_file_of_other_columns_or_kinds_is_rejected_before_a_row_is_stored(
    either: LoadContext, kept: Callable[..., Path], table: Any, sentence: str
) -> None:
    with pytest.raises(LoadRejected) as refused:
        run_load(either, "sales", kept(table))

    assert sentence in refused.value.message
    assert visible_now(either) == (0, "0")


@pytest.mark.parametrize("part", [0.3, 0.98])
def test_a_cut_file_is_rejected(
    either: LoadContext, kept: Callable[..., Path], part: float
) -> None:
    path = kept(rows())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])

    with pytest.raises(LoadRejected, match="no whole Parquet file"):
        run_load(either, "sales", path)


def test_a_damaged_page_leaves_nothing_behind(
    either: LoadContext, kept: Callable[..., Path]
) -> None:
    path = kept(rows(), compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    place = content.index(b"\x28\xb5\x2f\xfd")  # the mark of a compressed page
    content[place : place + 8] = b"\0" * 8
    path.write_bytes(content)

    with pytest.raises(LoadRejected, match="no whole Parquet file"):
        run_load(either, "sales", path)
    assert visible_now(either) == (0, "0")


def test_each_kind_is_told_what_the_other_is(
    context: LoadContext, written: Written, kept: Callable[..., Path]
) -> None:
    with pytest.raises(LoadRejected, match="is a Parquet file; UTF-8 text is needed"):
        run_load(context, "sales", kept(rows()))
    parquet = replace(context.specifications["sales"], kind="parquet")
    with pytest.raises(LoadRejected, match="is no Parquet file; sales reads Parquet"):
        run_load(
            replace(context, specifications={"sales": parquet}), "sales", written(sales_text(1))
        )


def test_a_fact_leads_back_to_its_record(either: LoadContext, kept: Callable[..., Path]) -> None:
    outcome = run_load(
        either, "sales", kept(rows(store=pa.array(["Köln", "北京", None])), row_group_size=1)
    )

    with either.metadata.read() as session:
        load = find_load(session, outcome.load)
    line = source_line(either.metadata, either.settings.spool, 1, 2)

    assert (load.rows_stored, line.header) == (2, "date,store,pieces,amount,weight,paid_at,note")
    assert line.text == "2026-01-03,北京,1,1.25,,2026-01-31 12:00:00+00:00,sale 2"


def test_records_are_not_offered_to_be_mended_by_hand(
    either: LoadContext, kept: Callable[..., Path]
) -> None:
    """A record has no line that could be given out, mended and taken back."""
    strange = pa.array([Decimal("1.25"), None, Decimal("1.25")], pa.decimal128(12, 2))
    number = run_load(either, "sales", kept(rows(amount=strange))).load
    with either.metadata.read() as session:
        load = find_load(session, number)
    assert (load.state, load.rows_quarantined) == ("published", 1)

    assert not is_correctable(load, either.settings.spool)
    with pytest.raises(InvalidInput, match="is Parquet, whose records have no lines"):
        next(refused_lines(either.metadata, either.settings.spool, either.specifications, number))
