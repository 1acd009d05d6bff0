"""The entity sets: what each is about, and its properties with their types.

Of every cube there are its aggregates, its facts and the members of each dimension; beside them
the indicators and their values. Names are those of the model with `_` for `.`; where two would be
the same the later one gets a number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from server.access import Permission, Person
from server.cube.cube_model import CubeModel
from server.cube.elements import Aggregate, Attribute, Dimension, Labels, Measure, ValueType
from server.cube.elements import Level as LevelOfModel
from server.cube.model import Model
from server.cube.statement_facts import all_fields
from web.odata.judging import KINDS

ID = "Id"
FACTS, MEMBERS = "Facts_", "Members_"
INDICATORS, VALUES = "Indicators", "IndicatorValues"

STRING, WHOLE, DECIMAL, DOUBLE = "Edm.String", "Edm.Int64", "Edm.Decimal", "Edm.Double"
DATE, BOOLEAN = "Edm.Date", "Edm.Boolean"

Kind = Literal["aggregates", "facts", "members", "indicators", "values"]
Role = Literal["id", "attribute", "aggregate", "field", "own"]
_NONE = Labels("", "")
_TYPES = {
    ValueType.TEXT: STRING,
    ValueType.INTEGER: WHOLE,
    ValueType.DECIMAL: DECIMAL,
    ValueType.FLOAT: DOUBLE,
    ValueType.DATE: DATE,
}


@dataclass(frozen=True)
class Property:
    """One property of an entity set."""

    name: str
    type: str
    role: Role
    ref: str = ""  # what the cube calls it
    labels: Labels = _NONE
    dimension: str = ""  # of an attribute
    level: str = ""  # of an attribute: whose it is
    is_nullable: bool = True


@dataclass(frozen=True)
class EntitySet:
    """A set that can be asked."""

    name: str
    kind: Kind
    labels: Labels
    properties: tuple[Property, ...]
    key: tuple[str, ...]
    cube: str = ""
    dimension: str = ""

    @property
    def type_name(self) -> str:
        """What one of it is called in the metadata."""
        return f"{self.name}_row"

    @property
    def by_name(self) -> Mapping[str, Property]:
        """The properties by their names."""
        return {one.name: one for one in self.properties}

    @property
    def kinds(self) -> Mapping[str, str]:
        """What can be compared with the values of each property."""
        return {one.name: KINDS[one.type] for one in self.properties}

    def of_role(self, *roles: Role) -> tuple[Property, ...]:
        """The properties of some roles."""
        return tuple(one for one in self.properties if one.role in roles)


def sets_for(model: Model, person: Person, snapshot: int) -> Mapping[str, EntitySet]:
    """The sets that somebody may ask at a snapshot, by their names."""
    cubes = model.cubes if person.may(Permission.SLICE) else ()
    listed = [one for name in cubes for one in sets_of(model.cube_at(name, snapshot))]
    return {**{one.name: one for one in listed}, **INDICATOR_SETS}


def sets_of(cube: CubeModel) -> Iterator[EntitySet]:
    """The sets of a cube."""
    attributes = [one for dimension in cube.dimensions for one in _attributes(dimension)]
    aggregates = [_aggregate(one) for one in cube.aggregates]
    yield _set(cube.name, "aggregates", cube.labels, [*attributes, *aggregates], cube)
    known = {one.ref for one in attributes}
    fields = [_field(cube, name) for name in all_fields(cube) if name not in known]
    facts = Labels(f"{cube.labels.en}: facts", f"{cube.labels.zh}：明细")
    yield _set(f"{FACTS}{cube.name}", "facts", facts, [*attributes, *fields], cube)
    for one in cube.dimensions:
        labels = Labels(f"{cube.labels.en}: {one.labels.en}", f"{cube.labels.zh}：{one.labels.zh}")
        of_default = {level.name for level in one.default_hierarchy.levels}
        own = [each for each in _attributes(one) if each.level in of_default]
        found = _set(f"{MEMBERS}{cube.name}_{one.name}", "members", labels, own, cube)
        yield replace(found, dimension=one.name)


def named(name: str, type_name: str, *, is_nullable: bool = True) -> Property:
    """A property that no cube knows."""
    return Property(name, type_name, "own", is_nullable=is_nullable)


INDICATOR_SETS: Mapping[str, EntitySet] = {
    INDICATORS: EntitySet(
        INDICATORS,
        "indicators",
        Labels("Indicators", "指标"),
        (
            named("code", STRING, is_nullable=False),
            *(named(one, STRING) for one in ("name", "meaning", "cube", "formula", "unit")),
            *(named(one, STRING) for one in ("direction", "frequency", "owner")),
            named("version", WHOLE),
        ),
        ("code",),
    ),
    VALUES: EntitySet(
        VALUES,
        "values",
        Labels("Values of indicators", "指标值"),
        (
            named("indicator", STRING, is_nullable=False),
            named("period", STRING, is_nullable=False),
            named("organisation", STRING, is_nullable=False),
            named("name", STRING),
            named("organisation_name", STRING),
            named("first_day", DATE),
            named("last_day", DATE),
            named("unit", STRING),
            named("value", DECIMAL),
            named("target", DECIMAL),
            named("score", DECIMAL),
            named("status", STRING),
            named("absent", STRING),
        ),
        ("indicator", "period", "organisation"),
    ),
}


def _set(
    name: str, kind: Kind, labels: Labels, properties: Iterable[Property], cube: CubeModel
) -> EntitySet:
    own = Property(ID, STRING, "id", is_nullable=False)
    return EntitySet(name, kind, labels, tuple(_apart([own, *properties])), (ID,), cube.name)


def _apart(properties: Iterable[Property]) -> Iterator[Property]:
    """The properties with names that differ."""
    taken: set[str] = set()
    for one in properties:
        name, number = one.name, 2
        while name in taken:
            name, number = f"{one.name}_{number}", number + 1
        taken.add(name)
        yield replace(one, name=name)


def _attributes(dimension: Dimension) -> Iterator[Property]:
    for level in dimension.levels:
        for attribute in level.attributes:
            yield _attribute(dimension, level, attribute)


def _attribute(dimension: Dimension, level: LevelOfModel, attribute: Attribute) -> Property:
    labels = attribute.labels
    if not dimension.is_flat or len(dimension.attributes) > 1:
        of = dimension.labels
        labels = Labels(f"{of.en}: {labels.en}", f"{of.zh}：{labels.zh}")
    return Property(
        attribute.ref.replace(".", "_"),
        _TYPES[attribute.value_type],
        "attribute",
        attribute.ref,
        labels,
        dimension.name,
        level.name,
    )


def _aggregate(aggregate: Aggregate) -> Property:
    """A quotient has no end as a decimal: it is written as the nearest binary number."""
    edm = DOUBLE if aggregate.is_derived else _TYPES[aggregate.value_type]
    return Property(aggregate.name, edm, "aggregate", aggregate.name, aggregate.labels)


def _field(cube: CubeModel, name: str) -> Property:
    """A column of the facts, or a measure of theirs."""
    for column in cube.fact_columns:
        if column.spec.name == name:
            return _column(name, column.spec.plain_type, column.labels)
    measure = next((one for one in cube.measures if one.name == name), None)
    if isinstance(measure, Measure):
        return Property(name, _TYPES[measure.value_type], "field", name, measure.labels)
    return Property(name.lstrip("_"), WHOLE, "field", name)


def _column(name: str, plain_type: str, labels: Labels) -> Property:
    if plain_type == "String":
        edm = STRING
    elif plain_type.startswith("Decimal"):
        edm = DECIMAL
    elif plain_type.startswith("Float"):
        edm = DOUBLE
    elif plain_type.startswith("DateTime"):
        edm = STRING
    else:
        edm = DATE if plain_type.startswith("Date") else WHOLE
    return Property(name, edm, "field", name, labels)
