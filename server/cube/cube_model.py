"""One cube as a value: its fact table, dimensions, measures and aggregates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from server.cube import cubes_form
from server.cube.databrewery import Cube
from server.cube.elements import (
    AS_IS,
    AS_WAS,
    Aggregate,
    Attribute,
    Dimension,
    DimensionKind,
    Function,
    Labels,
    Measure,
    Membership,
    ValueType,
)
from server.cube.rollups import RollUp
from server.errors import NotFound
from server.store.tables import ColumnSpec, DimensionTableSpec, TableSpec

FACT_COUNT = "fact_count"


@dataclass(frozen=True)
class FactColumn:
    """A column of the fact table with its labels; a flag holds 0 or 1."""

    spec: ColumnSpec
    labels: Labels
    is_flag: bool = False
    detail: str = ""  # its name among the details of an imported cube


@dataclass(frozen=True)
class CubeModel:
    """A cube of the model; nothing in it is looked up by position."""

    name: str
    labels: Labels
    description: Labels
    category: str
    info: Mapping[str, Any]
    fact: TableSpec
    time_zone: str
    fact_columns: tuple[FactColumn, ...]
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    aggregates: tuple[Aggregate, ...]
    grain: tuple[str, ...] = ()  # the fact columns that, with the day, tell facts apart
    open_to: tuple[str, ...] = ()  # scoped dimensions that this cube lacks and may ignore
    roll_ups: tuple[RollUp, ...] = ()
    membership: Membership = AS_WAS  # by which members of dated dimensions are looked up
    model_version: str = ""  # SHA-256 of the model that the cube comes from; of no other model
    imported_as: str = ""  # the imported model that it comes from; empty: the pack
    key: str = ""  # fact column that clients know facts by; empty: batch and source row

    def confined_by(self, rule: str) -> Dimension | None:
        """The dimension that a rule of this name confines, if the cube has it.

        An imported model's dimensions are its own: a rule names them with their model in front, and
        one for a dimension of the pack is never taken for theirs, though both be called the same.
        """
        prefix = f"{self.imported_as}." if self.imported_as else ""
        found = (each for each in self.dimensions if f"{prefix}{each.name}" == rule)
        return next(found, None)

    def has_dimension(self, name: str) -> bool:
        """Whether the cube has a dimension of that name."""
        return any(dimension.name == name for dimension in self.dimensions)

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name; `NotFound` names those that there are."""
        for dimension in self.dimensions:
            if dimension.name == name:
                return dimension
        raise self._unknown("dimension", name, (each.name for each in self.dimensions))

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes of all its dimensions."""
        return tuple(attribute for each in self.dimensions for attribute in each.attributes)

    def aggregate(self, name: str) -> Aggregate:
        """The aggregate of that name; `NotFound` names those that there are."""
        for aggregate in (*self.aggregates, self.counting):
            if aggregate.name == name:
                return aggregate
        raise self._unknown("aggregate", name, (each.name for each in self.aggregates))

    @cached_property
    def counting(self) -> Aggregate:
        """The count of all facts; one that no list names where the cube has none of its own."""
        for each in self.aggregates:
            if each.function is Function.COUNT and not each.where and not each.filter:
                return each
        name, taken = FACT_COUNT, {each.name for each in self.aggregates}
        while name in taken:
            name += "_"
        return Aggregate(name, Labels("Facts", "事实数"), Function.COUNT, ValueType.INTEGER)

    def measure(self, name: str) -> Measure:
        """The measure of that name; `NotFound` names those that there are."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise self._unknown("measure", name, (each.name for each in self.measures))

    @property
    def time(self) -> Dimension | None:
        """The first dimension of time, if the cube has one."""
        return next((each for each in self.dimensions if each.kind is DimensionKind.TIME), None)

    @property
    def is_dated(self) -> bool:
        """Whether members of some dimension belong elsewhere at other times."""
        return any(each.is_dated for each in self.dimensions)

    def by_membership(self, membership: Membership) -> "CubeModel":
        """The cube as it is asked by a membership; without dated dimensions it is always itself."""
        if not self.is_dated or membership == self.membership:
            return self
        return self._as_is if membership == AS_IS else replace(self, membership=membership)

    @cached_property
    def _as_is(self) -> "CubeModel":
        return replace(self, membership=AS_IS)

    @property
    def details(self) -> Mapping[str, FactColumn]:
        """What facts show besides attributes and measures, by name.

        Of an imported cube what its model calls so; else every column that is nothing else.
        """
        if self.imported_as:
            return {each.detail: each for each in self.fact_columns if each.detail}
        taken = {attribute.ref for each in self.dimensions for attribute in each.attributes}
        taken |= {measure.name for measure in self.measures}
        return {each.spec.name: each for each in self.fact_columns if each.spec.name not in taken}

    @property
    def dimension_tables(self) -> tuple[DimensionTableSpec, ...]:
        """The dimension tables that the cube looks members up in, each once."""
        tables = {each.table.name: each.table for each in self.dimensions if each.table}
        return tuple(tables.values())

    @property
    def cubes_cube(self) -> Cube:
        """The cube as an object of cubes, labelled in English."""
        return self._cubes_cubes["en"]

    def cubes_cube_in(self, language: str) -> Cube:
        """The cube as an object of cubes, labelled in a language; English if it is not ours."""
        return self._cubes_cubes.get(language, self.cubes_cube)

    @cached_property
    def _cubes_cubes(self) -> dict[str, Cube]:
        return {language: cubes_form.cube(self, language) for language in ("en", "zh")}

    def _unknown(self, noun: str, name: str, names: Iterable[str]) -> NotFound:
        allowed = tuple(names)
        return NotFound(
            f"Cube {self.name} has no {noun} {name!r}. It has: {', '.join(allowed)}.",
            code=f"unknown_{noun}",
            field=noun,
            allowed=allowed,
        )
