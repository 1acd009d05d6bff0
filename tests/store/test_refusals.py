"""What the engine refuses is told in a sentence that says what to do, never as a bare number."""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from server.errors import (
    IndicubeError,
    LimitReached,
    ModelMismatch,
    NoRoom,
    ServerError,
    SettingsError,
    StoreAway,
)
from server.store.address import parse_address
from server.store.client import Store
from server.store.connection import in_our_words
from server.store.facts import insert_batch
from server.store.refusals import refusal
from tests.shop import SALES, TWO_SALES, Question

SERVER = parse_address("http://writer:secret@facts.example:8123/?reader=reader:hidden")


def refused_load(store: Store, code: int) -> IndicubeError:
    """The error of ours when the engine itself ends a writer's statement with that code."""
    statement = (
        f"SELECT throwIf(1, 'at /var/lib', toInt16({code})) "
        "SETTINGS allow_custom_error_code_in_throwif = 1"
    )
    with pytest.raises(IndicubeError) as caught, store.writer() as writer:
        writer.rows(statement)
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        (243, NoRoom, "is full, so nothing is loaded until there is room"),
        (241, ServerError, "has too little memory for it; nothing of it is visible"),
        (159, ServerError, "did not do it in time"),
        (252, ServerError, "has too many parts in a table"),
        (164, SettingsError, "lets its user only read"),
        (516, SettingsError, "refuses the user or the password"),
        (497, SettingsError, "lacks a right"),
        (60, ModelMismatch, "lacks a table that the cube model names"),
        (242, StoreAway, "is read-only, for it has lost its Keeper"),
        (40, ServerError, "has bytes that are not as they were written"),
    ],
)
def test_a_load_that_the_engine_refuses_is_told_why(
    store: Store, code: int, kind: type[IndicubeError], sentence: str
) -> None:
    error = refused_load(store, code)

    assert type(error) is kind
    assert sentence in error.sentence
    assert str(code) not in error.sentence.replace(str(store.address), "")
    assert "/var/lib" not in error.sentence
    assert error.hint or "`" in error.message or kind is StoreAway


@pytest.mark.parametrize("code", [159, 241])
def test_a_question_that_passes_a_limit_is_the_askers(code: int) -> None:
    assert type(refusal(code, f"Code: {code}.", SERVER, is_writing=False)) is LimitReached


def test_an_unknown_refusal_names_its_code_and_nothing_of_the_statement(store: Store) -> None:
    with pytest.raises(ServerError) as caught, store.writer() as writer:
        writer.run("SELECT no_such_function_at_all(1)")

    assert caught.value.message == (
        "the fact store refused a statement (its code 46, UNKNOWN_FUNCTION)"
    )


def test_a_missing_grant_is_named_and_no_password_is() -> None:
    text = (
        "Code: 497. DB::Exception: reader: Not enough privileges. To execute this query, it's "
        "necessary to have the grant INSERT(day, store) ON indicube.sales. (ACCESS_DENIED)"
    )
    error = refusal(497, text, SERVER, is_writing=True)

    assert "http://facts.example:8123/" in error.message
    assert "lacks the right INSERT" in error.message
    assert not {"secret", "hidden", "sales"} & set(error.sentence.replace(",", " ").split())


def test_a_write_that_finds_the_disk_full_is_told_so_whatever_the_code() -> None:
    text = "Code: 75. DB::Exception: Cannot write to file x: , errno: 28, strerror: No space left"
    assert type(refusal(75, text, SERVER, is_writing=True)) is NoRoom


def test_a_full_folder_of_temporary_files_is_no_store_that_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.writer.temporary_arrow", _full)

    with pytest.raises(NoRoom) as caught:
        insert_batch(store, SALES, [TWO_SALES], 1, 1)

    assert tempfile.gettempdir() in caught.value.message
    assert store.readers.query(Question("SELECT count() FROM sales")).rows == [(0,)]


def test_the_operating_systems_other_errors_stay_what_they_were() -> None:
    with pytest.raises(StoreAway), in_our_words(SERVER, is_writing=True):
        raise OSError(errno.ECONNREFUSED, "Connection refused")


@contextmanager
def _full(chunk: pa.Table) -> Iterator[str]:
    """The device that is always full stands in for the folder."""
    with pa.OSFile("/dev/full", "wb") as sink:
        sink.write(bytes(1 << 20))
    yield chunk.schema.names[0]
