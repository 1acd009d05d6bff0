"""PURE: permissions, the roles that have them, and the scope that a person is confined to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """What a route can ask for; every route declares exactly one."""

    VIEW = "view"
    SLICE = "slice"
    EXPORT = "export"
    LOAD = "load"
    DECIDE = "decide"
    DEFINE = "define"
    APPROVE = "approve"
    SET_TARGETS = "set_targets"
    REVIEW = "review"
    ADMINISTER = "administer"
    AUDIT = "audit"
    API = "api"


class Role(StrEnum):
    """The roles of the house; a person has one."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    OPS = "ops"
    ADMINISTRATOR = "administrator"


_VIEWER = frozenset({Permission.VIEW, Permission.API, Permission.REVIEW})
_ANALYST = _VIEWER | {Permission.SLICE, Permission.EXPORT}
_OPS = _VIEWER | {Permission.LOAD, Permission.DECIDE, Permission.EXPORT}

RIGHTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: _VIEWER,
        Role.ANALYST: _ANALYST,
        Role.OPS: _OPS,
        Role.ADMINISTRATOR: frozenset(Permission),
    }
)


@dataclass(frozen=True)
class ScopeRule:
    """One subtree of a dimension's default hierarchy that a person may see; no path: nothing."""

    dimension: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """Rules of one dimension are alternatives, different dimensions all apply; none: everything."""

    rules: tuple[ScopeRule, ...] = ()

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that are confined, in alphabetical order."""
        return tuple(sorted({rule.dimension for rule in self.rules}))

    @property
    def closed(self) -> tuple[str, ...]:
        """The dimensions of which nothing at all may be seen."""
        return tuple(sorted({rule.dimension for rule in self.rules if not rule.path}))

    def paths(self, dimension: str) -> tuple[tuple[str, ...], ...]:
        """The permitted subtrees of one dimension; empty when it is not confined, or closed."""
        found = tuple(sorted(rule.path for rule in self.rules if rule.dimension == dimension))
        return found if all(found) else ()


EVERYTHING = Scope()


@dataclass(frozen=True)
class Person:
    """Whoever asks, as far as rights and scope go."""

    name: str
    role: Role
    scope: Scope = EVERYTHING
    language: str | None = None
    identifier: int = 0

    def may(self, permission: Permission) -> bool:
        """Whether the role has the permission."""
        return permission in RIGHTS[self.role]
