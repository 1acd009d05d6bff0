"""Giving and taking rights: every change is noted, and refused when somebody else was faster."""

from datetime import datetime

from sqlalchemy import Integer, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from server.access import Role
from server.errors import Conflict
from server.metadata.rights_changes import PERSON, ROLE, By, note_change
from server.metadata.scope_rules import Holder, drop_rule, keep_rule
from server.metadata.session import Session
from server.metadata.sign_in import end_links_of, end_sessions_of, new_sign_in_link
from server.metadata.tables import Table, UserRow
from server.metadata.tokens import list_tokens, revoke_token
from server.metadata.users import (
    User,
    create_user,
    overtaken,
    raise_rights_version,
    set_rights,
    user_by_id,
)
from server.scope_rules import DatedRule


class RoleRightsRow(Table):
    """How often the rules of a role were changed, so that two editors notice each other."""

    __tablename__ = "role_rights"
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1)


def add_person(
    session: Session, name: str, role: Role, by: By, display_name: str | None = None
) -> User:
    """Add somebody who is confined by no rule of their own."""
    user = create_user(session, name, role, by.at, display_name=display_name)
    note_change(session, PERSON, user.name, "added", by, role=role.value)
    return user


def change_role(
    session: Session, user_id: int, role: Role, by: By, expected: int | None = None
) -> User:
    """Give somebody another role; Conflict when no administrator would be left."""
    _lock_administrators(session)
    before = user_by_id(session, user_id)
    user = set_rights(session, user_id, role=role, expected=expected)
    _refuse_without_administrator(session, before)
    note_change(session, PERSON, user.name, "role", by, before=before.role.value, after=role.value)
    return user


def change_activity(
    session: Session, user_id: int, is_active: bool, by: By, expected: int | None = None
) -> User:
    """Let somebody in again, or no more: then their sessions and links end, tokens only wait."""
    _lock_administrators(session)
    before = user_by_id(session, user_id)
    user = set_rights(session, user_id, is_active=is_active, expected=expected)
    _refuse_without_administrator(session, before)
    if not is_active:
        end_sessions_of(session, user, by.at)
        end_links_of(session, user, by.at)
    note_change(session, PERSON, user.name, "activated" if is_active else "deactivated", by)
    return user


def add_rule(
    session: Session, holder: Holder, rule: DatedRule, by: By, expected: int | None = None
) -> int:
    """Confine a person or a role by one more rule; its id."""
    _take_turn(session, holder, expected)
    number = keep_rule(
        session,
        holder,
        DatedRule(rule.dimension, rule.path, rule.begins_at, rule.ends_at, 0, by.at, by.name),
    )
    _note_rule(session, holder, "rule_added", rule, by)
    return number


def remove_rule(
    session: Session, holder: Holder, rule_id: int, by: By, expected: int | None = None
) -> DatedRule:
    """Take a rule away; what it said."""
    _take_turn(session, holder, expected)
    rule = drop_rule(session, holder, rule_id)
    _note_rule(session, holder, "rule_removed", rule, by)
    return rule


def version_of(session: Session, holder: Holder) -> int:
    """What `expected` must be for a change that is based on what is there now."""
    if isinstance(holder, Role):
        kept = select(RoleRightsRow.version).where(RoleRightsRow.role == holder.value)
        return session.scalars(kept).one_or_none() or 0
    return user_by_id(session, holder).rights_version


def give_link(session: Session, user: User, by: By) -> str:
    """A one-time sign-in link's token for somebody."""
    token = new_sign_in_link(session, user, by.at)
    note_change(session, PERSON, user.name, "link", by)
    return token


def end_all_sessions(session: Session, user: User, by: By) -> int:
    """Sign somebody out everywhere; how many sessions ended."""
    ended = end_sessions_of(session, user, by.at)
    note_change(session, PERSON, user.name, "sessions_ended", by, count=ended)
    return ended


def revoke(session: Session, user: User, by: By, token_id: int | None = None) -> int:
    """End one of somebody's tokens, or all that live; how many."""
    living = [one.id for one in list_tokens(session, user) if one.revoked_at is None]
    ending = living if token_id is None else [token_id]
    for one in ending:
        revoke_token(session, user, one, by.at)
    note_change(session, PERSON, user.name, "tokens_revoked", by, count=len(ending))
    return len(ending)


def _note_rule(session: Session, holder: Holder, what: str, rule: DatedRule, by: By) -> None:
    is_role = isinstance(holder, Role)
    subject = holder.value if isinstance(holder, Role) else user_by_id(session, holder).name
    note_change(
        session,
        ROLE if is_role else PERSON,
        subject,
        what,
        by,
        dimension=rule.dimension,
        path=list(rule.path),
        begins_at=_text(rule.begins_at),
        ends_at=_text(rule.ends_at),
    )


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _take_turn(session: Session, holder: Holder, expected: int | None) -> None:
    if not isinstance(holder, Role):
        raise_rights_version(session, holder, expected)
        return
    kept = update(RoleRightsRow).where(RoleRightsRow.role == holder.value)
    if expected is not None:
        kept = kept.where(RoleRightsRow.version == expected)
    raised = kept.values(version=RoleRightsRow.version + 1).returning(RoleRightsRow.version)
    if not session.execute(raised).all():
        raise overtaken(holder.value)


def _lock_administrators(session: Session) -> None:
    """Two of them cannot take each other's role at the same time."""
    kept = select(UserRow.id).where(UserRow.role == Role.ADMINISTRATOR.value)
    session.execute(kept.order_by(UserRow.id).with_for_update())


def _refuse_without_administrator(session: Session, before: User) -> None:
    left = select(func.count()).where(UserRow.role == Role.ADMINISTRATOR.value, UserRow.is_active)
    if before.is_active and before.role is Role.ADMINISTRATOR and not session.scalars(left).one():
        raise Conflict(
            f"{before.name} is the last active administrator; make somebody else one first.",
            code="last_administrator",
        )
