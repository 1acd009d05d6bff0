"""What was purged, and from which snapshot on every answer is still whole.

A batch that was seen once may be doomed when no snapshot from the horizon on shows it, and none
that something else holds on to. Its rows go later: whoever opened an older snapshot just before has
ended by then. Until they are gone the batch stays among the hidden ones.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select

from server.metadata.counters import next_number
from server.metadata.loads import Batch
from server.metadata.session import Session
from server.metadata.snapshots import state_at
from server.metadata.tables import (
    BatchRow,
    BatchShownRow,
    LoadEventRow,
    LoadRow,
    PurgeRow,
)

_MANY = 5_000  # batches that one purge takes


@dataclass(frozen=True)
class Purge:
    """One decision: from `horizon` on everything can be answered, and so many batches go."""

    at: datetime
    by: str
    horizon: int
    batches: int


def horizon(session: Session) -> int:
    """The snapshot from which on everything can be answered; 0 when nothing was purged."""
    return session.execute(select(func.max(PurgeRow.horizon))).scalar_one() or 0


def is_whole(session: Session, number: int) -> bool:
    """Whether every batch that the snapshot shows is still there."""
    lost = select(BatchRow.id).join(BatchShownRow, BatchShownRow.batch == BatchRow.id)
    lost = lost.where(BatchRow.doomed_at.is_not(None), *_shows(number))
    return session.execute(select(exists(lost))).scalar_one() is False


def list_purges(session: Session, limit: int = 20) -> tuple[Purge, ...]:
    """The latest purges, the last one first."""
    rows = session.scalars(select(PurgeRow).order_by(PurgeRow.id.desc()).limit(limit)).all()
    return tuple(Purge(row.at, row.by, row.horizon, row.batches) for row in rows)


def oldest_kept(session: Session, since: datetime) -> int:
    """The snapshot that was the last one at that moment: it and all later ones are kept."""
    state = state_at(session, since)
    return state.number if state else 0


def purgeable(
    session: Session, kept_from: int, held: Collection[int], limit: int = _MANY
) -> tuple[tuple[int, int], ...]:
    """Batches that no snapshot from that one on shows, and none of the held ones.

    Each with the snapshot from which on it is not seen. What an upsert brought stays while the
    upsert is published: the figures of later ones are built from it. So does a dimension's version
    that others were merged over. What was never seen but in sums goes without moving any answer.
    """
    needed = _merged_over(session)
    shown_later = select(BatchShownRow.batch).where(
        or_(BatchShownRow.until.is_(None), BatchShownRow.until > kept_from)
    )
    builds_on = (LoadRow.mode == "upsert") & (BatchRow.kind == "own")
    rows = session.execute(
        select(BatchRow.id, BatchShownRow.since, BatchShownRow.until)
        .join(BatchShownRow, BatchShownRow.batch == BatchRow.id)
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .where(
            BatchRow.doomed_at.is_(None),
            BatchRow.purged_at.is_(None),
            BatchRow.id.not_in(shown_later),
            ~(builds_on & (LoadRow.state == "published")),
        )
        .order_by(BatchRow.id)
    ).all()
    ended: dict[int, int] = {}
    kept = set(needed)
    in_order = sorted(held)
    for batch, since, until in rows:
        ended[batch] = max(ended.get(batch, 0), until or 0)
        if bisect_left(in_order, since) != bisect_left(in_order, until or 0):
            kept.add(batch)  # one of the held snapshots shows it
    ended |= dict.fromkeys(_withdrawn_from_sums(session, kept_from), 0)
    found = sorted((until, batch) for batch, until in ended.items() if batch not in kept)
    return tuple((batch, until) for until, batch in found[:limit])


def lock_publications(session: Session) -> None:
    """Let nobody publish, withdraw or restore until this transaction ends."""
    next_number(session, "snapshot", 0)


def note_purge(session: Session, purge: Purge) -> None:
    """Keep a decision."""
    session.add(PurgeRow(**vars(purge)))
    session.flush()


def doomed_batches(session: Session, doomed_before: datetime) -> tuple[Batch, ...]:
    """Batches whose rows may be deleted now."""
    kept = select(BatchRow).where(BatchRow.purged_at.is_(None), BatchRow.doomed_at < doomed_before)
    rows: Sequence[BatchRow] = session.scalars(kept.order_by(BatchRow.id)).all()
    names = Batch.__dataclass_fields__
    return tuple(Batch(**{name: getattr(row, name) for name in names}) for row in rows)


def _withdrawn_from_sums(session: Session, kept_from: int) -> tuple[int, ...]:
    """What upserts brought that are withdrawn since then or longer, and that sums alone showed."""
    withdrawn = (
        select(func.max(LoadEventRow.snapshot))
        .where(LoadEventRow.load == LoadRow.id, LoadEventRow.what == "withdrawn")
        .correlate(LoadRow)
        .scalar_subquery()
    )
    was_shown = exists().where(BatchShownRow.batch == BatchRow.id).correlate(BatchRow)
    kept = (
        select(BatchRow.id)
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .where(
            LoadRow.mode == "upsert",
            LoadRow.state == "withdrawn",
            BatchRow.kind == "own",
            BatchRow.doomed_at.is_(None),
            BatchRow.first_snapshot.is_not(None),
            ~was_shown,
            withdrawn <= kept_from,
        )
    )
    return tuple(session.scalars(kept.order_by(BatchRow.id)).all())


def _merged_over(session: Session) -> frozenset[int]:
    """The versions of dimensions without which a later one cannot be read from the spool again."""
    kept = select(LoadRow.parameters).where(
        LoadRow.kind == "dimension",
        LoadRow.state == "published",
        LoadRow.parameters.is_not(None),
    )
    found = (parameters or {} for parameters in session.scalars(kept).all())
    return frozenset(each["merged_over"] for each in found if "merged_over" in each)


def _shows(number: int) -> tuple[ColumnElement[bool], ...]:
    return (
        BatchShownRow.since <= number,
        or_(BatchShownRow.until.is_(None), BatchShownRow.until > number),
    )
