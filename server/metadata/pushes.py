"""Pushes: facts that programs sent over HTTP, each under a key that makes sending twice harmless.

A push is claimed by its key before its rows are kept, and accepted in one transaction with what
will load it: a file that waits for others, or a job. A claim whose process died is open again.
The key is kept for good, so that no repetition counts twice; the words of the first answer for a
while.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from server.errors import InFlight, KeyReused, NotFound
from server.metadata.jobs import WAITING_FOR_SPECIFICATION
from server.metadata.loads import Quarantined
from server.metadata.session import Session
from server.metadata.tables import GroupedFileRow, JobRow, QuarantinedRow, Table

RETRY_SECONDS = 2  # when the same push is on its way already


class PushRow(Table):
    """Facts that a program sent: what was sent, and what is to become or became of it."""

    __tablename__ = "push"
    __table_args__ = (UniqueConstraint("specification", "sender", "key", name="push_by_key"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    specification: Mapped[str] = mapped_column(String(80))
    sender: Mapped[int]  # whose key it is
    key: Mapped[str] = mapped_column(String(200))
    by: Mapped[str] = mapped_column(String(80))
    body_hash: Mapped[str] = mapped_column(String(64))  # with all that was said beside the body
    form: Mapped[str] = mapped_column(String(10))
    header: Mapped[int]  # lines of the body above its first row
    scope: Mapped[list[Any] | None]
    specification_hash: Mapped[str | None] = mapped_column(String(64))  # by which it was accepted
    state: Mapped[str] = mapped_column(String(20))  # claimed | accepted
    owner: Mapped[str]
    lease_until: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    source_hash: Mapped[str | None] = mapped_column(String(64))
    rows: Mapped[int | None] = mapped_column(BigInteger)
    rejected: Mapped[int | None] = mapped_column(BigInteger)
    job: Mapped[str | None] = mapped_column(String(40))
    load: Mapped[int | None] = mapped_column(index=True)  # of one that is no part of a group
    error_code: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None]  # status and body


@dataclass(frozen=True)
class NewPush:
    """What is known of a push when all of it has arrived."""

    specification: str
    sender: int
    key: str
    by: str
    body_hash: str
    form: str
    header: int
    scope: tuple[str, ...]
    specification_hash: str
    owner: str
    lease_until: datetime


@dataclass(frozen=True)
class Push:
    """One push, as it is kept."""

    id: int
    specification: str
    sender: int
    key: str
    by: str
    body_hash: str
    form: str
    header: int
    scope: tuple[str, ...]
    specification_hash: str | None
    state: str
    owner: str
    lease_until: datetime
    received_at: datetime
    source_hash: str | None
    rows: int | None
    rejected: int | None
    job: str | None
    load: int | None
    error_code: str | None
    error: str | None
    answer: Mapping[str, Any] | None
    first_row: int | None = None  # lines of the load's source
    last_row: int | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether its rows are kept, so that it will be loaded whatever happens."""
        return self.state == "accepted"


def claim_push(
    session: Session, new: NewPush, now: datetime, has_ended: Callable[[str], bool]
) -> Push:
    """Claim a key for what is sent under it, or find what was accepted under it before.

    Raises:
        KeyReused: something else was sent under it.
        InFlight: the same is being received at this moment.
    """
    known = _row(session, new.specification, new.sender, new.key, for_update=True)
    if known is None:
        known = _inserted(session, new, now)
    elif known.state == "claimed" and (known.lease_until < now or has_ended(known.owner)):
        for name, value in {**_values(new), "received_at": now}.items():
            setattr(known, name, value)
        session.flush()
    elif known.body_hash != new.body_hash:
        raise KeyReused(
            f"under the Idempotency-Key {new.key!r} something else was sent before; "
            "a new push needs a key of its own",
            field="Idempotency-Key",
        )
    elif known.state == "claimed":
        raise _in_flight(new)
    return _push(session, known)


