"""Members that stand under each other: a version whose parents cannot be right is not loaded."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from loaders.specification import read_specification
from server.errors import LoadRejected
from server.ledger.snapshot import open_snapshot
from server.store.migrate import ensure_tables, plan_tables
from server.store.tables import ColumnSpec, DimensionTableSpec, ParentChild, Validity
from tests.shop import Question, Tables
from tests.shop_loads import STORES_TOML
from tests.stores import Clock, new_metadata, new_store, settings_for

Written = Callable[..., Path]
PARENTS = DimensionTableSpec(
    name="stores",
    key="store",
    columns=(ColumnSpec("store", "String"), ColumnSpec("city", "Nullable(String)")),
    tree=ParentChild("city", 3),
)
DATED = replace(
    PARENTS,
    columns=(
        *PARENTS.columns,
        ColumnSpec("since", "Nullable(Date)"),
        ColumnSpec("until", "Nullable(Date)"),
    ),
    dated=Validity("since", "until"),
)
DATED_TOML = STORES_TOML + '[[columns]]\nfrom = "since"\n\n[[columns]]\nfrom = "until"\n'
HEADER, DATED_HEADER = "store,city\n", "store,city,since,until\n"


@contextmanager
def _context(tmp_path: Path, table: DimensionTableSpec, text: str) -> Iterator[LoadContext]:
    settings, tables = settings_for(tmp_path), Tables({}, {"stores": table})
    read = read_specification(text.encode(), "shop", "here")
    with ExitStack() as opened:
        metadata = opened.enter_context(new_metadata(tmp_path))
        store = opened.enter_context(new_store(settings))
        ensure_tables(store, tables)
        few = replace(read, name="some_stores", mode="merge")
        found = {"stores": read, "some_stores": few}
        yield LoadContext(metadata, store, settings, Clock(), tables, found)


@pytest.fixture
def parents(tmp_path: Path) -> Iterator[LoadContext]:
    """Stores under stores, three deep at most."""
    with _context(tmp_path, PARENTS, STORES_TOML) as context:
        yield context


@pytest.fixture
def dated(tmp_path: Path) -> Iterator[LoadContext]:
    """The same, and they move."""
    with _context(tmp_path, DATED, DATED_TOML) as context:
        yield context


def paths(context: LoadContext) -> dict[str, tuple[str, ...]]:
    version = open_snapshot(context.metadata).version_of("stores")
    question = Question(
        "SELECT store, level1, level2, level3 FROM dict_stores WHERE _load = {version:UInt32}",
        {"version": version},
    )
    rows = context.store.readers.query(question).rows
    return {row[0]: tuple(key for key in row[1:] if key) for row in rows}


def test_whoever_stands_below_is_served_with_the_path(
    parents: LoadContext, written: Written
) -> None:
    run_load(parents, "stores", written(HEADER + "c,b\nb,a\na,NA\nd,a\n", "stores.csv"))

    assert paths(parents) == {"a": ("a",), "b": ("a", "b"), "c": ("a", "b", "c"), "d": ("a", "d")}


def test_a_merge_moves_all_who_stand_below(parents: LoadContext, written: Written) -> None:
    run_load(parents, "stores", written(HEADER + "a,NA\nb,a\nc,b\nd,a\n", "stores.csv"))

    run_load(parents, "some_stores", written(HEADER + "c,d\n", "some.csv"))

    assert paths(parents)["c"] == ("a", "d", "c")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("a,NA\nb,x\n", "line 3: the parent x of b is not among the members"),
        ("a,NA\nb,c\nc,b\n", "line 3, line 4: b > c > b is a circle of parents"),
        ("a,NA\nb,b\n", "line 3: b > b is a circle of parents"),
        ("a,NA\nb,NA\n", "line 2, line 3: a and b are both without a parent"),
        ("a,NA\nb,a\nc,b\nd,c\n", "line 5: d stands deeper than 3 levels"),
        ("a,b\nb,a\n", "line 2, line 3: a > b > a is a circle of parents"),
    ],
)
def test_parents_that_cannot_be_right_are_named_with_their_lines(
    parents: LoadContext, written: Written, rows: str, sentence: str
) -> None:
    with pytest.raises(LoadRejected) as refused:
        run_load(parents, "stores", written(HEADER + rows, "stores.csv"))

    assert sentence in refused.value.message
    assert open_snapshot(parents.metadata).versions == {}
    left = parents.store.readers.query(Question("SELECT count() FROM stores")).rows
    assert left == [(0,)]


def test_every_mistake_is_told_once_and_together(parents: LoadContext, written: Written) -> None:
    rows = "a,NA\nb,x\nc,d\nd,c\ne,c\nf,NA\n"  # e only stands below the circle
    with pytest.raises(LoadRejected) as refused:
        run_load(parents, "stores", written(HEADER + rows, "stores.csv"))

    assert refused.value.message.split("; ")[:3] == [
        "line 3: the parent x of b is not among the members",
        "line 4, line 5: c > d > c is a circle of parents",
        "line 2, line 7: a and f are both without a parent, and one root is allowed unless the "
        'model says "roots": "many"',
    ]  # fmt: skip


def test_a_merge_that_takes_a_parent_away_names_the_line_of_the_earlier_file(
    parents: LoadContext, written: Written
) -> None:
    run_load(parents, "stores", written(HEADER + "a,NA\nb,a\nc,b\n", "stores.csv"))

    with pytest.raises(LoadRejected) as refused:
        run_load(parents, "some_stores", written(HEADER + "b,c\n", "some.csv"))

    told = "line 2, line 4 of an earlier file: b > c > b is a circle of parents"
    assert told in refused.value.message
    assert paths(parents)["c"] == ("a", "b", "c")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            "a,NA,NA,NA\nb,a,2025-02-01,NA\nc,b,NA,NA\n",
            "line 4: the parent b of c is not there before 2025-02-01",
        ),
        (
            "a,NA,NA,NA\nb,a,NA,2025-02-01\nc,b,2025-01-01,2025-03-31\n",
            "line 4: the parent b of c is not there from 2025-02-02 to 2025-03-31",
        ),
        (
            "a,NA,NA,NA\nb,a,NA,2025-06-30\nb,c,2025-07-01,NA\nc,b,2025-01-01,NA\n",
            "line 4, line 5: b > c > b is a circle of parents",
        ),
        (
            "a,NA,NA,2025-06-30\nb,NA,2025-06-30,NA\n",
            "line 2, line 3: a and b are both without a parent",
        ),
    ],
)
def test_parents_must_be_right_on_every_day(
    dated: LoadContext, written: Written, rows: str, sentence: str
) -> None:
    with pytest.raises(LoadRejected) as refused:
        run_load(dated, "stores", written(DATED_HEADER + rows, "stores.csv"))

    assert sentence in refused.value.message


def test_roots_may_follow_each_other_and_circles_may_be_of_different_days(
    dated: LoadContext, written: Written
) -> None:
    rows = (
        "a,NA,NA,2025-06-30\nb,NA,2025-07-01,NA\n"
        "c,a,NA,2025-06-30\nc,d,2025-07-01,NA\nd,c,NA,2025-06-30\nd,b,2025-07-01,NA\n"
    )
    outcome = run_load(dated, "stores", written(DATED_HEADER + rows, "stores.csv"))

    assert outcome.stored == 6
    assert paths(dated)["d"] in (("a", "c", "d"), ("b", "d"))


def test_other_parents_make_the_view_and_its_dictionary_anew(parents: LoadContext) -> None:
    deeper = Tables({}, {"stores": replace(PARENTS, tree=ParentChild("city", 4))})

    changes = ensure_tables(parents.store, deeper).changes

    assert [change.sentence for change in changes] == [
        "follow the parents in stores", "make the dictionary dict_stores anew"
    ]  # fmt: skip
    assert plan_tables(parents.store, deeper).changes == ()
