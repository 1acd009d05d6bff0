"""Fact tables, dimension tables and dictionaries: what they are, and the DDL that makes them.

The text is generated from plain specifications (the cube model builds them) and names no database:
tables live in the database of the client that runs the statement. Where and how a table is kept is
a `Placement`; every other word comes from the specification.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from server.store.projections import ProjectionSpec, projection_ddl

LOAD_COLUMN = "_load"
ROW_COLUMN = "_row"
ORIGIN_COLUMN = "_origin"  # the batch that brought the line; another one where a batch carries on

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PLAIN_TYPE = r"U?Int(?:8|16|32|64)|Float64|Date|Date32|DateTime64\(3, 'UTC'\)|String"
_DECIMAL_TYPE = r"Decimal\((?:[1-9]|[12][0-9]|3[0-8]), (?:[0-9]|[12][0-9]|3[0-8])\)"
_TYPE = re.compile(
    rf"(?:{_PLAIN_TYPE}|{_DECIMAL_TYPE}|Nullable\((?:{_PLAIN_TYPE}|{_DECIMAL_TYPE})\)"
    rf"|LowCardinality\((?:String|Nullable\(String\))\))"
)
_PARTITION = re.compile(r"(?:toYear|toYYYYMM)\([a-z][a-z0-9_]*\)")
_WRAPPER = re.compile(r"(?:LowCardinality|Nullable)\((.*)\)")


@dataclass(frozen=True)
class ColumnSpec:
    """One column; its type is one of the few that Indicube stores (`is_known_type`)."""

    name: str
    type: str
    default: str = ""  # an expression for rows that are inserted, or were, without a value

    @property
    def is_nullable(self) -> bool:
        """Whether the column can hold NULL."""
        return "Nullable(" in self.type

    @property
    def plain_type(self) -> str:
        """The type without `Nullable` and `LowCardinality`."""
        plain = self.type
        while match := _WRAPPER.fullmatch(plain):
            plain = match.group(1)
        return plain


LEDGER_COLUMNS = (
    ColumnSpec(LOAD_COLUMN, "UInt32"),
    ColumnSpec(ROW_COLUMN, "UInt64"),
    ColumnSpec(ORIGIN_COLUMN, "UInt32", default=LOAD_COLUMN),
)


# An insert is on disk before it is acknowledged. However many parts a power cut or a bad disk
# breaks, the engine takes them out and starts (by itself it would refuse above 100 of a table):
# what is missing then is found at the start, and comes back from the spool.
DURABLE = {"fsync_after_insert": "1", "fsync_part_directory": "1"}
STARTING = {
    "max_suspicious_broken_parts": "1000000",
    "max_suspicious_broken_parts_bytes": "1000000000000000",
}

_LEDGER_NAMES = tuple(column.name for column in LEDGER_COLUMNS)


@dataclass(frozen=True)
class TableSpec:
    """A fact table; `columns` are the model's, `stored_columns` those and the ledger's three."""

    name: str
    columns: tuple[ColumnSpec, ...]
    sort_key: tuple[str, ...]
    partition_by: str = ""  # toYear(column) or toYYYYMM(column); empty: one partition
    engine: str = "MergeTree"
    deduplication_window: int = 10_000  # insert tokens remembered
    projections: tuple[ProjectionSpec, ...] = ()
    sharding_key: tuple[str, ...] = ()  # columns that decide a row's shard; empty: its source row
    unique_by: tuple[str, ...] = ()  # columns that no two rows may have alike; empty: any may be

    @property
    def stored_columns(self) -> tuple[ColumnSpec, ...]:
        """All columns in the order of the table: batch, source row, origin, the model's columns."""
        return LEDGER_COLUMNS + self.columns

    def column(self, name: str) -> ColumnSpec:
        """The stored column of that name; KeyError when there is none."""
        return _column(self.stored_columns, name)


@dataclass(frozen=True)
class Validity:
    """The columns of the first and the last day on which a row of a dated dimension holds.

    Both days are included; a row without one of them is open at that end.
    """

    first: str
    last: str


@dataclass(frozen=True)
class ParentChild:
    """Members that stand under each other: the column that names a member's parent.

    The dictionary answers a member's ancestor at each depth, `level1` (the root) to `level<depth>`;
    below a member's own depth the answer is an empty text.
    """

    parent: str
    depth: int
    has_many_roots: bool = False

    @property
    def levels(self) -> tuple[str, ...]:
        """The dictionary's columns of ancestors, the root's first."""
        return tuple(f"level{number}" for number in range(1, self.depth + 1))