def accept_push(session: Session, push: Push, **values: Any) -> Push:
    """Say that its rows are kept; InFlight when another took the key over meanwhile."""
    changed = session.execute(
        update(PushRow).where(*_still_mine(push)).values(state="accepted", **values)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise InFlight(
            f"the push {push.key!r} took too long and was taken over", retry_after=RETRY_SECONDS
        )
    return push_with_id(session, push.id)


def drop_claim(session: Session, push: Push) -> None:
    """Let the key be free again: what was sent under it was refused."""
    session.execute(delete(PushRow).where(*_still_mine(push)))


def find_push(session: Session, specification: str, sender: int, key: str) -> Push:
    """The accepted push of that key."""
    row = _row(session, specification, sender, key)
    if row is None or row.state != "accepted":
        raise NotFound(
            f"nothing was pushed to {specification} under the key {key!r} that was accepted",
            field="key",
        )
    return _push(session, row)


def push_with_id(session: Session, push_id: int) -> Push:
    """The push with that id."""
    row = session.get(PushRow, push_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no push {push_id}", field="push")
    return _push(session, row)


def pushes_of_load(session: Session, load: int, limit: int) -> tuple[Push, ...]:
    """The pushes that a load was made of, in its order."""
    files = select(GroupedFileRow.push).where(
        GroupedFileRow.load == load, GroupedFileRow.push.is_not(None)
    )
    kept = select(PushRow).where((PushRow.load == load) | PushRow.id.in_(files))
    rows: Sequence[PushRow] = session.scalars(kept.order_by(PushRow.id).limit(limit)).all()
    return tuple(_push(session, row) for row in rows)


def stuck_pushes(session: Session) -> tuple[tuple[Push, str], ...]:
    """The pushes whose jobs wait for their specification, each with the reason, name by name."""
    kept = (
        select(PushRow, JobRow.error)
        .join(JobRow, JobRow.id == PushRow.job)
        .where(JobRow.state == "queued", JobRow.doing == WAITING_FOR_SPECIFICATION)
        .order_by(PushRow.specification, PushRow.id)
    )
    return tuple((_push(session, row), reason or "") for row, reason in session.execute(kept))


def refused_in(
    session: Session, load: int, first: int, last: int | None, limit: int
) -> tuple[int, tuple[Quarantined, ...]]:
    """Of some lines of a load how many are in quarantine, and the first of their values."""
    there = [QuarantinedRow.load == load, QuarantinedRow.line >= first]
    if last is not None:
        there.append(QuarantinedRow.line <= last)
    count = select(func.count(func.distinct(QuarantinedRow.line))).where(*there)
    kept = select(QuarantinedRow).where(*there).order_by(QuarantinedRow.line, QuarantinedRow.id)
    rows = session.scalars(kept.limit(limit)).all()
    found = tuple(Quarantined(r.line, r.column, r.raw, r.rule, r.message) for r in rows)
    return session.execute(count).scalar_one(), found


def end_push(
    session: Session,
    push_id: int,
    load: int | None,
    error_code: str | None = None,
    error: str | None = None,
) -> None:
    """Say which load a push became that is no part of a group, or why none."""
    values = {"load": load, "error_code": error_code, "error": error}
    session.execute(update(PushRow).where(PushRow.id == push_id).values(**values))


def keep_answer(session: Session, push_id: int, status: int, body: Mapping[str, Any]) -> None:
    """Remember what was answered."""
    answer = {"status": status, "body": dict(body)}
    session.execute(update(PushRow).where(PushRow.id == push_id).values(answer=answer))


def forget_answers(session: Session, before: datetime) -> int:
    """Forget the words of answers older than that, and claims that came to nothing; how many."""
    old = PushRow.received_at < before
    abandoned = session.execute(delete(PushRow).where(old, PushRow.state == "claimed"))
    forgotten = session.execute(
        update(PushRow).where(old, PushRow.answer.is_not(None)).values(answer=None)
    )
    return int(abandoned.rowcount + forgotten.rowcount)  # type: ignore[attr-defined]


def _row(
    session: Session, specification: str, sender: int, key: str, *, for_update: bool = False
) -> PushRow | None:
    kept = select(PushRow).where(
        PushRow.specification == specification, PushRow.sender == sender, PushRow.key == key
    )
    kept = kept.execution_options(populate_existing=True)
    return session.scalars(kept.with_for_update() if for_update else kept).one_or_none()


def _inserted(session: Session, new: NewPush, now: datetime) -> PushRow:
    row = PushRow(**_values(new), state="claimed", received_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another process was faster by a moment
        raise _in_flight(new) from None
    return row


def _values(new: NewPush) -> dict[str, Any]:
    return {**vars(new), "scope": list(new.scope)}


def _in_flight(new: NewPush) -> InFlight:
    return InFlight(
        f"the push {new.key!r} is being received at this moment", retry_after=RETRY_SECONDS
    )


def _still_mine(push: Push) -> tuple[Any, ...]:
    return (
        PushRow.id == push.id,
        PushRow.state == "claimed",
        PushRow.owner == push.owner,
        PushRow.lease_until == push.lease_until,
    )


def _push(session: Session, row: PushRow) -> Push:
    """The push with its place in a group's load, where it has one."""
    names = Push.__dataclass_fields__
    values: dict[str, Any] = {name: getattr(row, name, None) for name in names}
    values["scope"] = tuple(row.scope or ())
    file = session.scalars(
        select(GroupedFileRow).where(GroupedFileRow.push == row.id)
    ).one_or_none()
    if file is not None:
        values |= {"load": file.load, "first_row": file.first_row, "last_row": file.last_row}
        values["error"] = file.error
        values["error_code"] = "load_rejected" if file.error else None
    return Push(**values)
