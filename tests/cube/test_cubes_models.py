"""A model of cubes 1.1 is read as it is: it has the parts that cubes itself gives it."""

import copy
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import pyarrow as pa
import pytest

from server.access import EVERYTHING
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.cubes_reading import ImportedModel, read_cubes_model
from server.cube.cubes_tables import TakenColumn, TakenTable
from server.cube.elements import DimensionKind
from server.snapshot import Snapshot
from server.store.address import parse_address
from server.store.arrow import AnyTable, arrow_schema
from server.store.client import Store
from server.store.connection import create_database
from server.store.dictionaries import reload_dictionary
from server.store.facts import insert_batch
from server.store.migrate import ensure_tables
from server.store.readers import Limits
from tests.cube.bookshop import DOCUMENT, ROWS, TYPES
from tests.engine import fresh_database

READ = read_cubes_model(DOCUMENT, TYPES, name="bookshop")


def theirs(name: str) -> Any:
    """The cube as cubes 1.1 itself makes it of the same document.

    Two of its lines do not run on today's Python: a dimension that is only a name, of which it has
    the form but does not use it, and the copy of a hierarchy.
    """
    providers, metadata, model = (  # importable since ours was imported
        import_module(f"cubes.{part}") for part in ("providers", "metadata", "model")
    )
    model.Hierarchy.__deepcopy__ = _copied
    document = copy.deepcopy(DOCUMENT)
    document["dimensions"] = [
        metadata.expand_dimension_metadata(each) if isinstance(each, str) else each
        for each in document["dimensions"]
    ]
    return providers.StaticModelProvider(document).cube(name)


def _copied(hierarchy: Any, memo: Any) -> Any:
    levels = copy.deepcopy(hierarchy.levels, memo)
    return type(hierarchy)(hierarchy.name, levels, label=hierarchy.label, info=hierarchy.info)


@pytest.mark.parametrize("name", ["sales", "reviews"])
def test_dimensions_levels_and_attributes_are_those_of_cubes(name: str) -> None:
    ours, wanted = READ.model.cube(name).cubes_cube, theirs(name)

    assert [each.name for each in ours.dimensions] == [each.name for each in wanted.dimensions]
    for mine, other in zip(ours.dimensions, wanted.dimensions, strict=True):
        assert [_level(each) for each in mine.levels] == [_level(each) for each in other.levels]
        assert {each.name: each.level_names for each in mine.hierarchies} == {
            each.name: each.level_names for each in other.hierarchies
        }
        assert mine.hierarchy().name == other.hierarchy().name
        assert mine.label == (other.label or other.name)
        assert mine.role == other.role
        assert [each.ref for each in mine.attributes] == [each.ref for each in other.attributes]


def _level(level: Any) -> tuple[Any, ...]:
    return (
        level.name, level.role, [each.name for each in level.attributes], str(level.key),
        str(level.label_attribute), str(level.order_attribute), level.order,
    )  # fmt: skip


def test_aggregates_are_those_of_cubes() -> None:
    ours, wanted = READ.model.cube("sales").cubes_cube, theirs("sales")

    assert [
        (each.name, each.function, each.label) for each in ours.aggregates
    ] == [(each.name, each.function, each.label) for each in wanted.aggregates]  # fmt: skip
    assert [each.name for each in ours.measures] == [each.name for each in wanted.measures]
    assert (ours.label, ours.category, ours.info["colour"]) == ("Sales", "Shop", "red")
    assert {"slip", "pieces_left"} <= {each.name for each in ours.details}


def test_a_template_gives_what_the_dimension_does_not_say() -> None:
    date, paid = (READ.model.cube("sales").dimension(name) for name in ("date", "paid_on"))

    assert (date.labels.en, paid.labels.en) == ("Date", "Paid on")
    assert date.info == paid.info == {"cv-datefilter": True}


def test_a_cube_that_says_nothing_counts_its_facts() -> None:
    (ours,), (wanted,) = (
        cube.aggregates for cube in (READ.model.cube("reviews").cubes_cube, theirs("reviews"))
    )

    assert (ours.name, ours.label, ours.function) == (wanted.name, wanted.label, wanted.function)


def test_a_cube_of_measures_alone_has_the_sum_of_each_and_a_count() -> None:
    document = {
        "cubes": [{"name": "plain", "dimensions": ["channel"], "measures": ["stars"]}],
        "dimensions": ["channel"],
    }
    read = read_cubes_model(document, {"plain": {"stars": "UInt8", "channel": "String"}})

    named = {each.name: each.labels.en for each in read.model.cube("plain").aggregates}
    assert named == {"stars_sum": "Sum of stars", "fact_count": "Count"}


def test_tables_are_the_models_own_and_say_what_fills_them() -> None:
    taken = {table.name: table for table in READ.tables}

    assert set(taken) == {
        "bookshop__days__by_id", "bookshop__books__by_id", "bookshop__sales", "bookshop__reviews"
    }  # fmt: skip
    # One table of days serves both dates; the houses are looked up when the books are loaded.
    books = taken["bookshop__books__by_id"]
    looked_up = {each.spec.name: each.steps[-1].table for each in books.columns if each.steps}
    assert looked_up == {"houses_name": "houses", "houses_country": "houses"}
    assert (books.key, books.columns[0].spec.type, books.columns[0].source_type) == (
        "id", "String", "Int32",
    )  # fmt: skip
    keys = {each.column: each.spec.type for each in taken["bookshop__sales"].columns}
    assert (keys["sold_id"], keys["paid_id"]) == ("String", "Nullable(String)")


