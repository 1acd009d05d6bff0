"""Reads the cubes of a pack from a document: fact tables, links to dimensions, figures."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.cube.aggregate_reading import check_aggregates, check_grain, read_aggregates
from server.cube.cube_model import CubeModel, FactColumn
from server.cube.dimension_reading import link, link_spread, read_columns
from server.cube.document import Section
from server.cube.elements import Dimension, Measure, frozen
from server.cube.measure_reading import CubeParts, read_measures
from server.cube.rollup_reading import with_roll_ups
from server.store.tables import (
    LOAD_COLUMN,
    ROW_COLUMN,
    ColumnSpec,
    TableSpec,
    is_known_partition,
)

_DOUBLES = ("refuse", "add")  # what is done with facts of one grain and day


def read_cubes(document: Section, shared: Mapping[str, Dimension]) -> dict[str, CubeModel]:
    """The cubes of the document, by name."""
    document.allow("name", "label", "labels", "cubes")
    cubes: dict[str, CubeModel] = {}
    tables: dict[str, str] = {}
    for section in document.sections("cubes", "cube"):
        cube = _read_cube(section, shared)
        if cube.name in cubes:
            section.wrong("there are two cubes of this name.")
        if cube.fact.name in tables:
            section.wrong(f"its table {cube.fact.name} is cube {tables[cube.fact.name]}'s.")
        cubes[cube.name] = cube
        tables[cube.fact.name] = cube.name
    if not cubes:
        document.wrong("there are no cubes.")
    return cubes


def _read_cube(section: Section, shared: Mapping[str, Dimension]) -> CubeModel:
    section.allow(
        "name", "label", "labels", "description", "descriptions", "category", "info", "fact",
        "dimensions", "measures", "aggregates", "open_to", "rollups",
    )  # fmt: skip
    fact_section = section.section("fact")
    columns = _fact_columns(fact_section)
    specs = {name: column.spec for name, column in columns.items()}
    dimensions = _linked(section, specs, shared)
    flags = frozenset(name for name, column in columns.items() if column.is_flag)
    parts = CubeParts(specs, flags, {each.name: each for each in dimensions})
    measures = read_measures(section, parts)
    cube = CubeModel(
        name=section.name(),
        labels=section.labels(),
        description=section.descriptions(),
        category=section.text("category"),
        info=frozen(section.section("info").values),
        fact=_fact_table(fact_section, specs),
        time_zone=_time_zone(fact_section),
        fact_columns=tuple(columns.values()),
        dimensions=dimensions,
        measures=tuple(measures.values()),
        aggregates=tuple(read_aggregates(section, parts, measures).values()),
        open_to=section.names("open_to"),
        grain=fact_section.names("grain"),
        key=_key(fact_section, specs),
    )
    _check_open_to(section, cube, shared)
    if cube.is_dated and cube.time is None:
        section.wrong("members of a dated dimension are looked up by day: it needs a time.")
    check_grain(fact_section, cube)
    cube = replace(cube, fact=replace(cube.fact, unique_by=_unique_by(fact_section, cube)))
    check_aggregates(section, cube)
    _check_answers(section, cube)
    return with_roll_ups(section, cube)


def _fact_columns(section: Section) -> dict[str, FactColumn]:
    section.allow(
        "table",
        "time_zone",
        "sort_key",
        "partition_by",
        "columns",
        "grain",
        "doubles",
        "sharding_key",
        "key",
    )
    more = ("flag", "label", "labels", "detail")
    specs = {spec.name: spec for spec in read_columns(section, *more)}
    columns: dict[str, FactColumn] = {}
    for each in section.sections("columns", "column"):
        spec = specs.get(each.text("name"))
        if spec is None:
            continue
        is_flag = each.flag("flag")
        if is_flag and spec.type != "UInt8":
            each.wrong(f"a 0/1 column is UInt8, this one is {spec.type}.")
        columns[spec.name] = FactColumn(spec, each.labels(), is_flag, each.text("detail"))
    return columns


def _fact_table(section: Section, columns: Mapping[str, ColumnSpec]) -> TableSpec:
    partition = section.text("partition_by")
    if partition and not is_known_partition(partition):
        section.wrong(f"partition_by is {partition!r}.", ("toYear(column)", "toYYYYMM(column)"))
    elif partition:
        name = partition.partition("(")[2].rstrip(")")
        if name not in columns or not columns[name].type.startswith("Date"):
            section.wrong(f"partition_by needs a date column, {name!r} is none.")
    sort_key = section.names("sort_key")
    if not sort_key:
        section.wrong("there is no sort_key.")
    for name in sort_key:
        if name not in columns and name not in (LOAD_COLUMN, ROW_COLUMN):
            section.wrong(f"sort_key names an unknown column {name!r}.", columns)
        elif name in columns and columns[name].is_nullable:
            section.wrong(f"sort_key column {name} may be NULL.")
    sharding_key = section.names("sharding_key") or section.names("grain")
    for name in sharding_key:
        if name not in columns:
            section.wrong(f"sharding_key names an unknown column {name!r}.", columns)
    return TableSpec(
        section.name("table"),
        tuple(columns.values()),
        sort_key,
        partition,
        sharding_key=sharding_key,
    )


def _unique_by(section: Section, cube: CubeModel) -> tuple[str, ...]:
    """The grain and the day where the cube has stocks and does not say that doubles add up."""
    said = section.text("doubles", _DOUBLES[0])
    if said not in _DOUBLES:
        section.wrong(f"doubles is {said!r}.", _DOUBLES)
    if "doubles" in section.values and not cube.grain:
        section.wrong("doubles is about facts of one grain and day, and there is no grain.")
    day = cube.time.fact_column if cube.time else None
    parts = [part for each in cube.aggregates for part in (each, *each.simple)]
    has_stocks = any(each.is_semi_additive for each in parts)
    if said == "add" or day is None or not has_stocks:
        return ()
    return (*cube.grain, day.name)


def _key(section: Section, columns: Mapping[str, ColumnSpec]) -> str:
    name = section.text("key")
    if name and name not in columns:
        section.wrong(f"key names an unknown column {name!r}.", columns)
    return name


def _time_zone(section: Section) -> str:
    name = section.text("time_zone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        section.wrong(f"time_zone is {name!r}, not the name of a time zone.")
    return name


def _linked(
    section: Section, columns: Mapping[str, ColumnSpec], shared: Mapping[str, Dimension]
) -> tuple[Dimension, ...]:
    linked: dict[str, Dimension] = {}
    for each in section.sections("dimensions", "dimension"):
        each.allow("name", "column")
        dimension = shared.get(each.text("name"))
        column = columns.get(each.text("column"))
        is_spread = dimension is not None and dimension.is_spread
        if dimension is None:
            each.wrong("unknown dimension.", shared)
        if is_spread and "column" in each.values:
            each.wrong("its attributes name the fact columns; it hangs on no other.")
        if column is None and not is_spread:
            each.wrong(f"the facts have no column {each.text('column')!r}.", columns)
        if dimension is None or (column is None and not is_spread):
            continue
        if dimension.name in linked:
            each.wrong("there are two dimensions of this name.")
        if is_spread:
            linked[dimension.name] = link_spread(each, dimension, columns)
        elif dimension.levels and column is not None:
            linked[dimension.name] = link(each, dimension, column)
    return tuple(linked.values())


def _check_open_to(section: Section, cube: CubeModel, shared: Mapping[str, Dimension]) -> None:
    for name in cube.open_to:
        if name not in shared:
            section.wrong(f"open_to names an unknown dimension {name!r}.", shared)
        elif cube.has_dimension(name):
            section.wrong(f"open_to names {name}, which the cube has: its scope applies.")


def _check_answers(section: Section, cube: CubeModel) -> None:
    """In an answer every name means one thing."""
    columns = {column.name for column in cube.fact.columns}
    refs: set[str] = set()
    for dimension in cube.dimensions:
        for ref in (attribute.ref for attribute in dimension.attributes):
            refs.add(ref)
            if ref in columns and dimension.fact_column != cube.fact.column(ref):
                section.wrong(f"dimension {ref} is called like a fact column that it is not.")
    for measure in cube.measures:
        if measure.name in columns and not _is_column(measure):
            section.wrong(f"measure {measure.name} is called like a fact column that it is not.")
    for aggregate in cube.aggregates:
        if aggregate.name in refs:
            section.wrong(f"aggregate {aggregate.name} is called like a dimension.")


def _is_column(measure: Measure) -> bool:
    names = [(factor.dimension, factor.column.name) for factor in measure.factors]
    return names == [("", measure.name)]
