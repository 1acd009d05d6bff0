"""PURE: the rules that confine people and roles, and the scope that they make at an instant.

* A rule opens one subtree of a dimension, from one instant up to another.
* Who holds any rule of a dimension is confined in it, whether the rule is in force or not: open
  are the subtrees of the rules in force, together; while none is in force, nothing of it.
* A person and their role are two holders, and both apply: open is what both leave open.
* Dimensions all apply.

A rule that cannot be read closes its dimension: it opens nothing, and no other rule makes up for
it. So every mistake shows less, never more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.access import Scope, ScopeRule

Path = tuple[str, ...]


@dataclass(frozen=True)
class DatedRule:
    """One subtree that is open from `begins_at`, up to but not at `ends_at`."""

    dimension: str  # empty: the rule cannot be read
    path: Path  # empty: the rule cannot be read
    begins_at: datetime | None = None  # None: always
    ends_at: datetime | None = None  # None: for good
    id: int = 0
    added_at: datetime | None = None
    added_by: str | None = None

    @property
    def is_readable(self) -> bool:
        """Whether it says what it opens."""
        return bool(self.dimension and self.path and all(self.path))

    def is_in_force(self, at: datetime) -> bool:
        """Whether it opens its subtree at an instant."""
        has_begun = self.begins_at is None or self.begins_at <= at
        return has_begun and (self.ends_at is None or at < self.ends_at)


def undated(scope: Scope) -> tuple[DatedRule, ...]:
    """The rules that make a scope at every instant."""
    return tuple(DatedRule(rule.dimension, rule.path) for rule in scope.rules)


def scope_at(holders: Iterable[Sequence[DatedRule]], at: datetime) -> Scope:
    """What several holders together leave open at an instant, always in the same form.

    A subtree within another that is open is not told; a dimension of which nothing is open has one
    rule without a path.
    """
    left: dict[str, frozenset[Path]] = {}
    for rules in holders:
        for dimension in {rule.dimension for rule in rules}:
            own = _open_at([rule for rule in rules if rule.dimension == dimension], at)
            left[dimension] = _both(left[dimension], own) if dimension in left else own
    return Scope(
        tuple(
            ScopeRule(dimension, path)
            for dimension in sorted(left)
            for path in sorted(_outermost(left[dimension])) or [()]
        )
    )


def boundaries(rules: Iterable[DatedRule]) -> tuple[datetime, ...]:
    """The instants at which one of the rules begins or ends, in order."""
    found = {instant for rule in rules for instant in (rule.begins_at, rule.ends_at) if instant}
    return tuple(sorted(found))


def _open_at(rules: Sequence[DatedRule], at: datetime) -> frozenset[Path]:
    """The subtrees of one dimension that one holder's rules open."""
    if not all(rule.is_readable for rule in rules):
        return frozenset()
    return frozenset(rule.path for rule in rules if rule.is_in_force(at))


def _both(some: frozenset[Path], others: frozenset[Path]) -> frozenset[Path]:
    """Two subtrees are apart, or one lies within the other: then that one is what they share."""
    return frozenset(
        {one for one in some if any(part in others for part in _beginnings(one))}
        | {one for one in others if any(part in some for part in _beginnings(one))}
    )


def _outermost(paths: frozenset[Path]) -> list[Path]:
    return [one for one in paths if not any(part in paths for part in _beginnings(one[:-1]))]


def _beginnings(path: Path) -> Iterable[Path]:
    """The subtrees that a path lies in, its own among them."""
    return (path[:length] for length in range(1, len(path) + 1))
