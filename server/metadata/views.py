"""Saved views of the slicer: a name for a question, for oneself or for everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from server.errors import Conflict, InvalidInput, LimitReached, NotFound
from server.metadata.session import Session
from server.metadata.tables import Table, UserRow

MOST_NAME = 80
MOST_VIEWS = 500  # of one person
_MOST_QUERY = 8_000


class SavedViewRow(Table):
    """One named question."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user", "cube", "name", name="saved_view_name"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    cube: Mapped[str] = mapped_column(String(80), index=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME))
    query: Mapped[str] = mapped_column(Text)
    is_shared: Mapped[bool]
    saved_at: Mapped[datetime]


@dataclass(frozen=True)
class SavedView:
    """A view as one person sees it."""

    id: int
    cube: str
    name: str
    query: str  # the question as the parameters of its address
    is_shared: bool
    by: str
    is_own: bool


def save_view(
    session: Session,
    user_id: int,
    cube: str,
    name: str,
    query: str,
    now: datetime,
    *,
    is_shared: bool,
) -> int:
    """Keep a question under a name; a view of that name of the same person is replaced."""
    named = " ".join(name.split())
    if not named or len(named) > MOST_NAME or not named.isprintable():
        raise InvalidInput(
            f"The name of a view has 1 to {MOST_NAME} printable letters.", field="view"
        )
    if len(query) > _MOST_QUERY:
        raise LimitReached("This question is too long to be saved.", field="view")
    known = select(SavedViewRow).where(
        SavedViewRow.user == user_id, SavedViewRow.cube == cube, SavedViewRow.name == named
    )
    row = session.scalars(known).one_or_none()
    if row is None:
        _refuse_hoarding(session, user_id)
        row = SavedViewRow(user=user_id, cube=cube, name=named)
        session.add(row)
    row.query, row.is_shared, row.saved_at = query, is_shared, now
    session.flush()
    return row.id


def views_of(session: Session, user_id: int, cube: str) -> tuple[SavedView, ...]:
    """The views of a cube that a person may open: all of their own and those that are shared."""
    found = session.execute(
        select(SavedViewRow, UserRow.name)
        .join(UserRow, UserRow.id == SavedViewRow.user)
        .where(SavedViewRow.cube == cube)
        .where(or_(SavedViewRow.user == user_id, SavedViewRow.is_shared.is_(True)))
        .order_by(SavedViewRow.name, SavedViewRow.id)
    ).all()
    return tuple(
        SavedView(row.id, row.cube, row.name, row.query, row.is_shared, by, row.user == user_id)
        for row, by in found
    )


def find_view(session: Session, user_id: int, view_id: int) -> SavedView:
    """A view that a person may open; NotFound when there is none."""
    row = session.get(SavedViewRow, view_id)
    if row is None or (row.user != user_id and not row.is_shared):
        raise NotFound(f"You have no view {view_id}.", field="view")
    by = session.scalars(select(UserRow.name).where(UserRow.id == row.user)).one()
    is_own = row.user == user_id
    return SavedView(row.id, row.cube, row.name, row.query, row.is_shared, by, is_own)


def view_named(session: Session, user_id: int, name: str) -> SavedView:
    """A person's own view by its name; NotFound when there is none, or one in several cubes."""
    own = select(SavedViewRow).where(SavedViewRow.user == user_id).order_by(SavedViewRow.name)
    rows = session.scalars(own).all()
    found = [row.id for row in rows if name in (row.name, f"{row.cube}/{row.name}")]
    if len(found) != 1:
        allowed = [f"{row.cube}/{row.name}" for row in rows]
        raise NotFound(f"There is no one view {name!r}.", field="view", allowed=allowed)
    return find_view(session, user_id, found[0])


def remove_view(session: Session, user_id: int, view_id: int) -> str:
    """Forget a view of one's own; answers its cube. Another's view is as good as none."""
    row = session.get(SavedViewRow, view_id)
    if row is None or row.user != user_id:
        raise NotFound(f"You have no view {view_id}.", field="view")
    cube = row.cube
    session.execute(delete(SavedViewRow).where(SavedViewRow.id == view_id))
    return cube


def _refuse_hoarding(session: Session, user_id: int) -> None:
    count = len(session.scalars(select(SavedViewRow.id).where(SavedViewRow.user == user_id)).all())
    if count >= MOST_VIEWS:
        raise Conflict(f"You have {MOST_VIEWS} saved views; remove one first.", field="view")
