"""Batches: inserted exactly as typed, counted and summed exactly, deleted without trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa
import pytest

from server.errors import ModelMismatch, ServerError
from server.store.arrow import arrow_schema, arrow_type
from server.store.client import Store
from server.store.control_sums import ControlSums
from server.store.dictionaries import check_dictionary, reload_dictionary
from server.store.facts import (
    batches_in,
    count_and_sum,
    count_and_sum_each,
    delete_batches,
    insert_batch,
    insert_rows,
    with_batches,
)
from server.store.tables import ColumnSpec, Placement
from tests.shop import SALES, STORES, TWO_SALES, TWO_STORES, Question, sales


def test_a_batch_is_stored_as_it_was_given(store: Store) -> None:
    assert insert_batch(store, SALES, [TWO_SALES], load_id=1, batch_id=7) == 2

    question = Question("SELECT * FROM sales ORDER BY _row")
    rows = store.readers.query(question).rows
    names = ("_load", "_row", "_origin", *TWO_SALES.schema.names[1:])
    found = [dict(zip(names, row, strict=True)) for row in rows]
    given = [{"_load": 7, "_origin": 7, **row} for row in TWO_SALES.to_pylist()]
    for row in found:  # the driver's UTC is another object
        row["paid_at"] = row["paid_at"].timestamp()
    for row in given:
        row["paid_at"] = row["paid_at"].timestamp()
    assert found == given


def test_control_sums_are_those_worked_out_by_hand(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)

    rows, sums = count_and_sum(store, SALES, 1)

    assert rows == 2
    assert sums == {
        "day": "2 40907",  # 31 December 2025 is day 20453 since 1970, the next 20454
        "store": "2 11",  # Köln has 5 bytes, 北京 has 6
        "pieces": "1 3",
        "amount": "2 10.75",
        "weight": "1 4591870180066957722",  # the bits of 0.1: 0x3FB999999999999A
        "paid_at": "2 3534364800000",  # twice 1767182400000 milliseconds
        "_row": "2 5 13",  # lines 2 and 3: 2 + 3 and 4 + 9
    }


def test_the_parsers_sums_equal_the_stores(store: Store) -> None:
    chunks = [sales(300), TWO_SALES.slice(0, 0), sales(200, first=302)]
    counted = ControlSums(SALES)
    for chunk in chunks:
        counted.add(chunk)
    insert_batch(store, SALES, chunks, 1, 1)

    assert count_and_sum(store, SALES, 1) == (500, counted.sums)
    assert counted.rows == 500


def test_rows_of_several_batches_go_in_together_and_are_summed_apart(store: Store) -> None:
    batches = pa.array([8, 11, 8, 11, 11], pa.uint32())

    insert_rows(store, SALES, [with_batches(sales(5), batches)], load_id=1)

    found = count_and_sum_each(store, SALES, (8, 9, 11))
    assert {batch: (rows, sums["amount"]) for batch, (rows, sums) in found.items()} == {
        8: (2, "2 2"),
        9: (0, "0 0"),
        11: (3, "3 3"),
    }
    assert found[8][1]["_row"] == "2 6 20"  # lines 2 and 4
    assert found[9][1] == ControlSums(SALES).sums


def test_batches_are_counted_apart(store: Store) -> None:
    insert_batch(store, SALES, [sales(5)], 1, 1)
    insert_batch(store, SALES, [sales(7)], 2, 3)

    assert batches_in(store, "sales") == {1: 5, 3: 7}


def test_a_doubled_row_is_noticed_though_another_is_lost(store: Store) -> None:
    counted = ControlSums(SALES)
    counted.add(sales(3))
    insert_batch(store, SALES, [sales(2), sales(1)], 1, 1)  # lines 2, 3 and 2: line 4 is lost

    rows, sums = count_and_sum(store, SALES, 1)

    assert rows == counted.rows == 3
    different = [name for name, sum_ in counted.sums.items() if sums[name] != sum_]
    assert different == ["_row"]


def test_the_same_chunk_of_another_batch_is_not_taken_for_a_retry(store: Store) -> None:
    for batch in (1, 2):
        insert_batch(store, SALES, [sales(10)], load_id=1, batch_id=batch)

    assert batches_in(store, "sales") == {1: 10, 2: 10}


def test_a_retried_token_adds_nothing(store: Store) -> None:
    chunk = sales(10).add_column(0, "_load", pa.array([1] * 10, pa.uint32()))
    with store.writer() as writer:
        for _ in range(3):
            writer.insert("sales", chunk, "1-0")

    assert batches_in(store, "sales") == {1: 10}


def test_big_chunks_are_cut_and_progress_is_told(store: Store) -> None:
    told: list[int] = []

    insert_batch(store, SALES, [sales(300_000)], 1, 1, after_chunk=told.append)

    assert told == [250_000, 300_000]
    assert count_and_sum(store, SALES, 1)[0] == 300_000


def test_what_stops_the_progress_stops_the_batch(store: Store) -> None:
    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        insert_batch(store, SALES, [sales(10), sales(10, 12)], 1, 1, after_chunk=stop)

    assert batches_in(store, "sales") == {1: 10}


def test_an_empty_batch_is_no_error(store: Store) -> None:
    assert insert_batch(store, SALES, [], 1, 1) == 0
    assert count_and_sum(store, SALES, 1)[0] == 0


def other(column: str, values: Any) -> Any:
    """The two sales with one column's values in another type."""
    return TWO_SALES.set_column(TWO_SALES.schema.get_field_index(column), column, values)


