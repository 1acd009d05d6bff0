"""Stable links: each opens one question of its owner, read-only, to whoever has its address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import ForeignKey, Integer, String, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from server.errors import InvalidInput, LimitReached, NotFound
from server.metadata.secrets import new_secret, secret_hash
from server.metadata.session import Session
from server.metadata.tables import Table, UserRow
from server.metadata.users import User, user_by_id

PREFIX = "icl_"
LONGEST_LIFE = timedelta(days=366)
USUAL_LIFE = timedelta(days=365)
MOST_LINKS = 200  # living ones of a person
MOST_TITLE = 80
_MOST_QUERY = 8_000

Kind = Literal["slice", "scorecard", "indicator", "aggregate"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class StableLinkRow(Table):
    """One link; its secret is kept as a hash alone."""

    __tablename__ = "stable_link"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(MOST_TITLE))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))  # the first letters, to tell links apart
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Question:
    """What a link opens."""

    kind: Kind
    subject: str  # code of the scorecard or indicator, name of the cube
    query: str  # the rest, as the parameters of an address


@dataclass(frozen=True)
class StableLink:
    """A link as it is listed; the secret itself is not kept."""

    id: int
    title: str
    question: Question
    hint: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it opens its question."""
        return self.revoked_at is None and self.expires_at > now


def create_link(
    session: Session,
    user: User,
    title: str,
    question: Question,
    now: datetime,
    life: timedelta = USUAL_LIFE,
) -> str:
    """A new link's secret, `icl_…`: this is the only time that it is shown."""
    named = " ".join(title.split())
    if not named or len(named) > MOST_TITLE or not named.isprintable():
        raise InvalidInput(
            f"The name of a link has 1 to {MOST_TITLE} printable letters.", field="title"
        )
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise InvalidInput(f"A link lives 1 to {LONGEST_LIFE.days} days.", field="days")
    if len(question.query) > _MOST_QUERY or len(question.subject) > MOST_TITLE:
        raise LimitReached("This question is too long for a link.", field="query")
    living = (StableLinkRow.user == user.id, StableLinkRow.revoked_at.is_(None))
    count = select(func.count()).where(*living, StableLinkRow.expires_at > now)
    if session.scalars(count).one() >= MOST_LINKS:
        raise LimitReached(f"You have {MOST_LINKS} links; revoke one first.", field="title")
    secret = new_secret(PREFIX)
    session.add(
        StableLinkRow(
            user=user.id,
            kind=question.kind,
            subject=question.subject,
            query=question.query,
            title=named,
            token_hash=secret_hash(secret),
            hint=secret[: len(PREFIX) + 4],
            created_at=now,
            expires_at=now + life,
        )
    )
    return secret


def find_link(session: Session, secret: str) -> tuple[StableLink, User] | None:
    """The link of a secret, open or not, and its owner; None when there never was one."""
    row = session.scalars(
        select(StableLinkRow)
        .join(UserRow, UserRow.id == StableLinkRow.user)
        .where(StableLinkRow.token_hash == secret_hash(secret))
    ).one_or_none()
    return (_link(row), user_by_id(session, row.user)) if row else None


def links_of(session: Session, user: User) -> tuple[StableLink, ...]:
    """A person's links, the latest first, with those that ended."""
    kept = select(StableLinkRow).where(StableLinkRow.user == user.id)
    rows = session.scalars(kept.order_by(StableLinkRow.id.desc())).all()
    return tuple(_link(row) for row in rows)


def touch_link(session: Session, link_id: int, now: datetime) -> None:
    """Note that a link was used."""
    session.execute(update(StableLinkRow).where(StableLinkRow.id == link_id).values(used_at=now))


def revoke_link(session: Session, user: User, link_id: int, now: datetime) -> None:
    """End a link of a person; another's link does not exist for them."""
    row = session.get(StableLinkRow, link_id)
    if row is None or row.user != user.id:
        raise NotFound(f"There is no link {link_id}.", field="link")
    row.revoked_at = row.revoked_at or now


def _link(row: StableLinkRow) -> StableLink:
    kind = next(one for one in KINDS if one == row.kind)
    return StableLink(
        id=row.id,
        title=row.title,
        question=Question(kind, row.subject, row.query),
        hint=row.hint,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
