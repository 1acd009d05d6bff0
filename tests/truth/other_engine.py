"""The same rows in DuckDB, flat: every output of every fact worked out by a join, once."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb

from server.access import Scope
from tests.truth.calendars import UNITS, table_of_days
from tests.truth.parts import Dimension, Moment, World

_PARTS = {
    "year": "year(day)", "quarter": "quarter(day)", "month": "month(day)", "day": "day(day)",
    "iso_year": "isoyear(day)", "week": "week(day)", "weekday": "isodow(day)", "date": "day",
}  # fmt: skip
NOBODY = {"en": "Nobody", "zh": "无"}
EVERYTHING = Scope()
_EVER = date(1900, 1, 1), date(2999, 1, 1)
_DAY = timedelta(days=1)


class OtherEngine:
    """A world in DuckDB."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._connection = duckdb.connect(config={"threads": "1"})
        self._flat: set[str] = set()
        ledger = (("_load", "UInt32"), ("_row", "UInt64"))
        self._fill("facts", (*ledger, *world.columns), world.facts)
        for (name, columns), (_, rows) in zip(world.tables, world.members, strict=True):
            self._fill(name, (*ledger, *columns), rows)
        for each in world.dimensions:
            if each.is_tree:
                self._fill(f"{each.table}_paths", *paths_of(world, each))
        self._connection.register("listed_days", table_of_days())
        self.rows("CREATE TABLE days AS SELECT * FROM listed_days")
        self.others = {each.name: OtherEngine(each) for each in world.others}

    def rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        return self._connection.execute(sql, values or []).fetchall()

    def close(self) -> None:
        """Close the connection, and those of the other cubes."""
        for each in self.others.values():
            each.close()
        self._connection.close()

    def flat(self, moment: Moment, membership: str, language: str) -> str:
        """The table of what is visible at a moment, with every output as a column.

        Who may see a fact is decided as it is: those outputs are there once more, with `now:`.
        """
        name = f"flat_{moment.number}_{membership}_{language}"
        if name not in self._flat:
            self._flat.add(name)
            self.rows(self._flat_sql(name, moment, membership, language))
        return name

    def today(self, moment: Moment) -> date:
        """The last day of the facts that are visible at a moment."""
        return max(self.world.days(moment), default=date(1970, 1, 1))

    def _flat_sql(self, name: str, moment: Moment, membership: str, language: str) -> str:
        tables = [each for each in self.world.dimensions if each.table]
        time = [f'{sql} AS "time.{part}"' for part, sql in _PARTS.items()]
        time += [f'{sql} AS "{ref}"' for ref, sql in _calendar_outputs(language).items()]
        outputs = [
            output
            for each in tables
            for output in (
                *_outputs(each, f"{each.name}_then", "", language),
                *_outputs(each, f"{each.name}_now", "now:", language),
            )
        ]
        outputs += [f'{version} AS "{each}version"' for each, version in _versions(moment)]
        today, versions = self.today(moment), dict(moment.versions)
        joins = []
        for each in tables:
            for alias, day in (("now", f"DATE '{today}'"), ("then", "facts.day")):
                is_now = alias == "now" or membership == "as_is"
                asked = f"DATE '{today}'" if is_now else day
                joins.append(_join(each, f"{each.name}_{alias}", versions[each.table], asked))
        shown = ", ".join(str(batch) for batch in (0, *moment.visible))
        return (
            f"CREATE TABLE {name} AS SELECT facts.*, {', '.join([*time, *outputs])} FROM facts "
            f"LEFT JOIN days ON days.calendar_day = facts.day {' '.join(joins)} "
            f"WHERE facts._load IN ({shown})"
        )

    def _fill(
        self, name: str, columns: tuple[tuple[str, str], ...], rows: tuple[tuple[Any, ...], ...]
    ) -> None:
        declared = ", ".join(f'"{column}" {_type(kind)}' for column, kind in columns)
        self.rows(f"CREATE TABLE {name} ({declared})")
        marks = ", ".join("?" for _ in columns)
        if rows:
            self._connection.executemany(f"INSERT INTO {name} VALUES ({marks})", list(rows))


def _calendar_outputs(language: str) -> dict[str, str]:
    """The numbers, the labels and the days of the calendars."""
    found = {}
    for name in ("fiscal", "retail"):
        for unit in UNITS[name]:
            found[f"time.{name}_{unit}"] = f"days.{name}_{unit}"
            if unit != "day":
                found[f"time.{name}_{unit}_label"] = f"days.{name}_{unit}_{language}"
        found[f"time.{name}_date"] = "facts.day"
    return found


def _versions(moment: Moment) -> list[tuple[str, int]]:
    """The version of each dimension's table, by the dimension's name and a space."""
    return [(f"{table.removesuffix('s')} ", version) for table, version in moment.versions]


def paths_of(
    world: World, dimension: Dimension
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[Any, ...], ...]]:
    """Each member's path, found by walking up; below its own depth it has its own name.

    Where members move there is a row for each run of days on which nobody does.
    """
    depth = len(dimension.levels("tree"))
    columns = [("_load", "UInt32"), ("member", "String")]
    for level in dimension.levels("tree"):
        columns += [(f"{level.name}{word}", "String") for word in ("", "_en", "_zh")]
    columns += [("valid_from", "Date"), ("valid_to", "Date")]
    rows = [_spanned(row) for row in dict(world.members)[dimension.table]]
    made: list[tuple[Any, ...]] = []
    for version in dict.fromkeys(row[0] for row in rows):
        of_version = [row for row in rows if row[0] == version]
        for first, last in _quiet_days(of_version):
            there = {row[2]: row for row in of_version if row[6] <= first and last <= row[7]}
            for member in there:
                values = _described(_upwards(there, member), there, depth)
                made.append((version, member, *values, first, last))
    return tuple(columns), tuple(made)


