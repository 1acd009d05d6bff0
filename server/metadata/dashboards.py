"""Dashboards: named tiles of one person, private or shared, changed only from a known version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, Select, String, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from server.errors import Conflict, InvalidInput, LimitReached, NotAllowed, NotFound
from server.metadata.session import Session
from server.metadata.tables import Table, UserRow

MOST_NAME = 80
MOST_DASHBOARDS = 100  # of one person

TileMapping = Mapping[str, Any]


class DashboardRow(Table):
    """One dashboard; its tiles are one value, so that they change together or not at all."""

    __tablename__ = "dashboard"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME))
    is_shared: Mapped[bool]
    version: Mapped[int]
    tiles: Mapped[list[Any]]
    removed: Mapped[dict[str, Any] | None]  # the tile that was taken away last, and its place
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as it is kept; what its tiles mean is not known here."""

    id: int
    user_id: int
    owner: str
    name: str
    is_shared: bool
    version: int  # rises with every change
    tiles: tuple[TileMapping, ...]
    removed: TileMapping | None
    changed_at: datetime


@dataclass(frozen=True)
class Arrangement:
    """The tiles of a dashboard, and the one that was taken away last."""

    tiles: tuple[TileMapping, ...]
    removed: TileMapping | None = None


def create_dashboard(
    session: Session, user_id: int, name: str, now: datetime, *, is_shared: bool = False
) -> int:
    """A new, empty dashboard."""
    named = _checked_name(name)
    owned = select(func.count()).where(DashboardRow.user == user_id)
    if session.scalars(owned).one() >= MOST_DASHBOARDS:
        raise LimitReached(f"You have {MOST_DASHBOARDS} dashboards; remove one first.")
    row = DashboardRow(
        user=user_id,
        name=named,
        is_shared=is_shared,
        version=1,
        tiles=[],
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def dashboards_of(session: Session, user_id: int) -> tuple[Dashboard, ...]:
    """What a person may open: their own dashboards first, then those that others share."""
    mine_first = (DashboardRow.user != user_id, DashboardRow.name, DashboardRow.id)
    found = session.execute(_visible(user_id).order_by(*mine_first)).all()
    return tuple(_dashboard(row, owner) for row, owner in found)


def find_dashboard(session: Session, user_id: int, number: int) -> Dashboard:
    """A dashboard that a person may open; another's private one does not exist for them."""
    found = session.execute(_visible(user_id).where(DashboardRow.id == number)).one_or_none()
    if found is None:
        raise NotFound(f"There is no dashboard {number}.", field="dashboard")
    return _dashboard(found[0], found[1])


def own_dashboard(session: Session, user_id: int, number: int) -> Dashboard:
    """A dashboard that a person may change: nobody but its owner may."""
    found = find_dashboard(session, user_id, number)
    if found.user_id != user_id:
        raise NotAllowed(f"Only its owner, {found.owner}, may change this dashboard.")
    return found


def rename_dashboard(
    session: Session, known: Dashboard, name: str, now: datetime, *, is_shared: bool
) -> None:
    """Give a dashboard a name, and share it or not."""
    _change(session, known, now, name=_checked_name(name), is_shared=is_shared)


def arrange_dashboard(
    session: Session, known: Dashboard, arrangement: Arrangement, now: datetime
) -> None:
    """Put other tiles in the place of those that were known."""
    _change(session, known, now, tiles=list(arrangement.tiles), removed=arrangement.removed)


def remove_dashboard(session: Session, known: Dashboard) -> None:
    """Forget a dashboard; the tokens that show it go with it."""
    row = session.get(DashboardRow, known.id, with_for_update=True)
    if row is None or row.version != known.version:
        raise changed_since(known.name)
    session.delete(row)


def changed_since(name: str) -> Conflict:
    """What someone is told whose change is based on a state that has passed."""
    return Conflict(
        f"The dashboard {name!r} has been changed since you opened it, in another window or tab.",
        code="changed_since",
        hint="Open it again, look at what has changed, and repeat what you did.",
    )


def _change(session: Session, known: Dashboard, now: datetime, **values: object) -> None:
    """Compare and set: nothing is written over a change that the asker has not seen."""
    done = session.execute(
        update(DashboardRow)
        .where(DashboardRow.id == known.id, DashboardRow.version == known.version)
        .values(**values, version=known.version + 1, changed_at=now)
        .returning(DashboardRow.id)
    ).one_or_none()
    if done is None:
        raise changed_since(known.name)


def _visible(user_id: int) -> Select[DashboardRow, str]:
    return (
        select(DashboardRow, UserRow.name)
        .join(UserRow, UserRow.id == DashboardRow.user)
        .where(or_(DashboardRow.user == user_id, DashboardRow.is_shared.is_(True)))
    )


def _checked_name(name: str) -> str:
    named = " ".join(name.split())
    if not named or len(named) > MOST_NAME or not named.isprintable():
        raise InvalidInput(
            f"The name of a dashboard has 1 to {MOST_NAME} printable letters.", field="name"
        )
    return named


def _dashboard(row: DashboardRow, owner: str) -> Dashboard:
    return Dashboard(
        id=row.id,
        user_id=row.user,
        owner=owner,
        name=row.name,
        is_shared=row.is_shared,
        version=row.version,
        tiles=tuple(row.tiles),
        removed=row.removed,
        changed_at=row.changed_at,
    )
