"""Files of any length: facts of a cell, and slices too large for the screen."""

import csv
import threading
import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from server.access import EVERYTHING, Scope
from server.errors import InvalidInput
from server.exports.asking import ask_for, cancel
from server.exports.job import file_path, make_export
from server.exports.long_table import long_table
from server.exports.reading import read_file
from server.exports.spec import ExportSpec
from server.exports.titles import title_of_spec
from server.exports.verifying import verify
from server.metadata import lease
from server.metadata.exports import Export
from server.runtime import Runtime
from tests.exports.people import NETWORK, analyst, exported, files_of, read
from tests.web.source import NETWORK as OF_NETWORK
from tests.web.source import december

DECEMBER = ("cut", "time:2013,4,12")
FLIGHTS = "Scheduled departures"
FACTS = ExportSpec("facts", "departures", "csv", query=(DECEMBER,))
SLICE = ExportSpec(
    "slice",
    "departures",
    "csv",
    query=(
        ("rows", "aircraft:tail_number"),
        ("columns", "time@ymd:day"),
        ("value", "flights"),
        ("value", "arrival_delay_minutes"),
        DECEMBER,
    ),
)


def small(runtime: Runtime) -> Runtime:
    """The same with screens that show next to nothing: a month of aircraft is far too much."""
    return replace(runtime, settings=replace(runtime.settings, slice_rows=100))


def made(runtime: Runtime, spec: ExportSpec, scope: Scope = EVERYTHING) -> tuple[Export, Path]:
    name = "vera" if scope == EVERYTHING else "nora"
    export = exported(runtime, analyst(runtime, name, scope), spec)
    assert export.job.error is None
    path = file_path(runtime, export)
    assert path is not None
    return export, path


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    end = next(number for number, line in enumerate(lines) if not line)
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:end]]


def test_every_fact_of_a_cell_is_in_the_file_once(own: Runtime) -> None:
    _, path = made(own, FACTS)
    rows = table_of(path)

    assert Counter(row["Carrier"] for row in rows) == Counter(r["carrier"] for r in december())
    assert len({(row["Batch"], row["Source row"]) for row in rows}) == len(december())


def test_parquet_holds_the_same_facts_typed(own: Runtime) -> None:
    _, path = made(own, replace(FACTS, format="parquet"))
    table = pq.read_table(path)

    assert table.num_rows == len(december())
    assert pa.types.is_integer(table.schema.field("Batch").type)
    assert pa.types.is_date(table.schema.field("Day").type)
    assert Counter(table.column("Carrier").to_pylist()) == Counter(r["carrier"] for r in december())


def test_facts_out_of_scope_are_in_no_file(own: Runtime) -> None:
    _, path = made(own, FACTS, NETWORK)
    expected = Counter(r["carrier"] for r in december() if r["carrier"] in OF_NETWORK)

    assert Counter(row["Carrier"] for row in table_of(path)) == expected


def test_facts_behind_others_leave_out_the_top_and_match(own: Runtime) -> None:
    """The file holds what the row Others counts, says what it leaves out, and proves it."""
    query = (DECEMBER, ("outside", "organisation:network,UA;network,DL"))
    _, path = made(own, replace(FACTS, query=query))
    expected = Counter(r["carrier"] for r in december() if r["carrier"] not in ("UA", "DL"))

    assert Counter(row["Carrier"] for row in table_of(path)) == expected
    assert "≠ United Air Lines" in path.read_text(encoding="utf-8-sig")
    assert verify(own, read_file(path))["verdict"] == "matches"


def test_fields_may_be_chosen(own: Runtime) -> None:
    query = (DECEMBER, ("fields", "carrier,flight"))
    _, path = made(own, replace(FACTS, query=query))

    assert set(table_of(path)[0]) == {"Batch", "Source row", "Carrier", "Flight number"}


def test_a_slice_too_large_for_the_screen_has_a_row_for_each_combination(own: Runtime) -> None:
    """Summed up again, its figures are those of the source."""
    _, path = made(small(own), SLICE)
    rows = table_of(path)
    known = [row for row in december() if row["tailnum"] not in ("", "NA")]

    assert len(rows) > 100
    assert sum(int(row[FLIGHTS]) for row in rows) == len(december())
    cells = {(row["tailnum"], row["day"]) for row in known}
    assert len(rows) >= len(cells)


def test_the_same_slice_in_parquet_adds_up_too(own: Runtime) -> None:
    _, path = made(small(own), replace(SLICE, format="parquet"))

    assert sum(pq.read_table(path).column(FLIGHTS).to_pylist()) == len(december())


def test_a_slice_that_the_screen_shows_stays_a_table_as_on_the_screen(own: Runtime) -> None:
    spec = ExportSpec(
        "slice", "departures", "csv", query=(("rows", "organisation"), ("value", "flights"))
    )
    export, path = made(small(own), spec)

    assert not read_file(path).is_long
    assert verify(own, read_file(path))["verdict"] == "matches"
    assert export.job.expected is None


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_other_formats_name_those_that_take_it(own: Runtime, kind: str) -> None:
    export = exported(small(own), analyst(own, "vera"), replace(SLICE, format=kind))

    assert export.state == "failed"
    assert "CSV or Parquet" in str(export.job.error)


