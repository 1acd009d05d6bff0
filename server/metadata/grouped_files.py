"""Small files that wait to be loaded together, and the place of each in the load that it is in."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from server.errors import NotFound
from server.metadata.loads import find_load
from server.metadata.pushes import PushRow
from server.metadata.session import Session
from server.metadata.tables import GroupedFileRow


@dataclass(frozen=True)
class GroupedFile:
    """One file as it arrived, and its receipt when it is loaded."""

    id: int
    specification: str
    source: str
    source_hash: str
    by: str
    received_at: datetime
    group_name: str | None
    load: int | None
    first_row: int | None  # lines of the load's source; none when the file has no rows
    last_row: int | None
    error: str | None
    push: int | None  # that brought it: then its key tells it from others, not its bytes
    accepted_by: str | None = None  # the hash of the specification, of what was pushed and waits

    @property
    def waits(self) -> bool:
        """Whether it is neither loaded nor refused yet."""
        return self.load is None and self.error is None


def receive_file(
    session: Session, specification: str, source: str, source_hash: str, by: str, now: datetime
) -> GroupedFile:
    """Write a file down that waits; the same bytes that wait or are visible are the first file."""
    twin = _twin(session, specification, source_hash)
    if twin is not None:
        return twin
    row = GroupedFileRow(
        specification=specification,
        source=source,
        source_hash=source_hash,
        by=by,
        received_at=now,
    )
    session.add(row)
    session.flush()
    return _file(row)


def receive_pushed(
    session: Session,
    specification: str,
    source: str,
    source_hash: str,
    by: str,
    push: int,
    now: datetime,
) -> GroupedFile:
    """Write the rows of a push down that wait; its key has told it from all others."""
    row = GroupedFileRow(
        specification=specification,
        source=source,
        source_hash=source_hash,
        by=by,
        received_at=now,
        push=push,
    )
    session.add(row)
    session.flush()
    return _file(row)


def find_file(session: Session, file_id: int) -> GroupedFile:
    """The file with that id."""
    row = session.get(GroupedFileRow, file_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no file {file_id} that was loaded with others", field="file")
    return _file(row)


def files_of_load(session: Session, load: int) -> tuple[GroupedFile, ...]:
    """The files that a load was made of, in its order."""
    kept = select(GroupedFileRow).where(GroupedFileRow.load == load).order_by(GroupedFileRow.id)
    return tuple(_file(row) for row in session.scalars(kept).all())


def waiting_files(session: Session) -> tuple[GroupedFile, ...]:
    """The files that are neither loaded nor refused, the first one first."""
    kept = (
        select(GroupedFileRow, PushRow.specification_hash)
        .outerjoin(PushRow, PushRow.id == GroupedFileRow.push)
        .where(GroupedFileRow.load.is_(None), GroupedFileRow.error.is_(None))
    )
    rows = session.execute(kept.order_by(GroupedFileRow.id)).all()
    return tuple(replace(_file(row), accepted_by=known) for row, known in rows)


def refused_files(session: Session, since: datetime, limit: int) -> tuple[GroupedFile, ...]:
    """The files that arrived since then and could not be loaded, the last one first."""
    kept = (
        select(GroupedFileRow)
        .where(
            GroupedFileRow.load.is_(None),
            GroupedFileRow.error.is_not(None),
            GroupedFileRow.push.is_(None),  # who pushes asks for its own
            GroupedFileRow.received_at >= since,
        )
        .order_by(GroupedFileRow.id.desc())
        .limit(limit)
    )
    return tuple(_file(row) for row in session.scalars(kept).all())


def form_group(session: Session, files: Sequence[GroupedFile]) -> str:
    """Say that these files are loaded together, once and for all."""
    name = uuid.uuid4().hex[:12]
    ids = [file.id for file in files]
    session.execute(
        update(GroupedFileRow).where(GroupedFileRow.id.in_(ids)).values(group_name=name)
    )
    return name


def give_receipts(session: Session, load: int, spans: Mapping[int, tuple[int, int] | None]) -> None:
    """Say of each file which lines of the load's source are its own."""
    for file, span in spans.items():
        first, last = span or (None, None)
        session.execute(
            update(GroupedFileRow)
            .where(GroupedFileRow.id == file)
            .values(load=load, first_row=first, last_row=last)
        )


def refuse_file(session: Session, file: GroupedFile, error: str) -> None:
    """Say why a file cannot be loaded."""
    session.execute(update(GroupedFileRow).where(GroupedFileRow.id == file.id).values(error=error))


def _twin(session: Session, specification: str, source_hash: str) -> GroupedFile | None:
    kept = select(GroupedFileRow).where(
        GroupedFileRow.specification == specification,
        GroupedFileRow.source_hash == source_hash,
        GroupedFileRow.error.is_(None),
        GroupedFileRow.push.is_(None),
    )
    for row in session.scalars(kept.order_by(GroupedFileRow.id)).all():
        if row.load is None or find_load(session, row.load).state == "published":
            return _file(row)
    return None


def _file(row: GroupedFileRow) -> GroupedFile:
    names = [name for name in GroupedFile.__dataclass_fields__ if name != "accepted_by"]
    return GroupedFile(**{name: getattr(row, name) for name in names})