@pytest.mark.parametrize(
    ("chunk", "sentence"),
    [
        (other("pieces", pa.array([300, 1], pa.int64())), "sales.pieces is int16, not int64"),
        (other("amount", pa.array([1.5, 2.5])), "sales.amount is decimal128"),
        (other("store", pa.array(["x", None])), "sales.store cannot be empty"),
        (TWO_SALES.drop_columns(["pieces"]), "has the columns"),
        (TWO_SALES.append_column("more", pa.array([1, 2])), "has the columns"),
    ],
)
def test_a_chunk_of_other_types_never_reaches_the_engine(
    store: Store, chunk: Any, sentence: str
) -> None:
    with pytest.raises(ModelMismatch, match=sentence):
        insert_batch(store, SALES, [chunk], 1, 1)

    assert batches_in(store, "sales") == {}


def test_deleted_batches_leave_the_others(store: Store) -> None:
    for batch in (1, 2, 3):
        insert_batch(store, SALES, [sales(batch)], batch, batch)

    delete_batches(store, "sales", [1, 3])
    delete_batches(store, "sales", [])

    assert batches_in(store, "sales") == {2: 2}


def test_a_dictionary_serves_every_version_it_was_reloaded_with(store: Store) -> None:
    insert_batch(store, STORES, [TWO_STORES], 1, 1)
    reload_dictionary(store, STORES)
    insert_batch(store, STORES, [TWO_STORES.slice(0, 1)], 2, 2)

    check_dictionary(store, STORES, 1, 2)
    with pytest.raises(ServerError, match="0 of 1"):
        check_dictionary(store, STORES, 2, 1)
    reload_dictionary(store, STORES)
    check_dictionary(store, STORES, 2, 1)
    check_dictionary(store, STORES, 1, 2)


def test_a_member_without_a_key_is_refused_by_the_table(store: Store) -> None:
    nameless = TWO_STORES.set_column(1, "store", pa.array(["", "x"]))

    with pytest.raises(ServerError):
        insert_batch(store, STORES, [nameless], 1, 1)


@pytest.mark.parametrize(
    ("kind", "arrow"),
    [
        ("UInt8", pa.uint8()),
        ("Nullable(Int64)", pa.int64()),
        ("LowCardinality(Nullable(String))", pa.string()),
        ("Date32", pa.date32()),
        ("Nullable(Decimal(20, 16))", pa.decimal128(20, 16)),
    ],
)
def test_each_column_type_has_one_arrow_type(kind: str, arrow: Any) -> None:
    assert arrow_type(ColumnSpec("x", kind)) == arrow


def test_a_chunk_has_the_source_row_and_not_the_batch() -> None:
    names = arrow_schema(SALES).names

    assert names[0] == "_row"
    assert "_load" not in names
    assert Decimal("0.25") in TWO_SALES.column("amount").to_pylist()


class Replicated:
    """A store on a cluster, which notes what it is told instead of doing it."""

    placement = Placement(is_replicated=True, cluster="main")

    def __init__(self, store: Store) -> None:
        self._store = store
        self.database = store.database
        self.told: list[str] = []

    @contextmanager
    def writer(self) -> Iterator["Replicated"]:
        with self._store.writer() as writer:
            self._writer = writer
            yield self

    def run(self, statement: str) -> None:
        self.told.append(statement)

    def stored(self, table: str, database: str, placement: Placement) -> str:
        return self._writer.stored(table, database, placement)

    def __getattr__(self, name: str) -> Any:
        self.told.append(name)
        return getattr(self._writer, name)


def test_on_a_cluster_a_batch_is_counted_when_every_replica_has_it(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)
    cluster = Replicated(store)

    rows, _sums = count_and_sum(cast("Store", cluster), SALES, 1)

    assert rows == 2
    assert cluster.told[0] == "SYSTEM SYNC REPLICA ON CLUSTER `main` `sales`"
    assert len(cluster.told) > 1  # what counts comes after