def test_what_only_a_screen_can_show_is_named(own: Runtime) -> None:
    query = (*SLICE.query, ("value", "indicator.on_time_arrival"), ("top", "3:flights"))
    export = exported(
        small(own),
        analyst(own, "vera"),
        replace(SLICE, query=(*query[:2], ("value", "flights:value,share"), *query[3:])),
    )

    assert export.state == "failed"
    assert "indicator.on_time_arrival, share" in str(export.job.error)


def test_facts_are_files_of_two_formats_alone(own: Runtime) -> None:
    with pytest.raises(InvalidInput, match="csv or parquet"):
        title_of_spec(own, replace(FACTS, format="xlsx"))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("spec", [FACTS, SLICE], ids=["facts", "slice"])
def test_a_long_file_matches_also_when_its_bytes_are_others(
    own: Runtime, tmp_path: Path, spec: ExportSpec, kind: str
) -> None:
    runtime = small(own)
    _, path = made(runtime, replace(spec, format=kind))
    again = tmp_path / f"again.{kind}"
    rewrite(path, again)

    assert read_file(path).is_long
    assert verify(runtime, read_file(path))["verdict"] == "matches"
    assert again.read_bytes() != path.read_bytes()
    assert verify(runtime, read_file(again))["verdict"] == "matches"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("change", ["a cell", "a head", "a row less", "a row more"])
def test_an_altered_long_file_is_found(
    own: Runtime, tmp_path: Path, kind: str, change: str
) -> None:
    _, path = made(own, replace(FACTS, format=kind))
    again = tmp_path / f"again.{kind}"
    rewrite(path, again, change)

    assert verify(own, read_file(again))["verdict"] == "altered"


def rewrite(path: Path, again: Path, change: str = "") -> None:
    """Write a file with the same cells in other bytes and another order, or with a change."""
    if path.suffix == ".parquet":
        rewrite_parquet(path, again, change)
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    end = next(number for number, line in enumerate(lines) if not line)
    rows = list(reversed(lines[1:end]))
    heads = lines[0]
    if change == "a cell":
        rows[5][1] = str(int(rows[5][1]) + 1)
    if change == "a head":
        heads = ["Other", *heads[1:]]
    rows = rows[1:] if change == "a row less" else rows
    rows = [*rows, rows[0]] if change == "a row more" else rows
    with again.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([heads, *rows])
        file.write("\r\n")
        csv.writer(file).writerows(line for line in lines[end:] if line)


def rewrite_parquet(path: Path, again: Path, change: str) -> None:
    table = pq.read_table(path)
    kept = table.schema.metadata
    if change == "a cell":
        first = table.column(0).to_pylist()
        first[3] += 1
        table = table.set_column(0, table.schema.field(0), pa.array(first, table.schema[0].type))
    if change == "a head":
        table = table.rename_columns(["Other", *table.schema.names[1:]])
    table = table.slice(1) if change == "a row less" else table
    table = pa.concat_tables([table, table.slice(0, 1)]) if change == "a row more" else table
    table = table.take(list(reversed(range(table.num_rows))))
    pq.write_table(table.replace_schema_metadata(kept), again, compression="none")


def test_a_cancelled_export_stops_the_question_that_runs(
    own: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cross product of a million million rows would run for hours."""
    monkeypatch.setattr(lease, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr("server.exports.contents.long_table", endless_table)
    person = analyst(own, "vera")
    asked = ask_for(own, person, FACTS, "A title")
    working = threading.Thread(target=make_export, args=(own, asked.id))
    working.start()
    deadline = time.monotonic() + 20
    while read(own, asked.id).job.doing != "writing" and time.monotonic() < deadline:
        time.sleep(0.05)
    cancel(own, asked.id, person.identifier)
    working.join(20)

    assert not working.is_alive()
    assert read(own, asked.id).state == "cancelled"
    assert files_of(own, asked.id) == []


def endless_table(*given: object) -> object:
    table = long_table(*given)  # type: ignore[arg-type]
    slow = "SELECT number FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
    return replace(table, statement=replace(table.statement, sql=slow, parameters={}))


def test_a_full_disk_leaves_no_cut_file(own: Runtime) -> None:
    asked = ask_for(own, analyst(own, "vera"), FACTS, "A title")
    own.settings.exports.mkdir()
    for attempt in (1, 2, 3):
        (own.settings.exports / f"{asked.id}.{attempt}.tmp").symlink_to("/dev/full")
        make_export(own, asked.id)

    failed = read(own, asked.id)
    assert failed.state == "failed"
    assert failed.job.error_code == "disk_full"
    assert files_of(own, asked.id) == []


def test_the_file_says_where_it_comes_from(own: Runtime) -> None:
    export, path = made(own, FACTS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    origin = dict(line for line in lines[-12:] if len(line) == 2)

    assert origin["Rows"] == str(len(december()))
    assert origin["Fingerprint"] == export.fingerprint
    assert origin["Snapshot"] == str(export.snapshot)
    assert Decimal(origin["Rows"]) == export.job.expected
