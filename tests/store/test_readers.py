"""Readers are harmless, limited and can be stopped."""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.errors import IndicubeError, LimitReached, ModelMismatch, ServerError, StoreAway
from server.store.client import Store
from server.store.facts import insert_batch
from server.store.readers import Cancellation, Limits, Readers, Threads
from tests.shop import SALES, TWO_SALES, Question, sales

SLOW = "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1"


@dataclass(frozen=True)
class Small(Question):
    """A statement that reads few rows of a roll-up."""

    threads: Threads = "few"


def count_sales(store: Store) -> int:
    rows = store.readers.query(Question("SELECT count() FROM sales")).rows
    return int(rows[0][0])


def test_a_reader_answers_with_names_and_exact_values(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)

    answer = store.readers.query(
        Question(
            "SELECT store, sum(pieces) AS pieces, sum(amount) AS amount FROM sales "
            "WHERE _load <= {top:UInt32} GROUP BY store ORDER BY store",
            {"top": 1},
        )
    )

    assert answer.columns == ("store", "pieces", "amount")
    assert [(s, p, str(a)) for s, p, a in answer.rows] == [
        ("Köln", 3, "10.50"),
        ("北京", None, "0.25"),
    ]


def test_an_empty_answer_has_the_names_of_the_statement(store: Store) -> None:
    question = Question("SELECT store FROM sales WHERE 0", columns=("store",))

    assert store.readers.query(question).columns == ("store",)


@pytest.mark.parametrize("threads", ["few", "one", "all"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')",
        "SELECT * FROM sqlite('/tmp/x.db', 'app_user')",
        "SELECT * FROM executable('x', 'TSV', 'a String')",
        "SELECT * FROM python('os')",
        "SELECT * FROM Python(secrets)",
        "SELECT * FROM `python`('os')",
        "SELECT * FROM \"python\" /* so */ ('os')",
        "SELECT * FROM `file`\n('/etc/passwd', 'LineAsString')",
        "SELECT 1 IN (SELECT * FROM(fileCluster ('x', '/etc/passwd', 'LineAsString')))",
        "SELECT file('/etc/passwd')",
        "INSERT INTO sales (store) VALUES ('x')",
        "INSERT INTO FUNCTION file('/tmp/indicube-written', 'CSV', 'a UInt8') SELECT 1",
        "WITH 1 AS one INSERT INTO sales (store) SELECT 'x'",
        "CREATE TABLE other (a UInt8) ENGINE = Memory",
        "DROP TABLE sales",
        "ALTER TABLE sales DELETE WHERE 1",
        "TRUNCATE TABLE sales",
        "SET max_threads = 5",
        "SELECT 1 SETTINGS max_execution_time = 3600",
        "SELECT 1 SETTINGS readonly = 0",
        "KILL QUERY WHERE 1",
        "SYSTEM RELOAD DICTIONARY dict_stores",
        "SELECT 1 INTO OUTFILE '/tmp/indicube-written'",
        "SELECT 1 into\n/* x */ outfile '/tmp/indicube-written'",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE sales",
        "SELECT ';', 1; DROP TABLE sales -- '",
        "SELECT 1 -- ' ;\n; DROP TABLE sales",
        "SELECT 1 # '\n; DROP TABLE sales # '",
        "SELECT $a$ ' $a$; DROP TABLE sales -- '",
        "SELECT ‘ ' ’; DROP TABLE sales -- '",
        "SELECT '\\'; DROP TABLE sales --'",
        "SELECT 'open",
        "SELECT /* open",
        "SELECT 1\0; DROP TABLE sales",
        "",
    ],
)
def test_nothing_but_one_harmless_select_runs(store: Store, sql: str, threads: Threads) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)

    if sql == "SELECT '\\'; DROP TABLE sales --'":  # all of it is one string
        assert store.readers.query(Question(sql)).rows == [("'; DROP TABLE sales --",)]
    else:
        with pytest.raises(IndicubeError):
            store.readers.query(Question(sql), threads=threads)
        with pytest.raises(IndicubeError), store.readers.stream(Question(sql)) as rows:
            list(rows)

    assert count_sales(store) == 2
    assert not Path("/tmp/indicube-written").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'it''s; INTO OUTFILE', \"a;\" FROM (SELECT 1 AS `a;`)",
        "-- a; comment with ' a quote\nSELECT 1 /* another; ' */ - 1",
        "WITH 2 AS two SELECT two",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT 8 / 2 - 1",
        "EXPLAIN SELECT 1",
    ],
)
def test_quotes_and_comments_may_hold_anything(store: Store, sql: str) -> None:
    assert store.readers.query(Question(sql)).rows


def test_hostile_text_is_only_ever_a_value(store: Store) -> None:
    hostile = "'; DROP TABLE sales; -- \\' \" ` ; INTO OUTFILE"

    answer = store.readers.query(Question("SELECT {text:String}", {"text": hostile}))

    assert answer.rows == [(hostile,)]


