"""What is in a body: JSON lines, CSV and Arrow become the same lines; what is wrong is all told."""

import io
import os
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from loaders.context import LoadContext
from loaders.fields import told_specification
from loaders.pushes.checking import Body, Checked, Form, check_body
from server.errors import AskerError, InvalidInput, ManyErrors, RowMistake, TooLarge
from server.settings import Settings
from tests.loaders.pushing import NOON, lines, sale
from tests.shop import SHOP
from tests.shop_loads import specifications
from tests.stores import Clock

SEEDS = 1000 if "SOAK" in os.environ else 60
HEADER = "date,store,pieces,amount,weight,paid_at"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> LoadContext:
    """The shop without its store and its ledger: a body is checked without them."""
    home = tmp_path_factory.mktemp("bodies")
    settings = Settings.from_environment({"INDICUBE_HOME": str(home), "INDICUBE_PUSH_ROWS": "50"})
    nothing: Any = None
    return LoadContext(nothing, nothing, settings, Clock(), SHOP, specifications())


def checked(context: LoadContext, body: bytes, form: Form = "jsonl") -> tuple[Checked, list[str]]:
    """What is said of a body, and the lines that are kept of it."""
    kept = io.BytesIO()
    sent = Body(form, io.BytesIO(body), ())
    found = check_body(context, context.specification("sales"), sent, kept)
    return found, kept.getvalue().decode().removesuffix("\n").split("\n")


def mistakes(context: LoadContext, body: bytes, form: Form = "jsonl") -> list[AskerError]:
    """What is wrong with a body that is refused whole."""
    with pytest.raises((InvalidInput, ManyErrors)) as caught:
        checked(context, body, form)
    found = caught.value
    return list(found.errors) if isinstance(found, ManyErrors) else [found]  # type: ignore[arg-type]


def told(found: list[AskerError]) -> list[tuple[int | None, str | None, str]]:
    """Row, field and code of each."""
    return [(getattr(one, "row", None), one.field, one.code) for one in found]


def stream(table: Any, **options: Any) -> bytes:
    """A table as an Arrow stream."""
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as sink:
        sink.write_table(table)
    return file.getvalue()


def two_sales(**more: Any) -> Any:
    """Two sales in typed columns."""
    columns = {
        "date": pa.array([date(2026, 1, 5), date(2026, 1, 6)]),
        "store": pa.array(["Köln", "北京"]).dictionary_encode(),
        "pieces": pa.array([1, None], pa.int64()),
        "amount": pa.array([Decimal("1.25"), Decimal("-0.50")]),
        "weight": pa.array([0.1, None]),
        "paid_at": pa.array([datetime(2026, 1, 31, 12, tzinfo=UTC)] * 2),
        **more,
    }
    return pa.table(columns)


def test_the_three_forms_of_the_same_rows_become_the_same_lines(context: LoadContext) -> None:
    json_body = lines(
        sale("1.25", store="Köln", weight=0.1),
        sale("-0.50", "2026-01-06", "北京", pieces=None),
    )
    csv_body = (
        "store,note,date,pieces,amount,weight,paid_at\n"
        f"Köln,x,2026-01-05,1,1.25,0.1,{NOON}\n北京,x,2026-01-06,NA,-0.50,NA,{NOON}\n"
    ).encode()
    wanted = [
        HEADER,
        f"2026-01-05,Köln,1,1.25,0.1,{NOON}",
        f"2026-01-06,北京,NA,-0.50,NA,{NOON}",
    ]

    assert checked(context, json_body)[1] == wanted
    assert checked(context, csv_body, "csv")[1] == wanted
    arrow = checked(context, stream(two_sales()), "arrow")[1]
    assert arrow == [line.replace("12:00:00Z", "12:00:00.000000Z") for line in wanted] or (
        arrow == [line.replace("12:00:00Z", "12:00:00.000Z") for line in wanted]
    )


def test_a_number_stays_as_it_is_written(context: LoadContext) -> None:
    for text in ("12.10", "0.30", "-9999999.99", '"1.50"'):
        (_, line) = checked(context, lines(sale(text)))[1]
        assert line.split(",")[3] == text.strip('"')


def test_signs_of_csv_in_a_text_are_quoted_and_blank_lines_keep_their_place(
    context: LoadContext,
) -> None:
    found, kept = checked(context, b"\n" + lines(sale(store='a,"b"')) + b"\n\n")

    assert kept == [HEADER, "", f'2026-01-05,"a,""b""",1,1.25,NA,{NOON}', "", ""]
    assert (found.rows, found.blanks, found.rejected) == (1, 3, 0)


