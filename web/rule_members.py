"""What rules are about, asked of the store: members' names, and how many of them are open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.access import Scope
from server.cube.browser import ClickHouseBrowser
from server.cube.cell import scoped_cell
from server.cube.cuts import cuts_from_objects
from server.cube.elements import AS_IS
from server.errors import IndicubeError, InvalidInput, NotAllowed
from server.metadata.users import User
from server.scope_rules import DatedRule, scope_at
from web.figures import whole
from web.phrases import gettext, ngettext
from web.rule_words import Confinable, confinable, dimension_words
from web.visitor import person, runtime, signed_in, snapshot
from web.words import language

Names = Mapping[tuple[str, tuple[str, ...]], str | None]


@dataclass(frozen=True)
class OpenPart:
    """How much of a dimension is open to somebody."""

    dimension: str
    words: str


@dataclass(frozen=True)
class OpenCube:
    """Whether somebody may ask a cube, and why not."""

    name: str
    reason: str  # empty: they may


def known_dimension(name: str) -> Confinable:
    """The dimension that a rule's name means; InvalidInput when no cube has it."""
    known = confinable().get(name)
    if known is None:
        raise InvalidInput(
            f"No cube has a dimension {name[:80]!r}.",
            field="dimension",
            allowed=tuple(confinable()),
        )
    return known


def browser_of(known: Confinable, scope: Scope | None = None) -> ClickHouseBrowser:
    """Asks for members of a dimension as they are now, in a scope; without one in the asker's."""
    asked = person().scope if scope is None else scope
    return runtime().cubes.browser(known.cube.name, snapshot(), asked, language(), AS_IS)


def check_path(known: Confinable, path: tuple[str, ...]) -> None:
    """InvalidInput unless the dimension could have a member at the path."""
    objects = {"type": "set", "dimension": known.dimension.name, "paths": [list(path)]}
    cuts_from_objects(known.cube, [objects])


def names_of(rules: Iterable[DatedRule]) -> Names:
    """The label of every rule's member, None where there is no such member; what cannot be asked
    is left out.
    """
    found: dict[tuple[str, tuple[str, ...]], str | None] = {}
    asked: dict[tuple[str, int], list[tuple[str, ...]]] = {}
    for rule in rules:
        if rule.is_readable and rule.dimension in confinable():
            asked.setdefault((rule.dimension, len(rule.path)), []).append(rule.path)
    for (dimension, depth), paths in asked.items():
        try:
            labels = _labels(confinable()[dimension], depth, paths)
        except IndicubeError:  # the store is away, or the asker may not see the dimension
            continue
        found |= {(dimension, path): labels.get(path) for path in paths}
    return found


def open_parts(user: User) -> tuple[OpenPart, ...]:
    """How many members of each dimension in which somebody is confined are open to them now.

    Who asks is told of members within their own scope alone.
    """
    now, me = runtime().clock(), signed_in()
    scope = user.scope_at(now)
    own = me.rules, me.role_rules
    found = []
    for name in scope.dimensions:
        alone = [
            tuple(rule for rule in held if rule.dimension == name)
            for held in (user.rules, user.role_rules)
        ]
        words = _open_words(name, scope_at((*alone, *own), now), scope_at(own, now))
        found.append(OpenPart(dimension_words(name), words))
    return tuple(found)


def open_cubes(scope: Scope) -> tuple[OpenCube, ...]:
    """Every cube, and whether a scope lets it be asked."""
    found = []
    for cube in runtime().cubes.model.cubes.values():
        reason = ""
        try:
            scoped_cell(cube, (), scope)
        except NotAllowed as refused:
            reason = gettext("closed by the rule on %(dimension)s", dimension=_field(refused))
        found.append(OpenCube(cube.labels.in_language(language()), reason))
    return tuple(found)


def _field(refused: NotAllowed) -> str:
    return dimension_words(refused.field or "")


def _labels(
    known: Confinable, depth: int, paths: list[tuple[str, ...]]
) -> dict[tuple[str, ...], str]:
    name = known.dimension.name
    objects = {"type": "set", "dimension": name, "paths": [list(path) for path in paths]}
    cuts = cuts_from_objects(known.cube, [objects])
    rows = browser_of(known).members(cuts, name, depth=depth, from_table=True)
    levels = known.dimension.default_hierarchy.levels[:depth]
    return {
        tuple(str(row[level.key.ref]) for level in levels): str(row[levels[-1].label.ref])
        for row in rows
    }


def _open_words(dimension: str, scope: Scope, whole_scope: Scope) -> str:
    if dimension in scope.closed:
        return gettext("nothing")
    try:
        everybody = _count(dimension, whole_scope)
        return ngettext(
            "%(some)s of %(all)s member with facts",
            "%(some)s of %(all)s members with facts",
            everybody,
            some=whole(_count(dimension, scope)),
            all=whole(everybody),
        )
    except IndicubeError:
        return gettext("cannot be counted just now")


def _count(dimension: str, scope: Scope) -> int:
    """How many members have facts in a scope."""
    known = known_dimension(dimension)
    along = known.dimension.default_hierarchy
    try:
        found = browser_of(known, scope).aggregate(
            aggregates=[known.cube.aggregates[0].name],
            drilldown=f"{known.dimension.name}@{along.name}:{along.levels[-1].name}",
            page=0,
            page_size=1,
            summary=False,
        )
    except NotAllowed:
        return 0
    return int(found.total_cell_count or 0)