@pytest.mark.parametrize(
    ("limits", "sql", "what", "variable"),
    [
        (Limits(seconds=1), SLOW, "longer than 1 s", "MAX_EXECUTION_SECONDS"),
        (
            Limits(result_rows=10),
            "SELECT number FROM numbers(1000)",
            "answers more than 10 rows",
            "MAX_RESULT_ROWS",
        ),
        (
            Limits(memory_bytes=10_000_000),
            "SELECT uniqExact(number) FROM numbers(5000000)",
            "more memory than 10 MB",
            "MAX_MEMORY_BYTES",
        ),
        (
            Limits(rows_read=9_000),
            "SELECT sum(number) FROM numbers(100000)",
            "reads more than 9,000 rows",
            "MAX_ROWS_READ",
        ),
        (
            Limits(groups=2_000),
            "SELECT count() FROM (SELECT number FROM numbers(500000) GROUP BY number)",
            "makes more groups than 2,000",
            "MAX_GROUPS",
        ),
    ],
)
def test_a_question_beyond_a_limit_is_stopped_and_told_which(
    store: Store, limits: Limits, sql: str, what: str, variable: str
) -> None:
    readers = Readers(store.address, limits)

    with pytest.raises(LimitReached, match=what) as refused:
        readers.query(Question(sql))
    assert f"whoever runs Indicube may raise INDICUBE_{variable}" in (refused.value.hint or "")
    assert readers.query(Question("SELECT 1")).rows == [(1,)]
    readers.close()


def test_a_question_is_cancelled_from_another_thread(store: Store) -> None:
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()
    begin = time.monotonic()

    with pytest.raises(LimitReached):
        store.readers.query(Question(SLOW), cancellation=cancellation)

    assert time.monotonic() - begin < 10
    assert cancellation.is_cancelled
    assert store.readers.query(Question("SELECT 1")).rows == [(1,)]


def test_a_cancelled_value_lets_no_question_begin(store: Store) -> None:
    cancellation = Cancellation()
    cancellation.cancel()

    with pytest.raises(LimitReached, match="cancelled"):
        store.readers.query(Question("SELECT 1"), cancellation=cancellation)


def test_a_late_cancellation_does_not_hit_the_next_question(store: Store) -> None:
    readers = Readers(store.address, Limits(readers=1))
    cancellation = Cancellation()
    readers.query(Question("SELECT 1"), cancellation=cancellation)
    cancellation.cancel()

    assert readers.query(Question("SELECT 2")).rows == [(2,)]
    readers.close()


def test_rows_are_streamed_and_the_reader_comes_back(store: Store) -> None:
    insert_batch(store, SALES, [sales(1000)], 1, 1)
    readers = Readers(store.address, Limits(readers=1))

    with readers.stream(Question("SELECT _row FROM sales ORDER BY _row")) as rows:
        assert [row[0] for row in rows] == list(range(2, 1002))
    with readers.stream(Question("SELECT number FROM numbers(90000)")) as rows:
        assert next(rows) == (0,)  # broken off here
    assert readers.query(Question("SELECT 1")).rows == [(1,)]
    readers.close()


def test_an_error_of_whoever_takes_the_rows_stays_as_it_is(store: Store) -> None:
    def send() -> None:
        with store.readers.stream(Question("SELECT 1")):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        send()


def test_busy_readers_are_said_to_be_busy(store: Store) -> None:
    readers = Readers(store.address, Limits(readers=1, seconds=1))

    with (
        readers.stream(Question("SELECT number FROM numbers(10)"), threads="one"),
        pytest.raises(StoreAway, match="busy") as refused,
    ):
        readers.query(Question("SELECT 1"), threads="one")
    assert refused.value.code == "store_busy"
    readers.close()


def test_a_question_that_is_alone_gets_all_cores_and_others_one_thread_each(store: Store) -> None:
    threads = Question("SELECT toUInt32(getSetting('max_threads'))")

    [(alone,)] = store.readers.query(threads).rows
    with store.readers.stream(Question("SELECT number FROM numbers(10)")):
        [(among_others,)] = store.readers.query(threads).rows
    [(alone_again,)] = store.readers.query(threads).rows

    assert among_others == 1
    assert alone == alone_again
    assert alone > 1 or os.cpu_count() == 1


def test_a_statement_that_reads_few_rows_gets_one_thread_and_no_search_though_it_is_alone(
    store: Store,
) -> None:
    settings = "SELECT toUInt32(getSetting('max_threads')), toUInt8(getSetting('use_primary_key'))"

    assert store.readers.query(Small(settings)).rows == [(1, 0)]
    assert store.readers.query(Question(settings)).rows[0][1] == 1


def test_many_threads_share_the_readers(store: Store) -> None:
    insert_batch(store, SALES, [sales(100)], 1, 1)
    answers: list[int] = []

    def ask() -> None:
        answers.extend(count_sales(store) for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [100] * 120


def test_a_missing_table_is_the_models_fault_and_nonsense_is_ours(store: Store) -> None:
    with pytest.raises(ModelMismatch, match="lacks a table"):
        store.readers.query(Question("SELECT 1 FROM nothing_here"))
    with pytest.raises(ServerError, match="62") as refused:
        store.readers.query(Question("SELECT secret_words FROM ("))
    assert "secret_words" not in refused.value.message


def test_a_closed_store_answers_nobody(store: Store) -> None:
    readers = Readers(store.address, Limits(readers=1))
    readers.query(Question("SELECT 1"))
    readers.close()

    with pytest.raises(StoreAway, match="closed"):
        readers.query(Question("SELECT 1"))
