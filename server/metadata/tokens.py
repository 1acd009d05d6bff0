"""API tokens: a program's key, with at most its owner's rights; shown once, kept as a hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from server.errors import InvalidInput, NotFound
from server.metadata.secrets import new_secret, secret_hash
from server.metadata.session import Session
from server.metadata.tables import ApiTokenRow, UserRow
from server.metadata.users import User, user_by_id

PREFIX = "icb_"
LONGEST_LIFE = timedelta(days=366)
USUAL_LIFE = timedelta(days=90)


@dataclass(frozen=True)
class ApiToken:
    """A token as it is listed; the secret itself is not kept."""

    id: int
    user_id: int
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def create_token(
    session: Session, user: User, name: str, now: datetime, life: timedelta = USUAL_LIFE
) -> str:
    """A new token's secret, `icb_…`: this is the only time that it is shown."""
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise InvalidInput(
            f"a token lives 1 to {LONGEST_LIFE.days} days, not {life.days}", field="life"
        )
    token = new_secret(PREFIX)
    session.add(
        ApiTokenRow(
            user=user.id,
            name=name[:80],
            token_hash=secret_hash(token),
            hint=token[: len(PREFIX) + 4],
            created_at=now,
            expires_at=now + life,
        )
    )
    return token


def find_token(session: Session, token: str, now: datetime) -> tuple[ApiToken, User] | None:
    """The living token and its active owner."""
    row = session.scalars(
        select(ApiTokenRow)
        .join(UserRow, UserRow.id == ApiTokenRow.user)
        .where(
            ApiTokenRow.token_hash == secret_hash(token),
            ApiTokenRow.revoked_at.is_(None),
            ApiTokenRow.expires_at > now,
            UserRow.is_active,
        )
    ).one_or_none()
    return (_token(row), user_by_id(session, row.user)) if row else None


def list_tokens(session: Session, user: User) -> tuple[ApiToken, ...]:
    """The user's tokens, the latest first, with those that ended."""
    kept = select(ApiTokenRow).where(ApiTokenRow.user == user.id)
    rows = session.scalars(kept.order_by(ApiTokenRow.id.desc())).all()
    return tuple(_token(row) for row in rows)


def touch_token(session: Session, token_id: int, now: datetime) -> None:
    """Note that the token was used."""
    session.execute(update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(used_at=now))


def revoke_token(session: Session, user: User, token_id: int, now: datetime) -> None:
    """End a token of the user; another's token does not exist for them."""
    row = session.get(ApiTokenRow, token_id)
    if row is None or row.user != user.id:
        raise NotFound(f"there is no token {token_id}", field="token")
    row.revoked_at = row.revoked_at or now


def _token(row: ApiTokenRow) -> ApiToken:
    return ApiToken(
        id=row.id,
        user_id=row.user,
        name=row.name,
        hint=row.hint,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
