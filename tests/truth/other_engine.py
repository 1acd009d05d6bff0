"""The same rows in DuckDB, flat: every output of every fact worked out by a join, once."""

from datetime import date
from typing import Any

import duckdb

from server.access import Scope
from tests.truth.parts import Dimension, Moment, World

_PARTS = {
    "year": "year(day)", "quarter": "quarter(day)", "month": "month(day)", "day": "day(day)",
    "iso_year": "isoyear(day)", "week": "week(day)", "weekday": "isodow(day)", "date": "day",
}  # fmt: skip
NOBODY = {"en": "Nobody", "zh": "无"}
EVERYTHING = Scope()


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

    def rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        return self._connection.execute(sql, values or []).fetchall()

    def close(self) -> None:
        """Close the connection."""
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
        place = 2 + [name for name, _ in self.world.columns].index("day")
        days = [fact[place] for fact in self.world.facts if fact[0] in moment.visible]
        return max(days, default=date(1970, 1, 1))

    def _flat_sql(self, name: str, moment: Moment, membership: str, language: str) -> str:
        tables = [each for each in self.world.dimensions if each.table]
        time = [f'{sql} AS "time.{part}"' for part, sql in _PARTS.items()]
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
            f"{' '.join(joins)} WHERE facts._load IN ({shown})"
        )

    def _fill(
        self, name: str, columns: tuple[tuple[str, str], ...], rows: tuple[tuple[Any, ...], ...]
    ) -> None:
        declared = ", ".join(f'"{column}" {_type(kind)}' for column, kind in columns)
        self.rows(f"CREATE TABLE {name} ({declared})")
        marks = ", ".join("?" for _ in columns)
        if rows:
            self._connection.executemany(f"INSERT INTO {name} VALUES ({marks})", list(rows))


def _versions(moment: Moment) -> list[tuple[str, int]]:
    """The version of each dimension's table, by the dimension's name and a space."""
    return [(f"{table.removesuffix('s')} ", version) for table, version in moment.versions]


def paths_of(
    world: World, dimension: Dimension
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[Any, ...], ...]]:
    """Each member's path, found by walking up; below its own depth it has its own name."""
    depth = len(dimension.levels("tree"))
    columns = [("_load", "UInt32"), ("member", "String")]
    for level in dimension.levels("tree"):
        columns += [(f"{level.name}{word}", "String") for word in ("", "_en", "_zh")]
    rows = dict(world.members)[dimension.table]
    found = {(row[0], row[2]): row for row in rows}
    made: list[tuple[Any, ...]] = []
    for version, member in found:
        path = [member]
        while (above := found[version, path[0]][5]) is not None:
            path.insert(0, above)
        values: list[Any] = []
        for place in range(depth):
            speaker = path[min(place, len(path) - 1)]
            name, name_zh = found[version, speaker][3:5]
            english = name or speaker
            values += [path[place] if place < len(path) else None, english, name_zh or english]
        made.append((version, member, *values))
    return tuple(columns), tuple(made)


def _join(dimension: Dimension, alias: str, version: int, day: str) -> str:
    if dimension.is_tree:
        return (
            f"LEFT JOIN {dimension.table}_paths {alias} ON {alias}._load = {version}"
            f" AND {alias}.member = facts.{dimension.column}"
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
