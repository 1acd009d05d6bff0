"""The list of people as administrators look for them: who is there, seen when, with which keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from server.access import Role
from server.metadata.session import Session
from server.metadata.tables import ApiTokenRow, UserRow, WebSessionRow
from server.metadata.users import User, users_of


@dataclass(frozen=True)
class PeopleFilter:
    """Which people are wanted; what is left out does not confine."""

    text: str = ""  # in the name or in the name that is shown
    role: Role | None = None
    is_active: bool | None = None


@dataclass(frozen=True)
class PersonSeen:
    """Somebody with what is known of their use."""

    user: User
    seen_at: datetime | None  # the last use of a browser or a program
    tokens: int  # that live


def search_people(
    session: Session,
    wanted: PeopleFilter,
    now: datetime,
    limit: int = 50,
    after: str | None = None,
) -> tuple[PersonSeen, ...]:
    """The people that fit, by name; `after` is the last name of the page before."""
    kept = select(UserRow).where(*_conditions(wanted)).order_by(UserRow.name).limit(limit)
    if after is not None:
        kept = kept.where(UserRow.name > after)
    return _seen(session, users_of(session, session.scalars(kept).all()), now)


def count_people(session: Session, wanted: PeopleFilter) -> int:
    """How many people fit."""
    return session.scalars(select(func.count(UserRow.id)).where(*_conditions(wanted))).one()


def people_of_roles(session: Session) -> dict[Role, int]:
    """How many active people each role has."""
    count = select(UserRow.role, func.count(UserRow.id)).where(UserRow.is_active)
    return {Role(role): number for role, number in session.execute(count.group_by(UserRow.role))}


def _seen(session: Session, users: tuple[User, ...], now: datetime) -> tuple[PersonSeen, ...]:
    ids = [user.id for user in users]
    in_browser = select(WebSessionRow.user, func.max(WebSessionRow.seen_at)).where(
        WebSessionRow.user.in_(ids)
    )
    by_program = select(ApiTokenRow.user, func.max(ApiTokenRow.used_at)).where(
        ApiTokenRow.user.in_(ids), ApiTokenRow.used_at.is_not(None)
    )
    living = select(ApiTokenRow.user, func.count(ApiTokenRow.id)).where(
        ApiTokenRow.user.in_(ids), ApiTokenRow.revoked_at.is_(None), ApiTokenRow.expires_at > now
    )
    seen: dict[int, datetime] = {}
    for uses in (
        session.execute(in_browser.group_by(WebSessionRow.user)),
        session.execute(by_program.group_by(ApiTokenRow.user)),
    ):
        seen |= {who: max(at, seen.get(who, at)) for who, at in uses if at is not None}
    counted = session.execute(living.group_by(ApiTokenRow.user)).all()
    tokens = {row[0]: int(row[1]) for row in counted}
    return tuple(PersonSeen(one, seen.get(one.id), tokens.get(one.id, 0)) for one in users)


def _conditions(wanted: PeopleFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        text = wanted.text.lower()
        yield or_(
            func.lower(UserRow.name).contains(text, autoescape=True),
            func.lower(UserRow.display_name).contains(text, autoescape=True),
        )
    if wanted.role is not None:
        yield UserRow.role == wanted.role.value
    if wanted.is_active is not None:
        yield UserRow.is_active.is_(wanted.is_active)
