"""Reads the shared dimensions and their tables from a document, and links them to a cube."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from server.calendars.calendar import Calendar
from server.cube.calendar_reading import with_calendars
from server.cube.document import Section
from server.cube.elements import (
    LANGUAGES,
    Attribute,
    Dimension,
    DimensionKind,
    Hierarchy,
    Labels,
    Level,
    ValueType,
    frozen,
    value_type_of,
)
from server.cube.time_paths import KEY_CHAINS, PARTS
from server.cube.tree_reading import read_parent_child, tree_levels
from server.store.tables import (
    ColumnSpec,
    DimensionTableSpec,
    Validity,
    is_known_type,
    is_name,
)

UNKNOWN = Labels("Unknown", "未知")


@dataclass(frozen=True)
class _Home:
    """The dimension in which levels and attributes are read."""

    dimension: str
    kind: DimensionKind
    table: DimensionTableSpec | None
    is_bare: bool  # one level with one attribute: its ref is the dimension's name
    is_flat: bool  # its attributes are columns of the facts


def read_tables(document: Section) -> dict[str, DimensionTableSpec]:
    """The dimension tables of the document, by name."""
    tables: dict[str, DimensionTableSpec] = {}
    for section in document.sections("tables", "table"):
        section.allow("name", "key", "columns", "dated", "parent_child")
        columns = read_columns(section)
        key = section.text("key")
        table = DimensionTableSpec(
            section.name(),
            key,
            columns,
            _read_validity(section, columns),
            tree=read_parent_child(section, key, columns),
        )
        if table.name in tables:
            section.wrong("there are two tables of this name.")
        _check_key(section, table)
        if is_name(table.name) and not is_name(table.dictionary_source):
            section.wrong("its name is too long for a table of members that have parents.")
        tables[table.name] = table
    return tables


def read_columns(section: Section, *also: str) -> tuple[ColumnSpec, ...]:
    """The columns of a table: known types, no name twice, Float64 only as `approximate`."""
    columns: dict[str, ColumnSpec] = {}
    for each in section.sections("columns", "column"):
        each.allow("name", "type", "approximate", *also)
        column = ColumnSpec(each.name(), each.text("type"))
        if not is_known_type(column.type):
            each.wrong(f"{column.type!r} is not a column type that Indicube stores.", _TYPES)
            column = ColumnSpec(column.name, "String")
        elif column.plain_type == "Float64" and not each.flag("approximate"):
            each.wrong('Float64 is inexact: use a Decimal, or say "approximate": true.')
        if column.name in columns:
            each.wrong("there are two columns of this name.")
        if is_name(column.name):
            columns[column.name] = column
    if not columns:
        section.wrong("there are no columns.")
    return tuple(columns.values())


def read_dimensions(
    document: Section,
    tables: Mapping[str, DimensionTableSpec],
    calendars: Mapping[str, Calendar],
) -> dict[str, Dimension]:
    """The shared dimensions of the document, by name, not yet linked to a fact column."""
    dimensions: dict[str, Dimension] = {}
    for section in document.sections("dimensions", "dimension"):
        dimension = with_calendars(section, _read_dimension(section, tables), calendars)
        if dimension.name in dimensions:
            section.wrong("there are two dimensions of this name.")
        dimensions[dimension.name] = dimension
    return dimensions


def link_spread(
    section: Section, dimension: Dimension, columns: Mapping[str, ColumnSpec]
) -> Dimension:
    """A dimension whose levels and labels are columns of the facts, as a cube uses it."""
    for attribute in dimension.attributes:
        for name in (attribute.column, *attribute.localized.values()):
            if name not in columns:
                section.wrong(f"the facts have no column {name!r} for {attribute.ref}.", columns)
    return dimension.typed_by(columns)


def link(section: Section, dimension: Dimension, column: ColumnSpec) -> Dimension:
    """The dimension as a cube uses it, hanging on a fact column of the right type."""
    if dimension.kind is DimensionKind.TIME and column.type != "Date":
        section.wrong(f"time hangs on a Date column, {column.name} is {column.type}.")
    if dimension.kind is DimensionKind.TABLE and column.plain_type != "String":
        section.wrong(f"its members are texts, column {column.name} is {column.type}.")
    linked = replace(dimension, fact_column=column)
    if dimension.kind is not DimensionKind.PLAIN:
        return linked
    level = dimension.levels[0]
    key = replace(level.key, column=column.name, value_type=value_type_of(column.plain_type))
    levels = (replace(level, key=key, label=key, order_by=key, attributes=(key,)),)
    hierarchies = tuple(replace(each, levels=levels) for each in dimension.hierarchies)
    return replace(linked, levels=levels, hierarchies=hierarchies)


def _check_key(section: Section, table: DimensionTableSpec) -> None:
    columns = {column.name: column for column in table.columns}
    key = columns.get(table.key)
    if key is None:
        section.wrong(f"the key {table.key!r} is not one of its columns.", columns)
    elif key.type != "String":
        section.wrong(f"the key {table.key} must be a String, it is {key.type}.")


def _read_validity(section: Section, columns: tuple[ColumnSpec, ...]) -> Validity | None:
    """The columns of the first and the last day on which a row holds."""
    if "dated" not in section.values:
        return None
    dated = section.section("dated")
    dated.allow("from", "to")
    validity = Validity(dated.text("from"), dated.text("to"))
    dates = [column.name for column in columns if column.plain_type == "Date"]
    wrong = [name for name in (validity.first, validity.last) if name not in dates]
    for name in wrong:
        dated.wrong(f"{name!r} is not a Date column of the table.", dates)
    if not wrong and validity.first == validity.last:
        dated.wrong("from and to are the same column.")
    return None if wrong else validity


def _read_dimension(section: Section, tables: Mapping[str, DimensionTableSpec]) -> Dimension:
    section.allow(
        "name", "label", "labels", "description", "descriptions", "info", "role", "table",
        "unknown", "levels", "hierarchies", "default_hierarchy_name", "parent_child", "flat",
    )  # fmt: skip
    table = _table_of(section, tables)
    role = section.text("role")
    if role not in ("", "time"):
        section.wrong(f"unknown role {role!r}.", ["time"])
    kind = _kind(section, role, table)
    if kind is not DimensionKind.PLAIN and section.flag("flat"):
        section.wrong("a dimension of time or with a table is not flat.")
    depths, trees = tree_levels(section, section.text("name"), table)
    levels = _read_levels(section, kind, table, depths)
    return Dimension(
        name=section.name(),
        labels=section.labels(),
        kind=kind,
        levels=levels,
        hierarchies=_read_hierarchies(section, kind, levels, trees),
        unknown=section.words("unknown", UNKNOWN),
        table=table,
        role=role,
        description=section.descriptions(),
        info=frozen(section.section("info").values),
    )


def _kind(section: Section, role: str, table: DimensionTableSpec | None) -> DimensionKind:
    if table is not None:
        return DimensionKind.TABLE
    is_time = role == "time" and not section.flag("flat")
    return DimensionKind.TIME if is_time else DimensionKind.PLAIN


def _table_of(
    section: Section, tables: Mapping[str, DimensionTableSpec]
) -> DimensionTableSpec | None:
    name = section.text("table")
    if name and name not in tables:
        section.wrong(f"unknown table {name!r}.", tables)
    return tables.get(name)


def _read_levels(
    section: Section,
    kind: DimensionKind,
    table: DimensionTableSpec | None,
    depths: tuple[Level, ...],
) -> tuple[Level, ...]:
    sections = section.sections("levels", "level")
    is_bare = (
        len(sections) == 1
        and len(sections[0].sections("attributes", "attribute")) == 1
        and not depths
    )
    is_flat = section.flag("flat")
    home = _Home(section.text("name"), kind, table, is_bare, is_flat)
    levels = [level for each in sections if (level := _read_level(each, home)) is not None]
    levels = [*depths, *levels]
    _refuse_twins(section, "level", (level.name for level in levels))
    names = (attribute.name for level in levels for attribute in level.attributes)
    _refuse_twins(section, "attribute", names)
    if not levels:
        section.wrong("there are no levels.")
    for level in levels:
        if kind is DimensionKind.TABLE and level.key.value_type is ValueType.FLOAT:
            section.wrong(
                f"the key of level {level.name} is inexact, so it tells no members apart."
            )
    if kind is DimensionKind.PLAIN and not (is_bare or is_flat):
        section.wrong(
            'a dimension without a table has one level with one attribute, unless it is "flat".'
        )
    return tuple(levels)


def _read_level(section: Section, home: _Home) -> Level | None:
    section.allow(
        "name", "label", "labels", "role", "attributes", "key", "label_attribute",
        "order_attribute", "order", "cardinality",
    )  # fmt: skip
    attributes = {}
    for each in section.sections("attributes", "attribute"):
        attribute = _read_attribute(each, home)
        attributes[attribute.name] = attribute
    if not attributes:
        section.wrong("there are no attributes.")
        return None
    first = next(iter(attributes))
    return Level(
        name=section.name(),
        labels=section.labels(),
        attributes=tuple(attributes.values()),
        key=_named(section, "key", attributes, first),
        label=_named(section, "label_attribute", attributes, first),
        order_by=_named(section, "order_attribute", attributes, section.text("key") or first),
        is_descending=_choice(section, "order", ("asc", "desc")) == "desc",
        role=section.text("role"),
        is_high=_choice(section, "cardinality", ("low", "medium", "high")) == "high",
    )


def _named(
    section: Section, key: str, attributes: Mapping[str, Attribute], default: str
) -> Attribute:
    name = section.text(key) or default
    if name not in attributes:
        section.wrong(f"{key} names an unknown attribute {name!r}.", attributes)
        name = next(iter(attributes))
    return attributes[name]


def _choice(section: Section, key: str, allowed: tuple[str, ...]) -> str:
    value = section.text(key)
    if value and value not in allowed:
        section.wrong(f"{key} is {value!r}.", allowed)
    return value


def _read_attribute(section: Section, home: _Home) -> Attribute:
    section.allow("name", "label", "labels", "column", "part", "localized", "number")
    name = section.name()
    column = _column_of(section, home, section.text("column") or name)
    if (home.kind is DimensionKind.TIME) != bool(section.text("part")):
        section.wrong("a part belongs to every attribute of time and to no other.")
    part = _choice(section, "part", tuple(PARTS))
    if home.kind is DimensionKind.TIME:
        value_type = ValueType.DATE if part == "date" else ValueType.INTEGER
    else:
        value_type = value_type_of(column.plain_type)
    return Attribute(
        name=name,
        ref=home.dimension if home.is_bare else f"{home.dimension}.{name}",
        labels=section.labels(),
        value_type=value_type,
        column=column.name if home.table is not None or home.is_flat else "",
        part=part,
        localized=_localized(section, home),
        is_number=section.flag("number") and value_type is ValueType.TEXT,
    )


def _column_of(section: Section, home: _Home, name: str) -> ColumnSpec:
    table = home.table
    if table is None:
        if section.text("column") and not home.is_flat:
            section.wrong("a column is named only for a dimension with a table.")
        return ColumnSpec(name, "String")
    columns = {column.name: column for column in table.columns}
    if name not in columns:
        section.wrong(f"table {table.name} has no column {name!r}.", columns)
    elif name in table.span:
        section.wrong(f"{name} says when a row holds; it is no attribute of a member.")
    return columns.get(name, ColumnSpec(name, "String"))


def _localized(section: Section, home: _Home) -> Mapping[str, str]:
    others = section.section("localized")
    others.allow(*(language for language in LANGUAGES if language != "en"))
    columns = {language: others.text(language) for language in others.values}
    known = {column.name for column in home.table.columns} if home.table else set()
    for column in columns.values():
        if column not in known and not home.is_flat:  # then a cube says whether it is known
            others.wrong(f"{column!r} is not a column of the dimension's table.", sorted(known))
    return frozen(columns)


def _read_hierarchies(
    section: Section,
    kind: DimensionKind,
    levels: tuple[Level, ...],
    trees: tuple[Hierarchy, ...],
) -> tuple[Hierarchy, ...]:
    by_name = {level.name: level for level in levels}
    hierarchies = [
        Hierarchy(each.name(), each.labels(), _levels_of(each, by_name))
        for each in section.sections("hierarchies", "hierarchy")
        if "calendar" not in each.values
    ]
    hierarchies = [*trees, *hierarchies]
    if not hierarchies:
        hierarchies = [Hierarchy("default", section.labels(), levels)]
    _refuse_twins(section, "hierarchy", (each.name for each in hierarchies))
    for level in levels:
        if not any(each.depth_of(level.name) for each in hierarchies):
            section.wrong(f"level {level.name} is in no hierarchy.")
    if kind is DimensionKind.TIME:
        _check_time(section, hierarchies)
    return _default_first(section, hierarchies)


def _levels_of(section: Section, levels: Mapping[str, Level]) -> tuple[Level, ...]:
    section.allow("name", "label", "labels", "levels")
    names = section.names("levels")
    if not names:
        section.wrong("there are no levels.")
    for name in names:
        if name not in levels:
            section.wrong(f"unknown level {name!r}.", levels)
    _refuse_twins(section, "level", names)
    return tuple(levels[name] for name in names if name in levels)


def _default_first(section: Section, hierarchies: list[Hierarchy]) -> tuple[Hierarchy, ...]:
    default = section.text("default_hierarchy_name") or hierarchies[0].name
    names = [each.name for each in hierarchies]
    if default not in names:
        section.wrong(f"default_hierarchy_name names an unknown hierarchy {default!r}.", names)
    return tuple(sorted(hierarchies, key=lambda each: each.name != default))


def _check_time(section: Section, hierarchies: Iterable[Hierarchy]) -> None:
    for hierarchy in hierarchies:
        chain = tuple(level.key.part for level in hierarchy.levels)
        if chain and chain not in KEY_CHAINS:
            section.wrong(
                f"hierarchy {hierarchy.name} has the parts {' > '.join(chain)}, which do not nest.",
                (" > ".join(each) for each in KEY_CHAINS),
            )


def _refuse_twins(section: Section, noun: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            section.wrong(f"there are two of the {noun} {name}.")
        seen.add(name)


_TYPES = (
    "Int8 … Int64", "UInt8 … UInt64", "Decimal(P, S)", "Float64", "Date", "Date32",
    "DateTime64(3, 'UTC')", "String", "Nullable(…) of these", "LowCardinality(String)",
    "LowCardinality(Nullable(String))",
)  # fmt: skip
