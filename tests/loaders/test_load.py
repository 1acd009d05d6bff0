"""A load from file to figures: what arrives, what waits in quarantine, what is refused whole."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import LoadOutcome, run_load
from server.errors import InvalidInput, LoadHeld, LoadRejected, NotFound
from server.metadata.loads import Load, Quarantined, find_load, list_loads, quarantined_rows
from server.store.facts import batches_in
from tests.loading import visible_now
from tests.shop import Question
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]
GOOD = "2026-01-05,Köln,1,1.25,NA,2026-01-31T12:00:00Z,fine\n"


def load_of(context: LoadContext, outcome: LoadOutcome) -> Load:
    with context.metadata.read() as session:
        return find_load(session, outcome.load)


def last_load(context: LoadContext) -> tuple[Load, tuple[Quarantined, ...]]:
    with context.metadata.read() as session:
        load = list_loads(session, 1)[0]
        return load, quarantined_rows(session, load.id)


def with_control(context: LoadContext, **control: object) -> LoadContext:
    sales = replace(context.specifications["sales"], **control)  # type: ignore[arg-type]
    return replace(context, specifications={**context.specifications, "sales": sales})


def test_a_file_becomes_facts_with_their_lines(context: LoadContext, written: Written) -> None:
    outcome = run_load(context, "sales", written(sales_text(3)), by="ann")

    question = Question(
        "SELECT _load, _row, store, pieces, amount, weight FROM sales ORDER BY _row"
    )
    assert context.store.readers.query(question).rows == [
        (1, line, "Köln", 1, Decimal("1.25"), None) for line in (2, 3, 4)
    ]
    load = load_of(context, outcome)
    assert (load.state, load.by, load.source) == ("published", "ann", "sales.csv")
    assert (load.rows_in_file, load.rows_stored, load.rows_quarantined, load.rows_ignored) == (
        3,
        3,
        0,
        0,
    )
    assert load.sums is not None
    assert load.sums["amount"] == "3 3.75"


def test_a_bad_row_waits_in_quarantine_and_stops_no_good_one(
    context: LoadContext, written: Written
) -> None:
    text = (
        HEADER
        + GOOD
        + GOOD.replace("2026-01-05", "2026-02-30")
        + GOOD.replace(",1,", ",1.5,").replace(",1.25,", ",1.255,")
        + GOOD
        + "\n"
        + GOOD.replace(",fine", "")
        + GOOD.replace("Köln", '"Köln, Dom"')
        + GOOD.replace("Köln", 'Kö"ln')
        + GOOD
    )

    outcome = run_load(context, "sales", written(text))

    load = load_of(context, outcome)
    assert (load.rows_in_file, load.rows_stored, load.rows_quarantined, load.rows_ignored) == (
        9,
        4,
        4,
        1,
    )
    assert visible_now(context) == (4, "5")
    _, refused = last_load(context)
    assert [(row.line, row.column, row.raw[:12], row.rule) for row in refused] == [
        (3, "date", "2026-02-30", "no_such_day"),
        (4, "amount", "1.255", "too_many_digits"),
        (4, "pieces", "1.5", "not_integer"),
        (7, None, "2026-01-05,K", "columns"),
        (9, None, "2026-01-05,K", "quotes"),
    ]


def test_columns_are_bound_by_name_whatever_their_order(
    context: LoadContext, written: Written
) -> None:
    columns = HEADER.strip().split(",")
    values = GOOD.strip().split(",")
    text = ",".join(reversed(columns)) + "\n" + ",".join(reversed(values)) + "\n"

    run_load(context, "sales", written(text))

    assert visible_now(context) == (1, "1.25")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_change_nothing(
    context: LoadContext, written: Written, end: str, mark: str
) -> None:
    run_load(context, "sales", written((mark + sales_text(5).replace("\n", end)).encode()))

    assert visible_now(context) == (5, "6.25")


REJECTED = {
    "an empty file": (b"", "is empty"),
    "a cut last line": (sales_text(3)[:-4].encode(), "last line, 4, may have been cut"),
    "another encoding": (
        sales_text(3, store="Köln").encode("latin-1"),
        "not UTF-8: line 2 holds the byte 0xf6",
    ),
    "a byte of nothing": (sales_text(3).encode().replace(b"sale 2", b"sal\0 2"), "line 3 holds"),
    "UTF-16": (sales_text(3).encode("utf-16"), "is UTF-16; UTF-8 text is needed"),
    "a missing column": (
        sales_text(3).replace("pieces", "peices").encode(),
        "sales.csv: it lacks column 'pieces'; it has the unknown column 'peices'; perhaps 'peices' "
        "stands for 'pieces'; sales reads: date, store, pieces, amount, weight, paid_at, note",
    ),
    "a column twice": (
        sales_text(1).replace("note", "note,note").encode(),
        "has twice the column 'note'",
    ),
    "a column more": (sales_text(1).replace("note", "note,more").encode(), "unknown column 'more'"),
    "no header": (b"\n" + GOOD.encode(), "no header in its first line"),
    "a broken archive": (b"PK\x03\x04 and more", "broken zip archive, or was cut"),
    "an endless line": (HEADER.encode() + b"x" * (2 << 20), "is longer than 1048576 bytes"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_source_that_cannot_be_right_is_rejected_in_one_sentence(
    context: LoadContext, written: Written, case: str
) -> None:
    content, sentence = REJECTED[case]

    with pytest.raises(LoadRejected, match=r"^sales\.csv") as refused:
        run_load(context, "sales", written(content))

    assert sentence in refused.value.message
    assert refused.value.exit_code == 3
    load, _ = last_load(context)
    assert (load.state, load.error) == ("rejected", refused.value.message)
    assert visible_now(context) == (0, "0")
    assert batches_in(context.store, "sales") == {}


def test_a_rejected_file_is_loaded_when_it_is_mended(
    context: LoadContext, written: Written
) -> None:
    for _ in range(2):
        with pytest.raises(LoadRejected):
            run_load(context, "sales", written(sales_text(3)[:-1]))
    outcome = run_load(context, "sales", written(sales_text(3)))

    assert outcome.stored == 3
    assert outcome.load == 3


def test_an_archive_is_read_where_it_lies(context: LoadContext, tmp_path: Path) -> None:
    archive = tmp_path / "sales.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("sales.csv", sales_text(50))

    outcome = run_load(context, "sales", archive)

    assert load_of(context, outcome).member == "sales.csv"
    assert visible_now(context)[0] == 50


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_cut_archive_is_rejected(context: LoadContext, tmp_path: Path, kept: float) -> None:
    archive = tmp_path / "sales.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("sales.csv", sales_text(5000))
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(LoadRejected, match="broken zip archive, or was cut"):
        run_load(context, "sales", archive)


def test_an_archive_with_a_damaged_byte_is_rejected(context: LoadContext, tmp_path: Path) -> None:
    archive = tmp_path / "sales.zip"
    with zipfile.ZipFile(archive, "w") as opened:  # stored as it is: only the checksum can tell
        opened.writestr("sales.csv", sales_text(50))
    content = bytearray(archive.read_bytes())
    place = content.index(b",1.25,")
    content[place + 1 : place + 2] = b"9"
    archive.write_bytes(content)

    with pytest.raises(LoadRejected, match="Bad CRC-32"):
        run_load(context, "sales", archive)
    assert visible_now(context) == (0, "0")


def test_a_bomb_is_refused_before_it_is_unpacked(context: LoadContext, tmp_path: Path) -> None:
    archive = tmp_path / "sales.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("sales.csv", HEADER + "\n" * 50_000_000)

    with pytest.raises(LoadRejected, match="more than 200 times its size"):
        run_load(context, "sales", archive)


def test_fewer_rows_than_the_control_total_reject_the_file(
    context: LoadContext, written: Written
) -> None:
    with pytest.raises(LoadRejected, match="has 3 rows, but sales must have 4"):
        run_load(with_control(context, rows=4), "sales", written(sales_text(3)))
    with pytest.raises(LoadRejected, match="has 1 row, but sales must have 4"):
        run_load(with_control(context, rows=4), "sales", written(sales_text(1)))


def test_another_sum_than_the_control_total_rejects_the_file(
    context: LoadContext, written: Written
) -> None:
    strict = with_control(context, sums={"amount": Decimal("3.76")})
    with pytest.raises(LoadRejected, match=r"amount adds up to 3\.75, but sales must have 3\.76"):
        run_load(strict, "sales", written(sales_text(3)))
    assert batches_in(context.store, "sales") == {}

    right = with_control(context, sums={"amount": Decimal("3.750")})
    assert run_load(right, "sales", written(sales_text(3))).stored == 3


def test_a_single_row_that_is_bad_is_told_as_one(context: LoadContext, written: Written) -> None:
    text = sales_text(1).replace(",1.25,", ",-,")
    with pytest.raises(LoadHeld, match="the only row is in quarantine; sales may have 0, so"):
        run_load(with_control(context, error_limit_percent=Decimal(5)), "sales", written(text))


def test_too_many_bad_rows_hold_the_whole_load(context: LoadContext, written: Written) -> None:
    strict = with_control(context, error_limit_percent=Decimal(5))
    text = sales_text(1000).replace(",1.25,", ",-,", 51)

    with pytest.raises(LoadHeld, match="51 or more of 1000 rows are in quarantine") as held:
        run_load(strict, "sales", written(text))

    load, refused = last_load(context)
    assert (load.state, load.rows_quarantined, held.value.exit_code) == ("held", 51, 3)
    assert len(refused) == 51
    assert refused[0].raw == "-"
    assert visible_now(context) == (0, "0")
    assert batches_in(context.store, "sales") == {}


def test_as_many_bad_rows_as_the_limit_do_not_hold_it(
    context: LoadContext, written: Written
) -> None:
    strict = with_control(context, error_limit_percent=Decimal(5))
    text = sales_text(1000).replace(",1.25,", ",-,", 50)

    assert run_load(strict, "sales", written(text)).quarantined == 50


def test_the_setting_is_the_limit_of_a_specification_without_one(
    context: LoadContext, written: Written
) -> None:
    unlimited = with_control(context, error_limit_percent=None)

    with pytest.raises(LoadHeld, match="may have 5,"):
        run_load(unlimited, "sales", written(sales_text(100).replace(",1.25,", ",-,", 6)))


def test_a_member_has_one_row(context: LoadContext, written: Written) -> None:
    text = "store,city\nKöln,Cologne\nBonn,Bonn\nKöln,Colonia\n"

    run_load(context, "stores", written(text, "stores.csv"))

    _, refused = last_load(context)
    assert [(row.line, row.raw, row.rule) for row in refused] == [(4, "Köln", "duplicate_key")]


def test_a_complete_version_without_members_is_rejected(
    context: LoadContext, written: Written
) -> None:
    with pytest.raises(LoadRejected, match="has no rows"):
        run_load(context, "stores", written("store,city\n", "stores.csv"))


def test_a_delivery_of_no_facts_is_a_delivery(context: LoadContext, written: Written) -> None:
    outcome = run_load(context, "sales", written(HEADER))

    assert (outcome.stored, outcome.snapshot) == (0, 1)


def test_progress_is_told_as_rows_of_the_file(context: LoadContext, written: Written) -> None:
    told: list[tuple[int, int | None]] = []

    run_load(
        context,
        "sales",
        written(sales_text(40)),
        progress=lambda done, expected: told.append((done, expected)),
    )

    assert told[0] == (0, 40)
    assert told[-1] == (40, 40)


def test_what_is_not_there_is_said(context: LoadContext, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no load named 'sale'; there are: sales, stores"):
        run_load(context, "sale")
    with pytest.raises(NotFound, match=r"no file .*nothing\.csv"):
        run_load(context, "sales", tmp_path / "nothing.csv")
    lost = with_control(context, table="nothing")
    with pytest.raises(InvalidInput, match="fills the table 'nothing'"):
        run_load(lost, "sales", tmp_path / "nothing.csv")
