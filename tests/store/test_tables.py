"""The generated DDL: each shape is kept as a `.sql` file, and the engine takes it.

Write the files anew with `python -m tests.store.test_tables`, then read the difference.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.errors import IndicubeError
from server.store.address import parse_address
from server.store.client import Store
from server.store.connection import create_database
from server.store.mirror import mirror_ddl
from server.store.readers import Limits
from server.store.tables import (
    ColumnSpec,
    DimensionTableSpec,
    ParentChild,
    Placement,
    TableSpec,
    Validity,
    dictionary_ddl,
    dimension_table_ddl,
    distributed_ddl,
    fact_table_ddl,
    is_known_partition,
    is_known_type,
    is_name,
    quoted,
)
from server.store.trees import tree_view_ddl
from tests.engine import fresh_database
from tests.shop import STORES

FOLDER = Path(__file__).parent / "shapes"
CLUSTER = Placement(is_replicated=True, cluster="main", dictionary_collection="reader")
SALES = TableSpec(
    name="sales",
    columns=(
        ColumnSpec("day", "Date"),
        ColumnSpec("shop", "LowCardinality(Nullable(String))"),
        ColumnSpec("pieces", "Nullable(Int16)"),
        ColumnSpec("price", "Decimal(18, 2)"),
        ColumnSpec("group", "String"),
        ColumnSpec("seen_at", "DateTime64(3, 'UTC')"),
    ),
    sort_key=("day", "group", "_load", "_row"),
    partition_by="toYear(day)",
)
WHOLE = TableSpec("visits", (ColumnSpec("day", "Date32"),), ("day",))
SHOPS = DimensionTableSpec(
    name="shops",
    key="shop",
    columns=(
        ColumnSpec("shop", "String"),
        ColumnSpec("town", "LowCardinality(Nullable(String))"),
        ColumnSpec("rent", "Nullable(Decimal(9, 2))"),
        ColumnSpec("floors", "UInt8"),
    ),
)
BRANCHES = DimensionTableSpec(
    name="branches",
    key="branch",
    columns=(
        ColumnSpec("branch", "String"),
        ColumnSpec("region", "LowCardinality(Nullable(String))"),
        ColumnSpec("valid_from", "Nullable(Date)"),
        ColumnSpec("valid_to", "Nullable(Date)"),
    ),
    dated=Validity("valid_from", "valid_to"),
)
UNITS = replace(SHOPS, name="units", tree=ParentChild("town", 3))
MOVING = replace(BRANCHES, name="moving", tree=ParentChild("region", 3))
SHAPES = {
    "fact_table": fact_table_ddl(SALES),
    "fact_table_on_cluster": fact_table_ddl(SALES, CLUSTER),
    "fact_table_without_partitions": fact_table_ddl(WHOLE),
    "dimension_table": dimension_table_ddl(SHOPS),
    "dimension_table_on_cluster": dimension_table_ddl(SHOPS, CLUSTER),
    "dictionary": dictionary_ddl(SHOPS),
    "dictionary_on_cluster": dictionary_ddl(SHOPS, CLUSTER),
    "dated_dimension_table": dimension_table_ddl(BRANCHES),
    "dated_dictionary": dictionary_ddl(BRANCHES),
    "tree": tree_view_ddl(UNITS),
    "tree_dictionary": dictionary_ddl(UNITS),
    "dated_tree_on_cluster": tree_view_ddl(MOVING, CLUSTER),
}


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(parse_address(fresh_database()), Limits(readers=1))
    create_database(store.address)
    yield store
    store.close()


@pytest.mark.parametrize("name", SHAPES)
def test_the_ddl_is_what_its_file_says(name: str) -> None:
    assert SHAPES[name] == (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def test_there_is_a_file_for_every_shape_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(SHAPES)


def test_the_engine_takes_it_twice(store: Store) -> None:
    with store.writer() as writer:
        for name in (
            "fact_table",
            "fact_table_without_partitions",
            "dimension_table",
            "dictionary",
            "dated_dimension_table",
            "dated_dictionary",
        ):
            writer.run(SHAPES[name])
            writer.run(SHAPES[name])
        tables = {row[0] for row in writer.ask("tables", database=store.database)}

    assert tables >= {"sales", "visits", "shops"}


def test_a_member_without_a_key_is_refused_by_the_table(store: Store) -> None:
    with store.writer() as writer:
        writer.run(SHAPES["dimension_table"])
        writer.run("INSERT INTO shops VALUES (1, 1, 1, 'a', NULL, NULL, 1)")
        with pytest.raises(IndicubeError):
            writer.run("INSERT INTO shops VALUES (1, 2, 1, '', NULL, NULL, 1)")


def test_columns_know_what_they_can_hold() -> None:
    shop, pieces, price = (SALES.column(name) for name in ("shop", "pieces", "price"))

    assert (shop.plain_type, shop.is_nullable) == ("String", True)
    assert (pieces.plain_type, pieces.is_nullable) == ("Int16", True)
    assert (price.plain_type, price.is_nullable) == ("Decimal(18, 2)", False)
    assert [column.name for column in SHOPS.stored_columns[:4]] == [
        "_load",
        "_row",
        "_origin",
        "shop",
    ]
    with pytest.raises(KeyError):
        SHOPS.column("moon")


@pytest.mark.parametrize(
    "text", ["Int8", "UInt64", "Date", "Decimal(38, 38)", "Nullable(Float64)",
             "LowCardinality(Nullable(String))"],
)  # fmt: skip
def test_a_known_type_is_stored(text: str) -> None:
    assert is_known_type(text)


@pytest.mark.parametrize(
    "text",
    ["", "Int9", "Int128", "int8", "Decimal(39, 2)", "Decimal(9,2)", "Nullable(Nullable(Int8))",
     "LowCardinality(Date)", "String CODEC(NONE)", "String, x String", "Date\n", "JSON"],
)  # fmt: skip
def test_no_other_type_is(text: str) -> None:
    assert not is_known_type(text)
    with pytest.raises(ValueError, match="not a column type"):
        fact_table_ddl(TableSpec("facts", (ColumnSpec("day", text),), ("day",)))


@pytest.mark.parametrize("text", ["", "A", "1a", "a b", "a`b", "a;b", "a\n", "_a", "ä", "a" * 64])
def test_what_is_no_name_never_reaches_the_ddl(text: str) -> None:
    assert not is_name(text)
    with pytest.raises(ValueError, match="not a name"):
        quoted(text)
    with pytest.raises(ValueError, match="not a name"):
        fact_table_ddl(TableSpec("facts", (ColumnSpec(text, "Date"),), ("day",)))


@pytest.mark.parametrize("text", ["rand()", "toYear(day) SETTINGS x", "toDate(day)", "day"])
def test_a_table_is_partitioned_by_year_or_month_of_a_column_alone(text: str) -> None:
    assert not is_known_partition(text)
    with pytest.raises(ValueError, match="not a way to partition"):
        fact_table_ddl(TableSpec("facts", (ColumnSpec("day", "Date"),), ("day",), text))


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in SHAPES.items():
        (FOLDER / f"{name}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write()


SHARDED = Placement(is_replicated=True, cluster="main", is_sharded=True)


def test_on_shards_each_holds_a_part_of_the_facts_and_one_table_asks_them_all() -> None:
    local = fact_table_ddl(SALES, SHARDED)
    asked = distributed_ddl(replace(SALES, sharding_key=("store",)), SHARDED)

    assert local.startswith("CREATE TABLE IF NOT EXISTS `sales_local` ON CLUSTER `main`\n")
    assert "ENGINE = ReplicatedMergeTree\n" in local
    assert asked.startswith("CREATE TABLE IF NOT EXISTS `sales` ON CLUSTER `main`\n")
    assert asked.endswith(
        "ENGINE = Distributed(`main`, currentDatabase(), `sales_local`, "
        "cityHash64(ifNull(toString(`store`), '')))\n"
    )


def test_without_a_sharding_key_rows_are_spread_by_where_they_came_from() -> None:
    assert "cityHash64(ifNull(toString(`_load`), ''), ifNull(toString(`_row`), ''))" in (
        distributed_ddl(SALES, SHARDED)
    )


def test_on_shards_every_server_has_all_members() -> None:
    whole = "ReplicatedMergeTree('/clickhouse/tables/{uuid}/everywhere', '{shard}-{replica}')"

    assert whole in dimension_table_ddl(STORES, SHARDED)
    assert all(whole in ddl for ddl in mirror_ddl(SHARDED))