def test_names_of_tables_are_never_shared_and_never_too_long() -> None:
    cubes = ["Sales", "sales", "x" * 60, "x" * 61]
    document = {
        "cubes": [{"name": each, "fact": "facts", "dimensions": ["day"]} for each in cubes],
        "dimensions": ["day"],
    }
    read = read_cubes_model(document, {"facts": {"day": "Date"}})

    names = [table.name for table in read.tables]
    assert names[:2] == ["imported__sales", "imported__sales2"]
    assert len(set(names)) == 4
    assert all(len(name) <= 55 for name in names)


def test_kinds_follow_from_where_the_attributes_lie() -> None:
    kinds = {
        each.name: each.kind
        for name in ("sales", "reviews")
        for each in READ.model.cube(name).dimensions
    }

    assert kinds == {
        "date": DimensionKind.TABLE, "paid_on": DimensionKind.TABLE, "book": DimensionKind.TABLE,
        "genre": DimensionKind.TABLE, "channel": DimensionKind.PLAIN,
        "rating": DimensionKind.PLAIN, "written": DimensionKind.TIME,
    }  # fmt: skip


def test_what_answers_otherwise_than_cubes_is_a_note() -> None:
    (note,) = READ.notes
    assert "cube sales: facts whose member a joined table lacks are counted as unknown" in note


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store(parse_address(fresh_database()), Limits(readers=2))
    create_database(store.address)
    ensure_tables(store, READ.model)
    tables: dict[str, AnyTable] = {**READ.model.dimension_tables, **READ.model.fact_tables}
    for batch, taken in enumerate(READ.tables, start=1):
        table = tables[taken.name]
        schema = arrow_schema(table)
        rows = [_row(taken, number, row) for number, row in enumerate(ROWS[taken.source], 2)]
        chunk = pa.Table.from_pylist(rows, schema=schema)
        insert_batch(store, table, [chunk], batch, batch)
    for dimension in READ.model.dimension_tables.values():
        reload_dictionary(store, dimension)
    yield store
    store.close()


def _row(taken: TakenTable, line: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"_row": line, **{each.spec.name: _value(each, row) for each in taken.columns}}


def _value(column: TakenColumn, row: dict[str, Any]) -> Any:
    found: dict[str, Any] | None = row
    for step in column.steps:
        wanted = found[step.by] if found else None
        found = next((each for each in ROWS[step.table] if each[step.key] == wanted), None)
    value = (found or {}).get(column.column)
    if column.spec.plain_type == "String":
        return None if value is None and column.spec.is_nullable else str(value)
    if column.spec.plain_type.startswith("Decimal") and value is not None:
        return Decimal(value)
    if column.spec.plain_type == "Date":
        return date.fromisoformat(str(value))
    return value or 0


def browser(store: Store, cube: str, language: str = "en") -> ClickHouseBrowser:
    versions = {
        table.name: batch
        for batch, table in enumerate(READ.tables, start=1)
        if table.name in READ.model.dimension_tables
    }
    snapshot = Snapshot(1, len(READ.tables), versions=versions)
    return Cubes(READ.model, store.readers).browser(cube, snapshot, EVERYTHING, language)


def test_a_star_answers_by_numbers_in_their_order(store: Store) -> None:
    rows = browser(store, "sales").aggregate("", "amount_sum", "date@ymd:month").cells

    assert [(row["date.year"], row["date.month"], row["amount_sum"]) for row in rows] == [
        (2012, 12, Decimal("10.00")),
        (2013, 2, Decimal("20.00")),
        (2013, 10, Decimal("40.50")),
        (None, None, Decimal("80.00")),  # a day that the table of days lacks
    ]
    assert [row["date.month_name"] for row in rows][:3] == ["December", "February", "October"]


def test_one_table_of_days_serves_two_dates(store: Store) -> None:
    asking = browser(store, "sales")

    assert asking.aggregate("date@ymd:2013", "fact_count").summary["fact_count"] == 2
    assert asking.aggregate("paid_on@ymd:2013", "fact_count").summary["fact_count"] == 2
    assert asking.aggregate("date@ymd:2013|paid_on:2013", "pieces_sum").summary["pieces_sum"] == 0
    assert asking.aggregate("date@ymd:2013,2-", "amount_max").summary["amount_max"] == Decimal(
        "40.50"
    )


def test_a_snowflake_is_asked_like_a_star(store: Store) -> None:
    rows = (
        browser(store, "sales", "zh")
        .aggregate("", "amount_sum", "book:house", page=0, page_size=9)
        .cells
    )
    titles = browser(store, "sales", "zh").members("book:Acme", "book", level="title")

    assert {(row["book.house"], row["book.country"]): row["amount_sum"] for row in rows} == {
        ("Acme", "DE"): Decimal("10.00"), ("unknown", "未知"): Decimal("140.50"),
    }  # fmt: skip
    assert [(row["book.isbn"], row["book.title"]) for row in titles] == [("i7", "立方")]


def test_a_flat_cube_drills_down_columns_of_its_facts(store: Store) -> None:
    asking = browser(store, "reviews")
    rows = asking.aggregate("", "fact_count", "rating:stars|written:month").cells

    assert [
        (row["rating.stars"], row["written.year"], row["written.month"], row["fact_count"])
        for row in rows
    ] == [(1, 2014, 2, 1), (5, 2013, 2, 1), (5, 2013, 3, 1)]
    assert asking.aggregate("rating:5|channel:web", "fact_count").summary["fact_count"] == 2
    assert list(asking.facts("written:2014", "rating.stars,channel")) == [
        {"_load": 4, "_row": 4, "rating.stars": 1, "channel": "shop"}
    ]


def test_the_same_document_is_the_same_model() -> None:
    again: ImportedModel = read_cubes_model(copy.deepcopy(DOCUMENT), TYPES, name="bookshop")

    assert again.model.version == READ.model.version
    assert again.tables == READ.tables
