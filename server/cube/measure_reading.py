"""Reads the measures of a cube: columns, products and their types."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from server.cube.document import Section
from server.cube.elements import (
    Dimension,
    DimensionKind,
    Factor,
    Measure,
    ValueType,
    value_type_of,
)
from server.store.tables import ColumnSpec

_NUMERIC = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT)
_MOST_BITS = 96  # of a product: two thousand million of them still add up within 127 bits
_MOST_DIGITS = 28  # of a decimal product: so many of them still add up within 38 digits


@dataclass(frozen=True)
class CubeParts:
    """What measures and aggregates may name: fact columns, 0/1 columns, dimensions."""

    columns: Mapping[str, ColumnSpec]
    flags: frozenset[str]
    dimensions: Mapping[str, Dimension]


def read_measures(section: Section, parts: CubeParts) -> dict[str, Measure]:
    """The measures of a cube by name."""
    measures: dict[str, Measure] = {}
    for each in section.sections("measures", "measure"):
        measure = _read_measure(each, parts)
        if measure.name in measures:
            each.wrong("there are two measures of this name.")
        measures[measure.name] = measure
    return measures


def product_of(
    section: Section, name: str, measures: Iterable[Measure], parts: CubeParts
) -> Measure:
    """The product of some measures as a measure of its own."""
    several = tuple(measures)
    factors = tuple(factor for each in several for factor in each.factors)
    value_type = _product_type(factors)
    return replace(
        several[0],
        name=name,
        value_type=value_type,
        factors=factors,
        bits=_bits(section, factors, value_type, parts),
        is_approximate=value_type is ValueType.FLOAT,
    )


def _read_measure(section: Section, parts: CubeParts) -> Measure:
    section.allow(
        "name", "label", "labels", "type", "unit", "column", "factors", "known", "approximate"
    )
    name = section.name()
    known = section.text("known")
    if sum(key in section.values for key in ("column", "factors", "known")) > 1:
        section.wrong("a measure has one of column, factors and known, not several.")
    if known:
        _check_known(section, known, parts)
    names = section.names("factors") or (section.text("column") or name,)
    factors = () if known else tuple(_read_factor(section, each, parts) for each in names)
    value_type = _product_type(factors)
    _check_type(section, value_type)
    return Measure(
        name=name,
        labels=section.labels(),
        value_type=value_type,
        unit=section.text("unit"),
        factors=factors,
        known=known,
        bits=_bits(section, factors, value_type, parts),
        is_approximate=value_type is ValueType.FLOAT,
    )


def _check_known(section: Section, name: str, parts: CubeParts) -> None:
    tables = [each.name for each in parts.dimensions.values() if each.kind is DimensionKind.TABLE]
    if name not in tables:
        section.wrong(f"known names {name!r}, not a dimension with a table.", tables)


def _read_factor(section: Section, name: str, parts: CubeParts) -> Factor:
    dimension_name, dot, attribute_name = name.partition(".")
    if not dot:
        column = parts.columns.get(name)
        if column is None:
            section.wrong(f"the facts have no column {name!r}.", parts.columns)
        return Factor(_numeric(section, column or ColumnSpec(name, "Int64")))
    dimension = parts.dimensions.get(dimension_name)
    attributes = {each.name: each for each in dimension.attributes} if dimension else {}
    attribute = attributes.get(attribute_name)
    if dimension is None or dimension.table is None or attribute is None:
        allowed = [
            attribute.ref
            for each in parts.dimensions.values()
            if each.table is not None
            for attribute in each.attributes
            if attribute.value_type in _NUMERIC
        ]
        section.wrong(f"unknown attribute {name!r}.", allowed)
        return Factor(ColumnSpec(attribute_name, "Int64"), dimension_name)
    columns = {column.name: column for column in dimension.table.columns}
    column = columns.get(attribute.column, ColumnSpec(attribute.column, "Int64"))
    return Factor(_numeric(section, column), dimension_name)


def _numeric(section: Section, column: ColumnSpec) -> ColumnSpec:
    if value_type_of(column.plain_type) not in _NUMERIC:
        section.wrong(f"{column.name} is {column.type}, not a number.")
    return column


def _product_type(factors: tuple[Factor, ...]) -> ValueType:
    types = {value_type_of(factor.column.plain_type) for factor in factors}
    if ValueType.FLOAT in types:
        return ValueType.FLOAT
    return ValueType.DECIMAL if ValueType.DECIMAL in types else ValueType.INTEGER


def _check_type(section: Section, actual: ValueType) -> None:
    declared = section.text("type")
    if declared not in _NUMERIC:
        section.wrong(f"type is {declared!r}.", _NUMERIC)
    elif declared != actual:
        section.wrong(f"type is {declared!r}, but its columns make it {actual.value!r}.")
    if actual is ValueType.FLOAT and not section.flag("approximate"):
        section.wrong('a Float measure is inexact: use a Decimal, or say "approximate": true.')


def _bits(
    section: Section, factors: tuple[Factor, ...], value_type: ValueType, parts: CubeParts
) -> int:
    if value_type is ValueType.DECIMAL:
        digits = sum(_column_digits(factor, parts) for factor in factors)
        if digits > _MOST_DIGITS:
            section.wrong(f"its product may need {digits} digits, more than {_MOST_DIGITS}.")
        return 0
    bits = sum(_column_bits(factor, parts) for factor in factors)
    if value_type is ValueType.INTEGER and bits > _MOST_BITS:
        section.wrong(f"its product may need {bits} bits, more than {_MOST_BITS}.")
    return bits


def _column_bits(factor: Factor, parts: CubeParts) -> int:
    if not factor.dimension and factor.column.name in parts.flags:
        return 0  # it is at most 1: a product does not grow by it
    size = re.search(r"\d+", factor.column.plain_type)
    return int(size.group()) if size else 64


def _column_digits(factor: Factor, parts: CubeParts) -> int:
    precision = re.fullmatch(r"Decimal\((\d+), \d+\)", factor.column.plain_type)
    if precision:
        return int(precision.group(1))
    return math.ceil(_column_bits(factor, parts) * math.log10(2))
