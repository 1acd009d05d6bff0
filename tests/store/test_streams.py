"""Long answers: exact, bounded, harmless, stopped when nobody wants them."""

import csv
import io
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from server.errors import IndicubeError, LimitReached, ServerError, StoreAway
from server.store.client import Store
from server.store.csv_batches import schema_of
from server.store.facts import insert_batch
from server.store.harmless import check_readers, check_streams
from server.store.pool import Cancellation
from server.store.readers import Limits
from server.store.streams import StreamLimits, Streams
from tests.shop import SALES, TWO_SALES, Question

COLUMNS = ("_row", "day", "store", "pieces", "amount", "weight", "paid_at")
ALL = Question(f"SELECT {', '.join(COLUMNS)} FROM sales ORDER BY _row", columns=COLUMNS)
ENDLESS = Question("SELECT number, toString(number) FROM numbers(1000000000000)")


def written(store: Store, question: Question, form: str = "CSV") -> bytes:
    with store.streams.written(question, form) as blocks:  # type: ignore[arg-type]
        return b"".join(blocks)


def types_of(store: Store, question: Question) -> tuple[str, ...]:
    return store.streams.types(replace(question, sql=f"{question.sql} LIMIT 0"))


def test_csv_holds_every_value_exactly_and_nothing_for_what_is_missing(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)

    assert list(csv.reader(io.StringIO(written(store, ALL).decode(), newline=""))) == [
        ["2", "2025-12-31", "Köln", "3", "10.50", "0.1", "2025-12-31T12:00:00.000Z"],
        ["3", "2026-01-01", "北京", "", "0.25", "", "2025-12-31T12:00:00.000Z"],
    ]


def test_json_lines_write_decimals_as_text_and_numbers_as_numbers(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)
    first, second = written(store, ALL, "JSONEachRow").decode().splitlines()

    assert '"amount":"10.50"' in first
    assert '"pieces":3' in first
    assert '"pieces":null' in second
    assert '"store":"北京"' in second


def test_batches_hold_the_same_values_typed(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)
    types = types_of(store, ALL)

    with store.streams.batches(ALL, schema_of(COLUMNS, types)) as batches:
        rows = [row for batch in batches for row in batch.to_pylist()]

    noon = datetime(2025, 12, 31, 12, 0, tzinfo=UTC)
    assert [tuple(row.values()) for row in rows] == [
        (2, date(2025, 12, 31), "Köln", 3, Decimal("10.50"), 0.1, noon),
        (3, date(2026, 1, 1), "北京", None, Decimal("0.25"), None, noon),
    ]


def test_batches_tell_an_empty_text_from_a_missing_one_and_keep_line_ends(store: Store) -> None:
    texts = Question(
        "SELECT arrayJoin([NULL, '', 'a\\nb', 'c\"d', ' ', '\\\\N', 'NULL']) AS text",
        columns=("text",),
    )
    with store.streams.batches(texts, schema_of(("text",), types_of(store, texts))) as found:
        values = [value for batch in found for value in batch.column(0).to_pylist()]

    assert values == [None, "", "a\nb", 'c"d', " ", "\\N", "NULL"]


def test_no_rows_are_no_bytes_and_no_batches(store: Store) -> None:
    nothing = Question("SELECT store FROM sales WHERE 0", columns=("store",))

    assert written(store, nothing) == b""
    assert types_of(store, nothing) == ("LowCardinality(String)",)
    with store.streams.batches(nothing, schema_of(("store",), ("String",))) as found:
        assert list(found) == []


def test_more_rows_than_any_reader_answers_are_streamed(store: Store) -> None:
    many = Question("SELECT number FROM numbers(3000000)")

    assert written(store, many).count(b"\n") == 3_000_000


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 INTO OUTFILE '/tmp/indicube-written'",
        "SELECT 1; SELECT 2",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "INSERT INTO sales (store) VALUES ('x')",
    ],
)
def test_a_stream_takes_one_harmless_select_and_no_setting(store: Store, sql: str) -> None:
    with pytest.raises(IndicubeError):
        written(store, Question(sql))


def test_an_error_in_mid_stream_is_told(store: Store) -> None:
    broken = Question("SELECT throwIf(number = 3000000, 'x') FROM numbers(5000000)")
    came = b""

    def take() -> None:
        nonlocal came
        with store.streams.written(broken, "CSV") as blocks:
            for block in blocks:
                came += block

    with pytest.raises(ServerError):
        take()
    assert came.count(b"\n") < 3_000_001


def test_a_stream_is_cancelled_from_another_thread(store: Store) -> None:
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()

    def take() -> None:
        with store.streams.written(ENDLESS, "CSV", cancellation) as blocks:
            for _ in blocks:
                pass

    with pytest.raises(LimitReached) as refused:
        take()
    assert "cancelled" in refused.value.message
    assert running(store) == 0


def test_a_stream_that_is_left_stops_and_its_place_is_free(store: Store) -> None:
    streams = Streams(store.address, StreamLimits(streams=1))
    for _ in range(3):
        with streams.written(ENDLESS, "CSV") as blocks:
            assert next(blocks)
            assert running(store) == 1

    assert running(store) == 0
    streams.close()


def test_no_more_streams_run_than_there_are_places(store: Store) -> None:
    streams = Streams(store.address, StreamLimits(streams=1, wait_seconds=0.1))

    with (
        streams.written(ENDLESS, "CSV") as blocks,
        pytest.raises(StoreAway, match="busy"),
        streams.written(ENDLESS, "CSV"),
    ):
        next(blocks)
    streams.close()


def test_a_stream_ends_when_its_time_is_over(store: Store) -> None:
    streams = Streams(store.address, StreamLimits(seconds=1))

    def take() -> None:
        with streams.written(ENDLESS, "CSV") as blocks:
            for _ in blocks:
                pass

    with pytest.raises(LimitReached, match="takes longer than 1 s"):
        take()
    streams.close()


def test_groups_that_do_not_fit_into_memory_go_to_the_disk(store: Store) -> None:
    streams = Streams(store.address, StreamLimits(memory_bytes=300_000_000))
    groups = Question("SELECT toString(number) AS k, count() FROM numbers(4000000) GROUP BY k")

    with streams.written(groups, "CSV") as blocks:
        assert sum(block.count(b"\n") for block in blocks) == 4_000_000
    streams.close()


class Confined(StreamLimits):
    """What a server's reader has in place of a streamer's profile."""

    def as_settings(self) -> dict[str, str]:
        return {**super().as_settings(), **Limits().as_settings("all")}


def test_the_engine_is_asked_whether_streams_are_harmless_and_whole(store: Store) -> None:
    assert check_readers(store).startswith("ClickHouse ")
    check_streams(store)

    store.streams = Streams(store.address, Confined())
    with pytest.raises(ServerError, match="max_result_rows") as refused:
        check_streams(store)
    assert refused.value.code == "streams_confined"


def running(store: Store) -> int:
    """How many long answers the engine works on."""
    question = "SELECT count() FROM system.processes WHERE query LIKE '%(1000000000000)%FORMAT CSV'"
    return int(store.readers.query(Question(question)).rows[0][0])
