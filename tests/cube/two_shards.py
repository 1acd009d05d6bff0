"""A process of its own: every stored statement, asked of one server and of a cluster of two shards.

The engine of this process is both shards, 127.0.0.1 and localhost, over the same tables; so counts
and sums are exactly twice those of one, everything else is the same. Prints a line for each
statement and column that is not so: `python -m tests.cube.two_shards FOLDER`.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from server.cube.model import Model, load_model
from server.store.mirror import mirror_ddl
from server.store.readers import Limits
from server.store.tables import (
    ALONE,
    ColumnSpec,
    DimensionTableSpec,
    Placement,
    TableSpec,
    dictionary_ddl,
    dimension_table_ddl,
    distributed_ddl,
    fact_table_ddl,
)
from server.store.trees import tree_view_ddl

HERE = Path(__file__).parent
MODELS = (
    (HERE.parents[1] / "cube_models", "flights"),
    (HERE / "market_model", "market"),
    (HERE / "tree_model", "firm"),
    (HERE / "chain_model", "chain"),
)
# There is no Keeper here: the same DDL without what needs one.
SHARDED = Placement(is_replicated=True, cluster="two_shards", is_sharded=True)
ON_CLUSTER = " ON CLUSTER `two_shards`"
FOLDERS = ("statements", "measure_statements")
CLUSTER = """<clickhouse>
    <tcp_port>9000</tcp_port>
    <remote_servers><two_shards>
        <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
        <shard><replica><host>localhost</host><port>9000</port></replica></shard>
    </two_shards></remote_servers>
</clickhouse>
"""
ROWS = 20_000
_ADDS = re.compile(r"(?:ifNull\()?(?:count|sum)")
_WORDS: Mapping[str, Sequence[str]] = {
    "carrier": ("AA", "B6", "UA"),
    "origin": ("EWR", "JFK", "LGA"),
    "destination": ("SAN", "BOS", "LAX"),
    "airport": ("SAN", "BOS", "LAX"),
    "tail_number": tuple(f"N{number}" for number in range(60)),
    "manufacturer": ("BOEING", "EMBRAER"),
    "model": ("737-800", "E190"),
    "group_name": ("Low-cost carriers",),
    "name": ("Logan Intl", "San Marino"),
    "shop": ("a", "b", "gone"),
    "article": ("apple", "pear"),
    "group": ("network", "low_cost"),
    "region": ("America/New_York", "America/Chicago"),
    "town": ("north", "south"),
}

_NUMBERS = {"hour": 24, "distance": 1_500, "altitude_ft": 60}


def main(folder: str) -> None:
    """Fill both databases of each model, ask every statement of both, print what differs."""
    config = Path(folder, "cluster.xml")
    config.write_text(CLUSTER, encoding="utf-8")
    places: dict[str, tuple[Client, Client]] = {}
    for models, pack in MODELS:
        model = load_model(models, pack)
        one, two = (_client(folder, config, f"{part}_{pack}") for part in ("one", "two"))
        _fill(one, model)
        _shard(two, one.database or "", model)
        places |= dict.fromkeys((*model.fact_tables, *model.dimension_tables), (one, two))
    asked = 0
    for path in (path for name in FOLDERS for path in sorted((HERE / name).glob("*.sql"))):
        for sql, parameters in _statements(path):
            asked += 1
            (table, *_) = re.findall(r"FROM `(\w+)` AS fact", sql)
            try:
                found = list(_differences(*places[table], sql, parameters))
            except clickhouse_connect.driver.exceptions.ClickHouseError as error:
                found = [str(error)[:400]]
            for sentence in found:
                sys.stdout.write(f"{path.name}: {sentence}\n")
    sys.stdout.write(f"asked {asked}\n")


def _client(folder: str, config: Path, database: str) -> Client:
    options = {"config-file": str(config)}
    place: dict[str, Any] = {
        "interface": "chdb",
        "path": f"{folder}/facts",
        "chdb_options": options,
    }
    clickhouse_connect.get_client(**place).command(f"CREATE DATABASE IF NOT EXISTS {database}")
    return clickhouse_connect.get_client(
        **place, database=database, settings=Limits().as_settings("all")
    )


def _fill(client: Client, model: Model) -> None:
    for table in model.fact_tables.values():
        client.command(fact_table_ddl(table))
        _insert(client, table, "1 + number % 14")
    for members in model.dimension_tables.values():
        _members(client, members)
    for statement in _mirror():
        client.command(statement)


def _shard(client: Client, one: str, model: Model) -> None:
    for table in model.fact_tables.values():
        local = fact_table_ddl(table, SHARDED).replace(ON_CLUSTER, "")
        local = local.replace("SETTINGS replicated", "SETTINGS non_replicated")
        client.command(local.replace("Replicated", ""))
        client.command(distributed_ddl(table, SHARDED).replace(ON_CLUSTER, ""))
        client.command(
            f"INSERT INTO {table.name} SELECT * FROM {one}.{table.name} "
            "SETTINGS distributed_foreground_insert = 1"
        )
    for members in model.dimension_tables.values():
        _members(client, members)
    for statement in _mirror():
        client.command(statement)


def _members(client: Client, table: DimensionTableSpec) -> None:
    """The same members in each version that a stored statement names."""
    client.command(dimension_table_ddl(table))
    for version in (1, 2, 5):
        words = _WORDS.get(table.key, ())
        _insert(client, table, str(version), max(len(words), 5), words)
    if table.tree is not None:
        client.command(tree_view_ddl(table, ALONE))
    client.command(dictionary_ddl(table))


def _mirror() -> tuple[str, ...]:
    return (
        *mirror_ddl(ALONE),
        "INSERT INTO ledger_hidden VALUES ('departures', 3, 7, 70, 1)",
        "INSERT INTO ledger_marker VALUES (7, 70)",
    )


def _insert(
    client: Client,
    table: TableSpec | DimensionTableSpec,
    load: str,
    rows: int = ROWS,
    keys: Sequence[str] = (),
) -> None:
    values = [load, "number", load]
    for place, column in enumerate(table.columns):
        is_key = isinstance(table, DimensionTableSpec) and column.name == table.key
        values.append(_value(column, place, keys if is_key else (), is_key))
    client.command(f"INSERT INTO {table.name} SELECT {', '.join(values)} FROM numbers({rows})")


def _value(column: ColumnSpec, place: int, keys: Sequence[str], is_key: bool) -> str:
    seed = "number" if is_key else f"intDiv(cityHash64(number, {place}), 8)"
    kind = column.plain_type
    if kind == "String":
        words = keys or _WORDS.get(column.name, ("p", "q", "r", "s", "t"))
        listed = ", ".join(f"'{word}'" for word in words)
        value = f"arrayElementOrNull([{listed}], toInt64(1 + {seed} % {max(len(words), 1)}))"
        if is_key and len(words) < 5:
            value = f"if(number < {len(words)}, {value}, concat('member ', toString(number)))"
    elif kind.startswith("Date"):
        value = f"if({seed} % 2 = 0, toDate('2013-01-01'), toDate('2021-01-01')) + {seed} % 360"
    elif column.name in _NUMBERS:
        value = f"toInt16({seed} % {_NUMBERS[column.name]})"
    elif kind == "UInt8":
        value = f"{seed} % 2"
    else:
        value = f"toInt16({seed} % 90)"
    if column.is_nullable:
        return f"if(cityHash64(number, {place}, 1) % 9 = 0, NULL, {value})"
    return f"assumeNotNull({value})"


def _statements(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements of a file with the parameters that stand before each."""
    for part in path.read_text(encoding="utf-8").split("\n\n"):
        lines = part.splitlines()
        given = [line[3:].split(" = ", 1) for line in lines if line.startswith("-- ")]
        sql = "\n".join(line for line in lines if not line.startswith("-- "))
        parameters = {name: _parsed(ast.parse(text, mode="eval").body) for name, text in given}
        if path.stem == "aggregate_mirrored":
            parameters = {"top": 12, "fact_table": "departures", "snapshot": 7}
        yield sql, parameters


