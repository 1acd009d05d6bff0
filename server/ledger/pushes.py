"""Accepts what programs push, so that nothing that was acknowledged is lost or counted twice.

1. The key is claimed; what was accepted under it before is the answer.
2. The lines go to the spool.
3. One transaction accepts the push together with what will load it: lines that wait for others of
   an appended source, else a job. Only then is the sender told so.

Whoever dies before that has told nobody anything, and the key is free again; whoever dies after it
has left all that the next process needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from server.errors import NotFound
from server.ledger.crashpoint import crashpoint
from server.ledger.owner import has_ended
from server.ledger.spool import keep_in_spool
from server.ledger.stuck import reasons_of_groups
from server.metadata.batches import batches_of
from server.metadata.grouped_files import receive_pushed, waiting_files
from server.metadata.jobs import WAITING_FOR_SPECIFICATION, create_job, find_job
from server.metadata.loads import READ_AS, UNFINISHED, Load, Quarantined, find_load, latest_replay
from server.metadata.pushes import (
    NewPush,
    Push,
    accept_push,
    claim_push,
    drop_claim,
    forget_answers,
    keep_answer,
    refused_in,
)
from server.metadata.session import Metadata, Session

FUNCTION = "loaders.pushes.job.run_push"
LEASE = timedelta(seconds=300)  # of a claim whose process may live elsewhere
ANSWERS_KEPT = timedelta(days=7)
MOST_TOLD = 20  # rejected values of one push

# The status and the body that the sender is told.
Answer = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Fate:
    """What has become of a push so far."""

    state: str  # waiting, queued, loading, failed, or that of its load
    load: Load | None
    batches: tuple[int, ...]
    rejected: int
    told: tuple[Quarantined, ...]  # the first of the rejected values, by the rows of the body
    error: str | None

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state not in ("waiting", "queued", "loading")


@dataclass(frozen=True)
class Counted:
    """What a push holds."""

    rows: int
    rejected: int


def claim(metadata: Metadata, new: NewPush, now: datetime) -> Push:
    """Claim the key, or find what was accepted under it."""
    with metadata.write() as session:
        push = claim_push(session, new, now, has_ended)
    crashpoint("push.claimed")
    return push


def give_up(metadata: Metadata, push: Push) -> None:
    """Let the key be free again: nothing of the push is kept."""
    with metadata.write() as session:
        drop_claim(session, push)


def accept(
    metadata: Metadata,
    spool: Path,
    push: Push,
    lines: BinaryIO,
    counted: Counted,
    answered: Callable[[Push], Answer],
    now: datetime,
    *,
    is_grouped: bool,
) -> Push:
    """Keep the lines and accept the push with what will load it; then it can be told."""
    spooled = keep_in_spool(spool, lines)
    crashpoint("push.spooled")
    with metadata.write() as session:
        job = None
        if is_grouped:
            receive_pushed(
                session, push.specification, push.key, spooled.hash, push.by, push.id, now
            )
        else:
            job = create_job(session, FUNCTION, {"push": push.id}, push.by, now).id
        accepted = accept_push(
            session,
            push,
            source_hash=spooled.hash,
            rows=counted.rows,
            rejected=counted.rejected,
            job=job,
        )
        status, body = answered(accepted)
        keep_answer(session, push.id, status, body)
        crashpoint("push.before_commit")
    crashpoint("push.accepted")
    return replace(accepted, answer={"status": status, "body": dict(body)})


def remember_answer(metadata: Metadata, push: Push, answer: Answer) -> None:
    """Remember what was answered when the push had come to its end."""
    with metadata.write() as session:
        keep_answer(session, push.id, *answer)


def fate_of(session: Session, push: Push) -> Fate:
    """What has become of an accepted push."""
    if push.load is None:
        state, error = _state_without_load(session, push)
        return Fate(state, None, (), push.rejected or 0, (), error)
    load = _seen_as(session, find_load(session, push.load))
    if load.state != "published":  # perhaps its source was read again since
        load = latest_replay(session, load)
    batches = tuple(one.id for one in batches_of(session, load.id))
    rejected, told = _refused(session, push, load)
    state = "loading" if load.state in UNFINISHED else load.state
    return Fate(state, load, batches, rejected, told, load.error or push.error)


def _seen_as(session: Session, load: Load) -> Load:
    """The load that the rows of one are seen as, which was held."""
    number = (load.decision or {}).get(READ_AS)
    return load if number is None else find_load(session, number)


def _state_without_load(session: Session, push: Push) -> tuple[str, str | None]:
    if push.error is not None:
        return "rejected", push.error
    if push.job is None:
        return "waiting", _why_grouped(session, push)
    try:
        job = find_job(session, push.job)
    except NotFound:
        return "failed", "its job is not known any more"
    if job.state == "queued" and job.doing == WAITING_FOR_SPECIFICATION:
        return "waiting", job.error
    if job.is_open:
        return ("loading" if job.state == "running" else "queued"), None
    return "failed", job.error


def _why_grouped(session: Session, push: Push) -> str | None:
    """Why a push waits for longer than its window; None while it does not."""
    why = reasons_of_groups(session).get(push.specification)
    if why is None:
        return None
    waiting = (one for one in waiting_files(session) if one.push == push.id)
    return why if any(one.group_name is not None for one in waiting) else None


def _refused(session: Session, push: Push, load: Load) -> tuple[int, tuple[Quarantined, ...]]:
    """The rejected rows, by the numbers that they had in the body."""
    first = push.first_row if push.first_row is not None else 2
    if push.job is None and push.first_row is None:
        return 0, ()
    count, found = refused_in(session, load.id, first, push.last_row, MOST_TOLD)
    shift = 1 + push.header - first
    return count, tuple(replace(one, line=one.line + shift) for one in found)


def forget_old_answers(metadata: Metadata, now: datetime) -> int:
    """Forget the words of answers that are a week old; the keys are kept."""
    with metadata.write() as session:
        return forget_answers(session, now - ANSWERS_KEPT)
