"""Dimensions: a complete version, members merged over it, and days that must not overlap."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import Progress, run_load
from loaders.specification import read_specification
from server.errors import LoadRejected
from server.ledger.publish import withdraw
from server.ledger.snapshot import open_snapshot
from server.ledger.source_line import source_line
from server.metadata.loads import list_loads
from server.store.migrate import ensure_tables
from server.store.tables import ColumnSpec, DimensionTableSpec, Validity
from tests.shop import Question, Tables
from tests.shop_loads import STORES_TOML
from tests.stores import Clock, new_metadata, new_store, settings_for

Written = Callable[..., Path]
FOUR = "store,city\nKöln,Cologne\nBonn,Bonn\n北京,Peking\nWien,NA\n"


@pytest.fixture
def merging(context: LoadContext) -> LoadContext:
    """Stores come complete, or a few at a time."""
    stores = context.specifications["stores"]
    few = replace(stores, name="some_stores", mode="merge")
    return replace(context, specifications={"stores": stores, "some_stores": few})


def members(context: LoadContext, as_of: int | None = None) -> dict[str, str | None]:
    """The members that the dictionary serves of the visible version."""
    version = open_snapshot(context.metadata, as_of).version_of("stores")
    question = Question(
        "SELECT store, city FROM dict_stores WHERE _load = {version:UInt32}", {"version": version}
    )
    return dict(context.store.readers.query(question).rows)


def test_a_partial_file_changes_the_members_that_it_names(
    merging: LoadContext, written: Written
) -> None:
    run_load(merging, "stores", written(FOUR, "stores.csv"))
    assert members(merging)["北京"] == "Peking"

    text = "store,city\n北京,Beijing\nGraz,Graz\n"
    outcome = run_load(merging, "some_stores", written(text, "some.csv"))

    assert outcome.stored == 2
    assert members(merging) == {
        "Köln": "Cologne", "Bonn": "Bonn", "北京": "Beijing", "Wien": None, "Graz": "Graz",
    }  # fmt: skip
    assert members(merging, as_of=1)["北京"] == "Peking"


def test_a_carried_member_still_names_the_line_that_it_came_from(
    merging: LoadContext, written: Written
) -> None:
    run_load(merging, "stores", written(FOUR, "stores.csv"))
    run_load(merging, "some_stores", written("store,city\n北京,Beijing\n", "some.csv"))

    version = open_snapshot(merging.metadata).version_of("stores")
    question = Question(
        "SELECT store, _origin, _row FROM stores WHERE _load = {version:UInt32} ORDER BY store",
        {"version": version},
    )
    lines = {
        store: source_line(merging.metadata, merging.settings.spool, origin, row).text
        for store, origin, row in merging.store.readers.query(question).rows
    }
    assert lines == {
        "Bonn": "Bonn,Bonn", "Köln": "Köln,Cologne", "Wien": "Wien,NA", "北京": "北京,Beijing",
    }  # fmt: skip


def test_the_first_partial_file_is_the_whole_dimension(
    merging: LoadContext, written: Written
) -> None:
    run_load(merging, "some_stores", written("store,city\nGraz,Graz\n", "some.csv"))

    assert members(merging) == {"Graz": "Graz"}


def test_a_merged_version_stays_what_it_is_when_the_one_before_goes(
    merging: LoadContext, written: Written
) -> None:
    first = run_load(merging, "stores", written(FOUR, "stores.csv"))
    few = run_load(merging, "some_stores", written("store,city\nGraz,Graz\n", "some.csv"))

    withdraw(merging.metadata, first.load, "ann", "wrong", merging.clock())
    assert len(members(merging)) == 5
    withdraw(merging.metadata, few.load, "ann", "wrong", merging.clock())
    assert members(merging) == {}


def test_who_is_overtaken_by_another_version_merges_over_that(
    merging: LoadContext, written: Written
) -> None:
    run_load(merging, "stores", written(FOUR, "stores.csv"))
    overtaking = written("store,city\nLinz,Linz\n", "other.csv")

    def overtake() -> Progress:
        is_first = True

        def progress(_done: int, _expected: int | None) -> None:
            nonlocal is_first
            if is_first:
                is_first = False
                run_load(merging, "some_stores", overtaking)

        return progress

    outcome = run_load(
        merging,
        "some_stores",
        written("store,city\nGraz,Graz\n", "some.csv"),
        progress=overtake(),
    )

    assert set(members(merging)) == {"Köln", "Bonn", "北京", "Wien", "Linz", "Graz"}
    with merging.metadata.read() as session:
        states = {load.id: load.state for load in list_loads(session, 9)}
    assert states == {1: "published", 2: "abandoned", 3: "published", 4: "published"}
    assert outcome.load == 4


DATED = DimensionTableSpec(
    name="stores",
    key="store",
    columns=(
        ColumnSpec("store", "String"),
        ColumnSpec("city", "Nullable(String)"),
        ColumnSpec("since", "Nullable(Date)"),
        ColumnSpec("until", "Nullable(Date)"),
    ),
    dated=Validity("since", "until"),
)
DATED_TOML = STORES_TOML + '[[columns]]\nfrom = "since"\n\n[[columns]]\nfrom = "until"\n'
HEADER = "store,city,since,until\n"


@pytest.fixture
def dated(tmp_path: Path) -> Iterator[LoadContext]:
    """Stores that move from city to city."""
    settings = settings_for(tmp_path)
    tables = Tables({}, {"stores": DATED})
    read = read_specification(DATED_TOML.encode(), "shop", "here")
    with ExitStack() as opened:
        metadata = opened.enter_context(new_metadata(tmp_path))
        store = opened.enter_context(new_store(settings))
        ensure_tables(store, tables)
        few = replace(read, name="some_stores", mode="merge")
        found = {"stores": read, "some_stores": few}
        yield LoadContext(metadata, store, settings, Clock(), tables, found)


def city(context: LoadContext, day: str) -> str | None:
    version = open_snapshot(context.metadata).version_of("stores")
    question = Question(
        f"SELECT dictGet('dict_stores', 'city', (toUInt32({version}), 'K'), toDate('{day}'))"
    )
    found: str | None = context.store.readers.query(question).rows[0][0]
    return found


def test_a_member_has_a_row_for_each_span_of_days(dated: LoadContext, written: Written) -> None:
    text = HEADER + "K,Bonn,2026-07-01,NA\nK,Wien,NA,2026-06-30\nL,Linz,NA,NA\n"

    run_load(dated, "stores", written(text, "stores.csv"))

    assert [city(dated, day) for day in ("2020-01-01", "2026-06-30", "2026-07-01")] == [
        "Wien",
        "Wien",
        "Bonn",
    ]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("K,a,NA,2026-06-30\nK,b,2026-06-30,NA\n", "two rows of K are both valid on 2026-06-30"),
        ("K,a,NA,2026-06-30\nK,b,2026-07-02,NA\n", "K is valid from 2026-07-01 to 2026-07-01"),
        ("K,a,2026-02-01,2026-01-01\n", "K is valid from 2026-02-01 to 2026-01-01, which is"),
        ("K,a,NA,NA\nK,b,2026-01-01,NA\n", "two rows of K are both valid on 2026-01-01"),
        ("K,a,NA,2026-01-01\nK,b,NA,NA\n", "two rows of K are both valid on the first days"),
    ],
)
def test_spans_that_overlap_or_leave_a_gap_reject_the_file(
    dated: LoadContext, written: Written, rows: str, sentence: str
) -> None:
    with pytest.raises(LoadRejected) as refused:
        run_load(dated, "stores", written(HEADER + "L,Linz,NA,NA\n" + rows, "stores.csv"))

    assert sentence in refused.value.message


def test_a_partial_file_replaces_all_spans_of_its_members(
    dated: LoadContext, written: Written
) -> None:
    text = HEADER + "K,Bonn,2026-07-01,NA\nK,Wien,NA,2026-06-30\nL,Linz,NA,NA\n"
    run_load(dated, "stores", written(text, "stores.csv"))

    run_load(dated, "some_stores", written(HEADER + "K,Graz,NA,NA\n", "some.csv"))

    assert city(dated, "2020-01-01") == city(dated, "2026-07-01") == "Graz"
    question = Question("SELECT count() FROM stores WHERE _load = 2")
    assert dated.store.readers.query(question).rows == [(2,)]
