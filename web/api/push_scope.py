"""Whether whoever is confined may push what they send: nothing outside of what they may see.

Appended rows must lie within the scope, all of them. Rows that replace others may be sent where the
scope of the specification, or the key of its rows, says the member: then nothing outside of it can
give way. Nobody who is confined sends dimensions, or names what a body covers.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from server.access import Scope
from server.cube.cube_model import CubeModel
from server.cube.elements import AS_IS, Dimension
from server.errors import NotAllowed
from web.visitor import person, runtime, snapshot


class Part(Protocol):
    """A part of a scope key."""

    @property
    def column(self) -> str: ...
    @property
    def span(self) -> str: ...


class Specification(Protocol):
    """What is known of a specification here."""

    @property
    def name(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def key(self) -> tuple[str, ...]: ...
    @property
    def scope(self) -> tuple[Part, ...]: ...


def judged_columns(specification: Specification, covers: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of the table by whose values it is decided; none for whoever sees everything.

    Raises:
        NotAllowed: it cannot be decided, or others' facts could give way.
    """
    confined = _confined(specification)
    columns = tuple(column for column, _, _ in confined)
    if confined and covers:
        raise _outside("who is confined to a part of the facts cannot say what a body covers")
    if confined and not set(columns) <= set(_kept_apart(specification, columns)):
        raise _outside(
            f"what is pushed to {specification.name} replaces facts outside of what you may see"
        )
    return columns


def judge(specification: Specification, values: Mapping[str, Mapping[Any, int]]) -> None:
    """`NotAllowed` names the first row that lies outside."""
    for column, cube, dimension in _confined(specification):
        found = values.get(column, {})
        allowed = _allowed(cube, dimension)
        outside = [(row, value) for value, row in found.items() if str(value) not in allowed]
        if outside:
            row, value = min(outside)
            raise NotAllowed(
                f"row {row}: {column} is {str(value)[:80]!r}, which lies outside of what you may "
                "see; nothing of the push is kept",
                code="outside_scope",
                field=column,
            )


def _confined(specification: Specification) -> list[tuple[str, CubeModel, Dimension]]:
    """The columns that the asker's rules are about, each with a cube that has it."""
    scope = person().scope
    if not scope.rules:
        return []
    if scope.closed:
        raise _outside("by the rules that are in force now, nothing is open to you")
    cubes = [
        cube
        for cube in runtime().cubes.model.cubes.values()
        if cube.fact.name == specification.table
    ]
    if not cubes:
        raise _outside(f"{specification.name} is for those alone who see everything")
    found = (_of_rule(cube, name) for cube in cubes for name in scope.dimensions)
    return list({one[0]: one for one in found if one is not None}.values())


def _of_rule(cube: CubeModel, name: str) -> tuple[str, CubeModel, Dimension] | None:
    dimension = cube.confined_by(name)
    if dimension is None and name in cube.open_to:
        return None
    if dimension is None or dimension.fact_column is None or not _is_decidable(dimension):
        raise _outside(f"nothing of {name}, to which you are confined, can be told from these rows")
    return dimension.fact_column.name, cube, dimension


def _is_decidable(dimension: Dimension) -> bool:
    return dimension.table is not None or (dimension.is_flat and not dimension.is_spread)


def _kept_apart(specification: Specification, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of which a push touches no other member than those of its rows."""
    if specification.mode == "append":
        return columns
    if specification.mode == "upsert":
        return specification.key
    return tuple(part.column for part in specification.scope if not part.span)


def _allowed(cube: CubeModel, dimension: Dimension) -> frozenset[str]:
    """The members that the asker may see, as texts."""
    rules = tuple(
        rule for rule in person().scope.rules if cube.confined_by(rule.dimension) == dimension
    )
    if dimension.table is None:
        return frozenset(rule.path[0] for rule in rules)
    browser = runtime().cubes.browser(cube.name, snapshot(), Scope(rules), "en", AS_IS)
    leaf = dimension.default_hierarchy.levels[-1].key.ref
    rows = browser.members(None, dimension.name, from_table=True)
    return frozenset(str(row[leaf]) for row in rows if row[leaf] is not None)


def _outside(why: str) -> NotAllowed:
    return NotAllowed(f"You may not push this: {why}.", code="outside_scope")
