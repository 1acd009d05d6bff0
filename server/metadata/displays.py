"""Display tokens: each shows one dashboard on a wall, with its owner's rights, and nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Integer, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from server.errors import LimitReached, NotFound
from server.metadata.dashboards import Dashboard, DashboardRow, find_dashboard
from server.metadata.secrets import new_secret, secret_hash
from server.metadata.session import Session
from server.metadata.tables import Table, UserRow
from server.metadata.users import User, user_by_id

PREFIX = "icd_"
LIFE = timedelta(days=365)
MOST_TOKENS = 20  # living ones of a dashboard


class DisplayTokenRow(Table):
    """The key of one wall screen; kept as a hash alone."""

    __tablename__ = "display_token"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    dashboard: Mapped[int] = mapped_column(
        ForeignKey("dashboard.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))  # the first letters, to tell tokens apart
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True)
class DisplayToken:
    """A token as it is listed; the secret itself is not kept."""

    id: int
    hint: str
    created_at: datetime
    expires_at: datetime


def create_display_token(session: Session, known: Dashboard, now: datetime) -> str:
    """A new token's secret, `icd_…`: this is the only time that it is shown."""
    living = select(func.count()).where(*_living(known.id, now))
    if session.scalars(living).one() >= MOST_TOKENS:
        raise LimitReached(f"This dashboard has {MOST_TOKENS} screens; end one first.")
    token = new_secret(PREFIX)
    session.add(
        DisplayTokenRow(
            dashboard=known.id,
            token_hash=secret_hash(token),
            hint=token[: len(PREFIX) + 4],
            created_at=now,
            expires_at=now + LIFE,
        )
    )
    return token


def display_tokens(session: Session, known: Dashboard, now: datetime) -> tuple[DisplayToken, ...]:
    """The tokens that show a dashboard now, the latest first."""
    found = select(DisplayTokenRow).where(*_living(known.id, now))
    rows = session.scalars(found.order_by(DisplayTokenRow.id.desc())).all()
    return tuple(DisplayToken(r.id, r.hint, r.created_at, r.expires_at) for r in rows)


def revoke_display_token(session: Session, known: Dashboard, token_id: int, now: datetime) -> None:
    """End a token of a dashboard; the screen goes dark within five seconds."""
    row = session.get(DisplayTokenRow, token_id)
    if row is None or row.dashboard != known.id:
        raise NotFound(f"This dashboard has no token {token_id}.", field="token")
    row.revoked_at = row.revoked_at or now


def find_display(session: Session, token: str, now: datetime) -> tuple[Dashboard, User] | None:
    """The dashboard of a living token, and its active owner as they are now."""
    found = session.execute(
        select(DashboardRow.id, DashboardRow.user)
        .join(DisplayTokenRow, DisplayTokenRow.dashboard == DashboardRow.id)
        .join(UserRow, UserRow.id == DashboardRow.user)
        .where(
            DisplayTokenRow.token_hash == secret_hash(token),
            DisplayTokenRow.revoked_at.is_(None),
            DisplayTokenRow.expires_at > now,
            UserRow.is_active,
        )
    ).one_or_none()
    if found is None:
        return None
    return find_dashboard(session, found[1], found[0]), user_by_id(session, found[1])


def _living(dashboard: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        DisplayTokenRow.dashboard == dashboard,
        DisplayTokenRow.revoked_at.is_(None),
        DisplayTokenRow.expires_at > now,
    )
