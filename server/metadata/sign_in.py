"""Ways in: one-time links, and the sessions of browsers. Only hashes of the secrets are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from server.metadata.secrets import new_secret, secret_hash
from server.metadata.session import Session
from server.metadata.tables import SignInLinkRow, UserRow, WebSessionRow
from server.metadata.users import User, user_by_id

LINK_LIFE = timedelta(minutes=30)
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)


@dataclass(frozen=True)
class WebSession:
    """A signed-in browser."""

    id: int
    user: User
    csrf_token: str
    agent: str | None
    created_at: datetime
    seen_at: datetime


def new_sign_in_link(session: Session, user: User, now: datetime) -> str:
    """A token that signs the user in once within 30 minutes; it is not kept, only its hash."""
    token = new_secret()
    session.add(
        SignInLinkRow(
            token_hash=secret_hash(token),
            user=user.id,
            created_at=now,
            expires_at=now + LINK_LIFE,
        )
    )
    return token


def use_sign_in_link(session: Session, token: str, now: datetime) -> User | None:
    """The user whom the link signs in; None when it was used, is too old or unknown."""
    statement = (
        update(SignInLinkRow)
        .where(
            SignInLinkRow.token_hash == secret_hash(token),
            SignInLinkRow.used_at.is_(None),
            SignInLinkRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLinkRow.user)
    )
    user_id = session.execute(statement).scalar_one_or_none()
    user = user_by_id(session, user_id) if user_id is not None else None
    return user if user and user.is_active else None


def begin_session(
    session: Session, user: User, now: datetime, agent: str | None = None
) -> tuple[str, WebSession]:
    """A new signed-in session, with the token for the cookie."""
    token = new_secret()
    row = WebSessionRow(
        token_hash=secret_hash(token),
        user=user.id,
        csrf_token=new_secret(),
        agent=agent[:200] if agent else None,
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    session.execute(update(UserRow).where(UserRow.id == user.id).values(signed_in_at=now))
    session.flush()
    return token, _web_session(session, row)


def find_session(
    session: Session,
    token: str,
    now: datetime,
    *,
    idle: timedelta = SESSION_IDLE,
    life: timedelta = SESSION_LIFE,
) -> WebSession | None:
    """The living session of a cookie: not ended, not idle, not too old, its user active."""
    row = session.scalars(
        select(WebSessionRow)
        .join(UserRow, UserRow.id == WebSessionRow.user)
        .where(
            WebSessionRow.token_hash == secret_hash(token),
            WebSessionRow.ended_at.is_(None),
            WebSessionRow.seen_at > now - idle,
            WebSessionRow.created_at > now - life,
            UserRow.is_active,
        )
    ).one_or_none()
    return _web_session(session, row) if row else None


def list_sessions(session: Session, user: User, now: datetime) -> tuple[WebSession, ...]:
    """The user's sessions that are neither ended nor too old, the latest first."""
    rows = session.scalars(
        select(WebSessionRow)
        .where(
            WebSessionRow.user == user.id,
            WebSessionRow.ended_at.is_(None),
            WebSessionRow.seen_at > now - SESSION_IDLE,
            WebSessionRow.created_at > now - SESSION_LIFE,
        )
        .order_by(WebSessionRow.seen_at.desc())
    ).all()
    return tuple(_web_session(session, row) for row in rows)


def touch_session(session: Session, session_id: int, now: datetime) -> None:
    """Note that the session was used; never moves backwards."""
    session.execute(
        update(WebSessionRow)
        .where(WebSessionRow.id == session_id, WebSessionRow.seen_at < now)
        .values(seen_at=now)
    )


def end_session(session: Session, session_id: int, now: datetime) -> None:
    """Sign the session out."""
    session.execute(
        update(WebSessionRow)
        .where(WebSessionRow.id == session_id, WebSessionRow.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_sessions_of(session: Session, user: User, now: datetime) -> int:
    """Sign the user out everywhere; the number of sessions that ended."""
    ended = session.execute(
        update(WebSessionRow)
        .where(WebSessionRow.user == user.id, WebSessionRow.ended_at.is_(None))
        .values(ended_at=now)
        .returning(WebSessionRow.id)
    )
    return len(ended.all())


def end_links_of(session: Session, user: User, now: datetime) -> None:
    """Let no link that was not used yet sign the user in."""
    session.execute(
        update(SignInLinkRow)
        .where(SignInLinkRow.user == user.id, SignInLinkRow.used_at.is_(None))
        .values(used_at=now)
    )


def _web_session(session: Session, row: WebSessionRow) -> WebSession:
    return WebSession(
        id=row.id,
        user=user_by_id(session, row.user),
        csrf_token=row.csrf_token,
        agent=row.agent,
        created_at=row.created_at,
        seen_at=row.seen_at,
    )