def _spanned(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with both ends of its days said; members that do not move are always there."""
    first, last = row[6:] or (None, None)
    return (*row[:6], first or _EVER[0], last or _EVER[1])


def _quiet_days(rows: Sequence[tuple[Any, ...]]) -> list[tuple[date, date]]:
    starts = {row[6] for row in rows} | {row[7] + _DAY for row in rows if row[7] < _EVER[1]}
    ordered = sorted(starts | {_EVER[0]})
    ends = [each - _DAY for each in ordered[1:]]
    return list(zip(ordered, [*ends, _EVER[1]], strict=True))


def _upwards(there: dict[str, tuple[Any, ...]], member: str) -> list[str]:
    path = [member]
    while (above := there[path[0]][5]) is not None:
        path.insert(0, above)
    return path


def _described(path: list[str], there: dict[str, tuple[Any, ...]], depth: int) -> list[Any]:
    values: list[Any] = []
    for place in range(depth):
        speaker = path[min(place, len(path) - 1)]
        name, name_zh = there[speaker][3:5]
        english = name or speaker
        values += [path[place] if place < len(path) else None, english, name_zh or english]
    return values


def _join(dimension: Dimension, alias: str, version: int, day: str) -> str:
    if dimension.is_tree:
        return (
            f"LEFT JOIN {dimension.table}_paths {alias} ON {alias}._load = {version}"
            f" AND {alias}.member = facts.{dimension.column}"
            f" AND {day} BETWEEN {alias}.valid_from AND {alias}.valid_to"
        )
    dated = (
        f" AND {day} BETWEEN coalesce({alias}.valid_from, DATE '1900-01-01')"
        f" AND coalesce({alias}.valid_to, DATE '2999-01-01')"
    )
    return (
        f"LEFT JOIN {dimension.table} {alias} ON {alias}._load = {version}"
        f" AND {alias}.member = facts.{dimension.column}{dated if dimension.is_dated else ''}"
    )


def _outputs(dimension: Dimension, alias: str, prefix: str, language: str) -> list[str]:
    if dimension.is_tree:
        return _ancestors(dimension, alias, prefix, language)
    raw = [
        f'{alias}.{name} AS "{prefix}raw:{dimension.name}.{name}"'
        for name, _ in dimension.attributes
    ]
    named = {f"{dimension.name}.member": f"facts.{dimension.column}"}
    named[f"{dimension.name}.name"] = _first_of(alias, "name", "name_zh", language)
    for name in ("size", "rent"):
        named[f"{dimension.name}.{name}"] = f"{alias}.{name}"
    for level in (*dimension.levels("main")[:-1], *dimension.levels("kinds")[:-1]):
        named[level.key] = f"coalesce({alias}.{level.name}, 'unknown')"
        for ref in level.refs[1:]:
            named[ref] = _first_of(alias, f"{level.name}_name", f"{level.name}_zh", language)
    named[f"{dimension.name}.name"] = (
        named[f"{dimension.name}.name"]
        .replace("'Nobody'", f"facts.{dimension.column}, 'Nobody'")
        .replace("'无'", f"facts.{dimension.column}, '无'")
    )
    named[f"{dimension.name} is known"] = f"({alias}.member IS NOT NULL)"
    return [*(f'{sql} AS "{prefix}{ref}"' for ref, sql in named.items()), *raw]


def _ancestors(dimension: Dimension, alias: str, prefix: str, language: str) -> list[str]:
    """The path of a member; a member that nobody knows stands below `unknown`."""
    outputs = []
    member, nobody = f"facts.{dimension.column}", f"'{NOBODY[language]}'"
    for depth, level in enumerate(dimension.levels("tree"), start=1):
        otherwise = {1: "'unknown'", 2: member}.get(depth, "NULL")
        name = f"{alias}.{level.name}_{language}"
        below = nobody if depth == 1 else f"coalesce({member}, {nobody})"
        is_known = f"{alias}.member IS NOT NULL"
        for ref, known, unknown in (
            (level.key, f"{alias}.{level.name}", otherwise),
            (level.refs[1], name, below),
        ):
            sql = f"CASE WHEN {is_known} THEN {known} ELSE {unknown} END"
            outputs.append(f'{sql} AS "{prefix}{ref}"')
    return outputs


def _first_of(alias: str, column: str, other: str, language: str) -> str:
    columns = (
        (f"{alias}.{other}", f"{alias}.{column}") if language == "zh" else (f"{alias}.{column}",)
    )
    return f"coalesce({', '.join(columns)}, '{NOBODY[language]}')"


def _type(kind: str) -> str:
    plain = kind.replace("Nullable(", "").replace("LowCardinality(", "").rstrip(")")
    if plain.startswith("Decimal"):
        return f"{plain.upper()})"
    names = {"String": "VARCHAR", "Date": "DATE", "Float64": "DOUBLE", "Int8": "TINYINT",
             "Int16": "SMALLINT", "Int32": "INTEGER", "Int64": "BIGINT", "UInt8": "UTINYINT",
             "UInt32": "UINTEGER", "UInt64": "UBIGINT"}  # fmt: skip
    return names[plain]