def _parsed(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return date(*(ast.literal_eval(each) for each in node.args))
    return ast.literal_eval(node)


def _differences(one: Client, two: Client, sql: str, parameters: dict[str, Any]) -> Iterator[str]:
    if " `_load`" in sql or "fact._origin AS" in sql:  # single facts: each is there twice
        sql = re.sub(r"\nLIMIT .*", "\nLIMIT 100000", sql)
    sql = sql.replace(" OFFSET {offset:UInt64}", "")  # made-up rows have few pages
    single = one.query(sql, parameters=parameters)
    twofold = two.query(sql, parameters=parameters)
    if " `_load`" in sql:
        if {*twofold.result_rows} != {*single.result_rows}:
            yield "other facts"
        return
    if "(\n    SELECT 1" in sql:
        adds = dict.fromkeys(single.column_names, False)
    else:
        adds = {name: _adds(sql, name) for name in single.column_names}
    if len(single.result_rows) != len(twofold.result_rows):
        yield f"{len(twofold.result_rows)} rows, not {len(single.result_rows)}"
    for row, other in zip(single.result_rows, twofold.result_rows, strict=False):
        for name, value, found in zip(single.column_names, row, other, strict=True):
            wanted = 2 * value if adds[name] and value is not None else value
            if found != wanted:
                yield f"{name} is {found!r}, not {wanted!r}, of one {value!r}"
                return
    if not single.result_rows:
        yield "no rows: nothing was compared"


def _adds(sql: str, name: str) -> bool:
    match = re.search(rf"^ +(.*) AS `{re.escape(name)}`,?$", sql, re.MULTILINE)
    return match is not None and _ADDS.match(match.group(1)) is not None


if __name__ == "__main__":
    main(sys.argv[1])