def test_every_mistake_of_a_body_is_told_at_once_with_its_row_and_field(
    context: LoadContext,
) -> None:
    body = lines(
        '{"date": 5, "store": ["x"], "colour": "red"}',
        "[1, 2]",
        '{"date": "2026-01-05"',
        sale(store="Bonn", colour="blue", pieces=True),
        '{"store": "a", "store": "b"}',
        sale(note="is ignored"),
    )

    found = mistakes(context, body)

    assert sorted(told(found), key=str) == sorted(
        [
            (1, "colour", "unknown_field"),
            (1, "date", "wrong_kind"),
            (1, "store", "wrong_kind"),
            (2, "body", "not_json"),
            (3, "body", "not_json"),
            (4, "pieces", "wrong_kind"),
            (5, "body", "not_json"),
        ],
        key=str,
    )
    unknown = next(one for one in found if one.code == "unknown_field")
    assert unknown.allowed == ("date", "store", "pieces", "amount", "weight", "paid_at")


@pytest.mark.parametrize("line", ["NaN", '{"amount": NaN}', "[" * 100_000, "nul", '"text"', "7"])
def test_what_is_no_object_is_named(context: LoadContext, line: str) -> None:
    assert told(mistakes(context, lines(sale(), line))) == [(2, "body", "not_json")]


def test_a_value_that_does_not_fit_costs_its_row_alone(context: LoadContext) -> None:
    rows = [sale() for _ in range(3)]
    body = lines(
        *rows,
        sale('"1,5"'),
        sale("1", "2026-02-30"),
        sale("1", store="two\nlines"),
    )

    found, kept = checked(context, body)

    assert (found.rows, found.rejected) == (6, 3)
    assert [(one.line, one.column, one.rule) for one in found.told] == [
        (4, "amount", "not_decimal"),
        (5, "date", "no_such_day"),
        (6, "store", "control_character"),
    ]
    assert len(kept) == 7
    assert kept[6].split(",")[1] == "two\x0blines"  # no column takes such a sign


def test_rows_that_cannot_be_taken_are_told_when_they_are_too_many(context: LoadContext) -> None:
    found = mistakes(context, lines(sale(), sale('"x"'), sale("1", store="")))

    assert told(found) == [
        (None, "body", "too_many_rejected"),
        (2, "amount", "not_decimal"),
        (3, "store", "empty"),
    ]
    assert found[0].message == (
        "2 of 3 rows cannot be taken, more than 50 %, so nothing of the push is kept"
    )


def test_columns_of_csv_may_stand_in_any_order_and_are_never_guessed(context: LoadContext) -> None:
    body = b"date,store,amount,amount,colour\n2026-01-05,a,1,1,x\n"

    assert told(mistakes(context, body, "csv")) == [
        (None, "amount", "invalid_input"),
        (1, "colour", "unknown_field"),
        (None, "paid_at", "missing_field"),
    ]


def test_lines_of_csv_that_cannot_be_cut_are_named_by_their_number(context: LoadContext) -> None:
    head = "date,store,pieces,amount,paid_at\n"
    body = f'{head}2026-01-05,a,1,1,{NOON}\n2026-01-05,a\n2026-01-05,"a,1,1,{NOON}\n'.encode()

    assert told(mistakes(context, body, "csv")) == [(3, "body", "columns"), (4, "body", "quotes")]


@pytest.mark.parametrize(
    ("body", "form", "words"),
    [
        (b"", "jsonl", "the body has no row"),
        (b"\n\n", "jsonl", "the body has no row"),
        (b"", "csv", "the body has no row"),
        (b"\xff\n", "jsonl", "row 1 is not UTF-8"),
        (HEADER.encode() + b"\n\xff\n", "csv", "row 2 is not UTF-8"),
        (HEADER.encode() + b"\n\x00\n", "csv", "row 2 holds a zero byte"),
        (b"{" + b" " * 1_100_000 * 5, "jsonl", "line 1 is longer than"),
        (b"garbage", "arrow", "ends before its end mark"),
        (b"", "arrow", "ends before its end mark"),
    ],
)
def test_a_body_that_is_no_body_is_told_in_a_sentence(
    context: LoadContext, body: bytes, form: Form, words: str
) -> None:
    (found,) = mistakes(context, body, form)

    assert words in found.message