@dataclass(frozen=True)
class DimensionTableSpec:
    """A dimension's members, every version complete: one row for each (`_load`, key).

    A dated one has a row for each member and span of days.
    """

    name: str
    key: str
    columns: tuple[ColumnSpec, ...]  # the key first
    dated: Validity | None = None
    deduplication_window: int = 1_000
    tree: ParentChild | None = None

    @property
    def stored_columns(self) -> tuple[ColumnSpec, ...]:
        """All columns in the order of the table: version, source row, origin, the model's."""
        return LEDGER_COLUMNS + self.columns

    @property
    def span(self) -> tuple[str, ...]:
        """The columns of the days on which a row holds; none of a dimension that is not dated."""
        return (self.dated.first, self.dated.last) if self.dated else ()

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The dictionary's columns of ancestors; none where members have no parents."""
        return self.tree.levels if self.tree else ()

    @property
    def dictionary(self) -> str:
        """The name of the dictionary that serves these members to queries."""
        return f"dict_{self.name}"

    @property
    def dictionary_source(self) -> str:
        """What the dictionary reads: the table, or the view that follows its parents."""
        return f"{self.name}__tree" if self.tree else self.name

    def column(self, name: str) -> ColumnSpec:
        """The stored column of that name; KeyError when there is none."""
        return _column(self.stored_columns, name)


@dataclass(frozen=True)
class Placement:
    """Where tables are kept: alone on one server, or replicated over a cluster."""

    is_replicated: bool = False
    cluster: str = ""  # the cluster that DDL is sent to; empty: this server alone
    is_sharded: bool = False  # facts are spread over the cluster's shards; all else is everywhere
    dictionary_collection: str = ""  # named collection with the reader that dictionaries use


ALONE = Placement()


def is_known_type(text: str) -> bool:
    """Whether the text is a column type that Indicube stores."""
    return _TYPE.fullmatch(text) is not None


def is_known_partition(text: str) -> bool:
    """Whether the text is a way to partition a table: `toYear(column)`, `toYYYYMM(column)`."""
    return _PARTITION.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether the text may name a table or column: lower case, digits and underscores."""
    return _NAME.fullmatch(text) is not None


def quoted(name: str) -> str:
    """The identifier between backticks; a name that is not ours is a ValueError."""
    if name not in _LEDGER_NAMES and not is_name(name):
        raise ValueError(f"{name!r} is not a name of a table or column.")
    return f"`{name}`"


def stored_name(table: str, placement: Placement) -> str:
    """The fact table that holds rows: on shards the one behind the table that is asked."""
    return f"{table}_local" if placement.is_sharded else table


def distributed_ddl(table: TableSpec, placement: Placement) -> str:
    """The CREATE TABLE of what is asked and written where facts are spread over shards."""
    columns = table.sharding_key or (LOAD_COLUMN, ROW_COLUMN)
    hashed = ", ".join(f"ifNull(toString({quoted(name)}), '')" for name in columns)
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(table.name)}{_on_cluster(placement)}\n"
        f"(\n{_column_lines(table.stored_columns)}\n)\n"
        f"ENGINE = Distributed({quoted(placement.cluster)}, currentDatabase(), "
        f"{quoted(stored_name(table.name, placement))}, cityHash64({hashed}))\n"
    )


def everywhere(placement: Placement) -> str:
    """The engine of a table that every server has whole: all of them are replicas of one."""
    if placement.is_sharded:
        return "ReplicatedMergeTree('/clickhouse/tables/{uuid}/everywhere', '{shard}-{replica}')"
    return _engine("MergeTree", placement)


def fact_table_ddl(table: TableSpec, placement: Placement = ALONE) -> str:
    """The CREATE TABLE of a fact table; on shards of the part that each of them holds."""
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(stored_name(table.name, placement))}"
        f"{_on_cluster(placement)}\n"
        f"(\n{_fact_lines(table)}\n)\n"
        f"ENGINE = {_engine(table.engine, placement)}\n"
        f"{_partition(table.partition_by)}"
        f"ORDER BY ({_listed(table.sort_key)})\n"
        f"SETTINGS {_settings(table.deduplication_window, placement)}\n"
    )


def dimension_table_ddl(table: DimensionTableSpec, placement: Placement = ALONE) -> str:
    """The CREATE TABLE of a dimension's members; an empty key is refused by the table itself."""
    constraint = f"    CONSTRAINT `key_is_given` CHECK {quoted(table.key)} != ''"
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(table.name)}{_on_cluster(placement)}\n"
        f"(\n{_column_lines(table.stored_columns)},\n{constraint}\n)\n"
        f"ENGINE = {everywhere(placement)}\n"
        f"ORDER BY ({_listed((LOAD_COLUMN, table.key))})\n"
        f"SETTINGS {_settings(table.deduplication_window, placement)}\n"
    )


