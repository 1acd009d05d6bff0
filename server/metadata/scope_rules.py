"""The rules of people and roles, as kept; one that cannot be read closes its dimension."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ForeignKey, Integer, Row, Select, String, Text, delete, select, type_coerce
from sqlalchemy.orm import Mapped, mapped_column

from server.access import Role
from server.errors import InvalidInput, LimitReached, NotFound
from server.metadata.session import Session
from server.metadata.tables import Table
from server.scope_rules import DatedRule

Holder: TypeAlias = int | Role  # the id of a person, or a role
MOST_RULES = 200  # of one holder
MOST_LEVELS = 32


class _Rule:
    """What a rule says, whoever holds it."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    dimension: Mapped[str] = mapped_column(String(80))
    path: Mapped[list[Any]]
    begins_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    added_at: Mapped[datetime | None]
    added_by: Mapped[str | None] = mapped_column(String(80))


class UserScopeRow(_Rule, Table):
    """One subtree of a dimension that a person may see."""

    __tablename__ = "user_scope"
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)


class RoleScopeRow(_Rule, Table):
    """One subtree of a dimension that everybody of a role may see."""

    __tablename__ = "role_scope"
    role: Mapped[str] = mapped_column(String(20), index=True)


def rules_of(session: Session, holder: Holder) -> tuple[DatedRule, ...]:
    """The rules of a person or a role, in the order in which they were added."""
    return rules_of_each(session, [holder]).get(holder, ())


def rules_of_each(
    session: Session, holders: Collection[Holder]
) -> Mapping[Holder, tuple[DatedRule, ...]]:
    """The rules of several holders at once; who has none is not among them."""
    roles = [one.value for one in holders if isinstance(one, Role)]
    people = [one for one in holders if not isinstance(one, Role)]
    found: dict[Holder, list[DatedRule]] = {}
    for row in session.execute(_raw(UserScopeRow).where(UserScopeRow.user.in_(people))):
        found.setdefault(row.user, []).append(_read(row))
    for row in session.execute(_raw(RoleScopeRow).where(RoleScopeRow.role.in_(roles))):
        found.setdefault(Role(row.role), []).append(_read(row))
    return {holder: tuple(rules) for holder, rules in found.items()}


def keep_rule(session: Session, holder: Holder, rule: DatedRule) -> int:
    """Add a rule; the id that it is removed by."""
    _check(rule)
    if len(rules_of(session, holder)) >= MOST_RULES:
        raise LimitReached(f"There are {MOST_RULES} rules already; remove one first.", field="rule")
    row: UserScopeRow | RoleScopeRow = (
        RoleScopeRow(role=holder.value) if isinstance(holder, Role) else UserScopeRow(user=holder)
    )
    row.dimension, row.path = rule.dimension, list(rule.path)
    row.begins_at, row.ends_at = rule.begins_at, rule.ends_at
    row.added_at, row.added_by = rule.added_at, rule.added_by
    session.add(row)
    session.flush()
    return row.id


def drop_rule(session: Session, holder: Holder, rule_id: int) -> DatedRule:
    """Remove a rule of a holder; what it said. Another's rule does not exist for them."""
    found = next((one for one in rules_of(session, holder) if one.id == rule_id), None)
    if found is None:
        raise NotFound(f"There is no rule {rule_id} here (any more).", field="rule")
    kept = RoleScopeRow if isinstance(holder, Role) else UserScopeRow
    session.execute(delete(kept).where(kept.id == rule_id))
    return found


def drop_rules(session: Session, user_id: int) -> None:
    """Remove every rule of a person."""
    session.execute(delete(UserScopeRow).where(UserScopeRow.user == user_id))


def _check(rule: DatedRule) -> None:
    if not rule.is_readable or len(rule.path) > MOST_LEVELS:
        raise InvalidInput(
            "A rule names a dimension and a member of it, from the topmost level down.",
            field="path",
        )
    if rule.begins_at and rule.ends_at and rule.ends_at <= rule.begins_at:
        raise InvalidInput("The rule would end before it begins.", field="until")


def _raw(kept: type[UserScopeRow] | type[RoleScopeRow]) -> Select[Any]:
    """Every column as the database has it: one that cannot be read is judged here, by itself."""
    holder = kept.role if kept is RoleScopeRow else kept.user  # type: ignore[union-attr]
    return select(
        holder,
        kept.id,
        kept.dimension,
        type_coerce(kept.path, Text).label("path"),
        *(
            type_coerce(column, Text).label(column.key)
            for column in (kept.begins_at, kept.ends_at, kept.added_at)
        ),
        kept.added_by,
    ).order_by(kept.id)


def _read(row: Row[Any]) -> DatedRule:
    dimension = row.dimension if isinstance(row.dimension, str) else ""
    try:
        return DatedRule(
            dimension,
            _path(row.path),
            _instant(row.begins_at),
            _instant(row.ends_at),
            row.id,
            _instant(row.added_at),
            row.added_by,
        )
    except (ValueError, TypeError):
        return DatedRule(dimension, (), id=row.id)


def _path(kept: object) -> tuple[str, ...]:
    found = json.loads(kept) if isinstance(kept, str) else kept
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise ValueError("a path is a list of texts")
    return tuple(found)


def _instant(kept: object) -> datetime | None:
    if kept is None:
        return None
    found = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    if not isinstance(found, datetime):
        raise TypeError("no instant")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