def test_an_arrow_stream_of_other_kinds_is_refused_column_by_column(context: LoadContext) -> None:
    table = two_sales(
        amount=pa.array([1.25, 2.5]),
        pieces=pa.array(["1", "2"]),
        colour=pa.array([1, 2]),
    ).drop_columns(["paid_at"])

    assert told(mistakes(context, stream(table), "arrow")) == [
        (1, "colour", "unknown_field"),
        (None, "paid_at", "missing_field"),
        (None, "amount", "wrong_kind"),
    ]


def test_typed_values_that_do_not_fit_cost_their_row(context: LoadContext) -> None:
    moments = [datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)]
    table = two_sales(pieces=pa.array([1, 40_000]), paid_at=pa.array(moments))
    good = two_sales()

    found, _ = checked(
        context,
        stream(pa.concat_tables([table.cast(good.schema), good, good])),
        "arrow",
    )

    assert [(one.line, one.column) for one in found.told] == [(1, "paid_at"), (2, "pieces")]


@pytest.mark.parametrize("cut", [1, 9, 40, 200])
def test_a_cut_arrow_stream_is_refused(context: LoadContext, cut: int) -> None:
    whole = stream(two_sales())

    assert mistakes(context, whole[:-cut], "arrow")
    assert mistakes(context, whole[: -cut - 8] + whole[-8:], "arrow")


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_compressed_buffers_are_refused_before_they_are_unpacked(
    context: LoadContext, codec: str
) -> None:
    table = two_sales(store=pa.array(["a" * 500, "b" * 500]))

    (found,) = mistakes(context, stream(table, compression=codec), "arrow")

    assert found.code == "compressed"


def test_more_rows_than_a_push_may_have_are_refused_whatever_they_take(
    context: LoadContext,
) -> None:
    with pytest.raises(TooLarge, match="more than 50 rows"):
        checked(context, lines(*[sale()] * 51))
    with pytest.raises(TooLarge, match="more than 50 rows"):
        checked(context, b"\n" * 51)
    many = pa.concat_tables([two_sales()] * 26)
    with pytest.raises(TooLarge, match="more than 50 rows"):
        checked(context, stream(many), "arrow")


def test_words_of_a_dictionary_are_not_repeated_without_bound(context: LoadContext) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 50, pa.int8()), pa.array(["x" * 300_000]))
    rows = pa.concat_tables([two_sales()] * 25).combine_chunks()
    table = rows.set_column(1, "store", words)

    with pytest.raises(TooLarge, match="words of a dictionary"):
        checked(context, stream(table), "arrow")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_broken_body_breaks_anything(context: LoadContext, seed: int) -> None:
    """Bytes of right bodies are changed, left out and put in: each is taken or told in words."""
    chance = random.Random(seed)  # noqa: S311 -- made to be repeated
    form, right = chance.choice(_RIGHT)
    body = bytearray(right())
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(body))
        change = chance.choice((_put, _put, _take_away, _put_in))
        change(body, place, chance)
    if form == "arrow":
        body[-8:] = b"\xff\xff\xff\xff\x00\x00\x00\x00"

    with suppress(AskerError):  # whatever else is raised is a fault of ours
        checked(context, bytes(body), form)


def _put(body: bytearray, place: int, chance: random.Random) -> None:
    body[place] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))


def _take_away(body: bytearray, place: int, chance: random.Random) -> None:
    del body[place : place + chance.randint(1, 8)]


def _put_in(body: bytearray, place: int, chance: random.Random) -> None:
    body[place:place] = chance.randbytes(chance.randint(1, 8))


_RIGHT: Sequence[tuple[Form, Callable[[], bytes]]] = (
    ("arrow", lambda: stream(two_sales())),
    ("arrow", lambda: stream(two_sales(store=pa.array(["a", "b"])))),
    ("jsonl", lambda: lines(*[sale()] * 3)),
    ("csv", lambda: f"{HEADER}\n2026-01-05,a,1,1,NA,{NOON}\n".encode()),
)


def test_a_mistake_of_a_row_knows_its_row() -> None:
    assert RowMistake("row 3 is bad", row=3, field="amount").row == 3


def test_programs_can_ask_what_they_may_send(context: LoadContext) -> None:
    found = told_specification(context, context.specification("sales"))

    assert found["needs_idempotency_key"] is True
    assert [column["name"] for column in found["columns"]] == HEADER.split(",")
    assert [column["required"] for column in found["columns"]] == [1, 1, 0, 1, 0, 1]
