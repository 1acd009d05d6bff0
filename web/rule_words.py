"""Roles, rights and rules in words; nothing here asks for facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from server.access import Permission, Role, Scope
from server.cube.cube_model import CubeModel
from server.cube.elements import Dimension
from server.metadata.rights_changes import RightsChange
from server.scope_rules import DatedRule
from web.phrases import gettext, named
from web.visitor import runtime
from web.words import day_words, instant_words, language


@dataclass(frozen=True)
class Confinable:
    """A dimension that a rule can be about, and a cube that has it."""

    name: str  # as rules call it
    cube: CubeModel
    dimension: Dimension

    @property
    def words(self) -> str:
        """Its label, with the imported model that it is of."""
        label = self.dimension.labels.in_language(language())
        return named(self.cube.imported_as, label) if self.cube.imported_as else label


@dataclass(frozen=True)
class RuleLine:
    """One rule as a table shows it."""

    id: int
    dimension: str
    member: str
    begins: str
    ends: str
    state: str
    tone: str  # the status that its mark is drawn as
    added: str


def confinable() -> Mapping[str, Confinable]:
    """Every dimension that a rule can be about, by the name that rules give it."""
    found: dict[str, Confinable] = {}
    for cube in runtime().cubes.model.cubes.values():
        prefix = f"{cube.imported_as}." if cube.imported_as else ""
        for dimension in cube.dimensions:
            name, known = f"{prefix}{dimension.name}", found.get(f"{prefix}{dimension.name}")
            if known is None or (dimension.table and not known.dimension.table):
                found[name] = Confinable(name, cube, dimension)
    return found


def dimension_words(name: str) -> str:
    """A dimension's label; its name when no cube has it (any more)."""
    known = confinable().get(name)
    return known.words if known else name


def scope_lines(scope: Scope) -> tuple[str, ...]:
    """What a scope leaves open, one line for each dimension; none: everything."""
    return tuple(_scope_line(scope, name) for name in scope.dimensions)


def rule_lines(
    rules: Sequence[DatedRule], names: Mapping[tuple[str, tuple[str, ...]], str | None]
) -> tuple[RuleLine, ...]:
    """Rules as a table shows them; `names` are the members' labels, None where there is none."""
    return tuple(_rule_line(rule, names) for rule in rules)


def role_words(role: Role) -> str:
    """A role in words."""
    return {
        Role.VIEWER: gettext("viewer"),
        Role.ANALYST: gettext("analyst"),
        Role.OPS: gettext("operations"),
        Role.ADMINISTRATOR: gettext("administrator"),
    }[role]


def right_words(right: Permission) -> str:
    """What a right lets people do."""
    return {
        Permission.VIEW: gettext("see scorecards, indicators and dashboards"),
        Permission.SLICE: gettext("slice facts"),
        Permission.EXPORT: gettext("export files"),
        Permission.LOAD: gettext("load facts and see loads"),
        Permission.DECIDE: gettext("decide about held loads"),
        Permission.DEFINE: gettext("define indicators"),
        Permission.APPROVE: gettext("approve definitions"),
        Permission.SET_TARGETS: gettext("set targets"),
        Permission.REVIEW: gettext("take part in reviews"),
        Permission.ADMINISTER: gettext("administer people and roles"),
        Permission.AUDIT: gettext("audit"),
        Permission.API: gettext("ask by program"),
    }[right]


def change_words(change: RightsChange) -> str:
    """What was changed, in words."""
    told = change.detail
    if change.what in ("rule_added", "rule_removed"):
        rule = named(dimension_words(str(told.get("dimension"))), _keys(told.get("path") or ()))
        if change.what == "rule_added":
            return gettext("rule added: %(rule)s", rule=rule)
        return gettext("rule removed: %(rule)s", rule=rule)
    if change.what == "role":
        before, after = (_known_role(told.get(name)) for name in ("before", "after"))
        return gettext("role changed from %(before)s to %(after)s", before=before, after=after)
    return {
        "added": gettext("added as %(role)s", role=_known_role(told.get("role"))),
        "activated": gettext("let in again"),
        "deactivated": gettext("closed out"),
        "link": gettext("sign-in link made"),
        "token_made": gettext("token made: %(name)s", name=told.get("name")),
        "sessions_ended": gettext("sessions ended: %(count)s", count=told.get("count")),
        "tokens_revoked": gettext("tokens revoked: %(count)s", count=told.get("count")),
    }.get(change.what, change.what)


def begin_words(instant: datetime | None) -> str:
    """From when a rule is in force: a day when it begins with it."""
    if instant is None:
        return gettext("always")
    return day_words(instant.date()) if _is_midnight(instant) else instant_words(instant)


def end_words(instant: datetime | None) -> str:
    """Up to when a rule is in force: the last day when it ends with it."""
    if instant is None:
        return gettext("for good")
    if _is_midnight(instant):
        return day_words((instant - timedelta(days=1)).date())
    return instant_words(instant)


def _scope_line(scope: Scope, name: str) -> str:
    shown = list(_shown(scope.paths(name))) or [gettext("nothing")]
    return named(dimension_words(name), gettext(", ").join(shown))


def _shown(paths: Sequence[tuple[str, ...]]) -> Iterator[str]:
    most = 5
    for path in paths[:most]:
        yield _keys(path)
    if len(paths) > most:
        yield gettext("%(count)s more", count=len(paths) - most)


def _keys(path: Sequence[str]) -> str:
    return " › ".join(path)


def _rule_line(
    rule: DatedRule, names: Mapping[tuple[str, tuple[str, ...]], str | None]
) -> RuleLine:
    key = rule.dimension, rule.path
    state, tone = _state(rule, key not in names or names[key] is not None)
    label = names.get(key)
    return RuleLine(
        rule.id,
        dimension_words(rule.dimension) or gettext("unreadable"),
        f"{label} ({_keys(rule.path)})" if label else _keys(rule.path),
        begin_words(rule.begins_at),
        end_words(rule.ends_at),
        state,
        tone,
        f"{rule.added_by}, {instant_words(rule.added_at)}" if rule.added_at else "",
    )


def _state(rule: DatedRule, has_member: bool) -> tuple[str, str]:
    now = runtime().clock()
    if not rule.is_readable:
        return gettext("cannot be read: closes the dimension"), "off"
    if rule.dimension not in confinable():
        return gettext("no cube has this dimension: closes every cube"), "off"
    if rule.begins_at and rule.begins_at > now:
        return gettext("not yet in force"), "no_data"
    if not rule.is_in_force(now):
        return gettext("ended"), "no_data"
    if not has_member:
        return gettext("no such member now"), "watch"
    return gettext("in force"), "on_target"


def _known_role(name: object) -> str:
    return role_words(Role(str(name))) if name in set(Role) else str(name)


def _is_midnight(instant: datetime) -> bool:
    return instant.astimezone(UTC).time() == time(0)