def dictionary_ddl(table: DimensionTableSpec, placement: Placement = ALONE) -> str:
    """The CREATE DICTIONARY over a dimension table, keyed by version and member.

    LIFETIME(0): it changes only when a load reloads it, which is before the load is published.
    Of a dated dimension it answers for a day, which lies in one span of the member's at most.
    """
    lines = [f"    {quoted(name)} {kind}" for name, kind in dictionary_columns(table).items()]
    layout = "COMPLEX_KEY_HASHED()"
    if table.dated is not None:
        first, last = quoted(table.dated.first), quoted(table.dated.last)
        layout = f"COMPLEX_KEY_RANGE_HASHED())\nRANGE(MIN {first} MAX {last}"
    return (
        f"CREATE DICTIONARY IF NOT EXISTS {quoted(table.dictionary)}{_on_cluster(placement)}\n"
        f"(\n" + ",\n".join(lines) + "\n)\n"
        f"PRIMARY KEY {_listed((LOAD_COLUMN, table.key))}\n"
        f"SOURCE(CLICKHOUSE({_dictionary_source(table, placement)}))\n"
        f"LAYOUT({layout})\n"
        f"LIFETIME(0)\n"
    )


def dictionary_columns(table: DimensionTableSpec) -> dict[str, str]:
    """The columns of the table's dictionary and their types."""
    columns = {LOAD_COLUMN: "UInt32", table.key: table.column(table.key).plain_type}
    for column in table.columns:
        if column.name in table.span:
            columns[column.name] = column.plain_type  # open where the table has none
        elif column.name != table.key:
            columns[column.name] = f"Nullable({column.plain_type})"
    if table.tree is not None:
        columns |= dict.fromkeys(table.tree.levels, "Nullable(String)")
    return columns


def column_ddl(column: ColumnSpec) -> str:
    """A column as DDL declares it: its name, its type, its default."""
    default = f" DEFAULT {quoted(column.default)}" if column.default else ""
    return f"{quoted(column.name)} {_checked(column.type)}{default}"


def _column(columns: tuple[ColumnSpec, ...], name: str) -> ColumnSpec:
    for column in columns:
        if column.name == name:
            return column
    raise KeyError(name)


def _column_lines(columns: Iterable[ColumnSpec]) -> str:
    return ",\n".join(f"    {column_ddl(column)}" for column in columns)


def _fact_lines(table: TableSpec) -> str:
    declared = [f"    {projection_ddl(each)}" for each in table.projections]
    return ",\n".join([_column_lines(table.stored_columns), *declared])


def _checked(column_type: str) -> str:
    if not is_known_type(column_type):
        raise ValueError(f"{column_type!r} is not a column type that Indicube stores.")
    return column_type


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def _partition(expression: str) -> str:
    if not expression:
        return ""
    if not is_known_partition(expression):
        raise ValueError(f"{expression!r} is not a way to partition a table.")
    return f"PARTITION BY {expression}\n"


def _engine(engine: str, placement: Placement) -> str:
    return f"Replicated{engine}" if placement.is_replicated else engine


def _on_cluster(placement: Placement) -> str:
    return f" ON CLUSTER {quoted(placement.cluster)}" if placement.cluster else ""


def _settings(window: int, placement: Placement) -> str:
    prefix = "replicated" if placement.is_replicated else "non_replicated"
    kept = {f"{prefix}_deduplication_window": window, **DURABLE, **STARTING}
    return ",\n    ".join(f"{name} = {value}" for name, value in kept.items())


def _dictionary_source(table: DimensionTableSpec, placement: Placement) -> str:
    collection = placement.dictionary_collection
    return (
        f"NAME {quoted(collection)} " if collection else ""
    ) + f"TABLE '{table.dictionary_source}'"
