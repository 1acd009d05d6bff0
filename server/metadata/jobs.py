"""Jobs: the durable truth of work for the queue; the queue itself is only a doorbell.

queued → running → done | failed | cancelled. A worker claims a job by compare-and-set and holds a
lease that it renews; whoever lost the lease finds another attempt's number and stops.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, or_, select, update

from server.errors import Conflict, IndicubeError, NotFound
from server.metadata.columns import Moment
from server.metadata.session import Session
from server.metadata.tables import JobRow

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3
OPEN_STATES = ("queued", "running")
WAITING = "waiting for the facts"  # what a job does that was put back
WAITING_FOR_SPECIFICATION = "waiting for its specification"


@dataclass(frozen=True)
class Job:
    """One piece of work and how far it is."""

    id: str
    function: str  # dotted name, allow-listed by the queue
    arguments: Mapping[str, Any]
    state: str
    attempt: int
    lease_until: datetime | None
    done: int
    expected: int | None
    doing: str | None
    result: Mapping[str, Any] | None
    error_code: str | None
    error: str | None
    exit_code: int
    by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether there is still work to wait for."""
        return self.state in OPEN_STATES


def create_job(
    session: Session, function: str, arguments: Mapping[str, Any], by: str, now: datetime
) -> Job:
    """Write a job down; commit it before you ring the queue."""
    row = JobRow(
        id=uuid.uuid4().hex,
        function=function,
        arguments=dict(arguments),
        state="queued",
        by=by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return job_of_row(row)


def find_job(session: Session, job_id: str) -> Job:
    """The job with that id."""
    row = session.get(JobRow, job_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no job {job_id!r}", field="job")
    return job_of_row(row)


def list_jobs(session: Session, limit: int = 50, function: str | None = None) -> tuple[Job, ...]:
    """The latest jobs, newest first."""
    kept = select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id).limit(limit)
    if function is not None:
        kept = kept.where(JobRow.function == function)
    return tuple(job_of_row(row) for row in session.scalars(kept).all())


def count_open_jobs(session: Session) -> int:
    """How many jobs are queued or running."""
    count = select(func.count()).select_from(JobRow).where(JobRow.state.in_(OPEN_STATES))
    return session.execute(count).scalar_one()


def claim_job(session: Session, job_id: str, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Take the job when it is queued or its worker's lease ran out; None when another has it."""
    claimed = session.execute(
        update(JobRow)
        .where(
            JobRow.id == job_id,
            or_(
                JobRow.state == "queued",
                (JobRow.state == "running") & (JobRow.lease_until < now),
            ),
        )
        .values(
            state="running",
            attempt=JobRow.attempt + 1,
            lease_until=now + lease,
            started_at=func.coalesce(JobRow.started_at, literal(now, Moment())),
        )
        .returning(JobRow.id)
    ).scalar_one_or_none()
    return find_job(session, job_id) if claimed else None


def renew_lease(
    session: Session,
    job: Job,
    now: datetime,
    *,
    done: int | None = None,
    expected: int | None = None,
    doing: str | None = None,
    lease: timedelta = LEASE,
) -> None:
    """Say that the job is alive and how far it is; `Conflict` when another attempt took over."""
    values: dict[str, Any] = {"lease_until": now + lease}
    told = {"done": done, "expected": expected, "doing": doing}
    values |= {name: value for name, value in told.items() if value is not None}
    _change_mine(session, job, values)


def finish_job(session: Session, job: Job, result: Mapping[str, Any], now: datetime) -> None:
    """The work is done; `Conflict` when another attempt took over meanwhile."""
    values = {"state": "done", "result": dict(result), "finished_at": now, "error": None}
    _change_mine(session, job, values)


def fail_job(session: Session, job: Job, error: Exception, now: datetime) -> None:
    """The work cannot be done: keep the sentence and the exit code."""
    known = error if isinstance(error, IndicubeError) else None
    values = {
        "state": "failed",
        "error_code": known.code if known else "unexpected",
        "error": _sentence(known) if known else f"{type(error).__name__}: {error}",
        "exit_code": known.exit_code if known else 1,
        "finished_at": now,
    }
    _change_mine(session, job, values)


def _sentence(error: IndicubeError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def put_back_job(
    session: Session,
    job: Job,
    doing: str,
    reason: str | None = None,
    until: datetime | None = None,
) -> None:
    """Let the job wait for what is away, as if it had not been tried; `Conflict` when it is lost.

    The scheduler rings for it again and again, from `until` on, until it can be done.
    """
    values = {
        "state": "queued",
        "attempt": job.attempt - 1,
        "lease_until": until,
        "doing": doing,
        "error": reason,
        "done": 0,
    }
    _change_mine(session, job, values)


def cancel_job(session: Session, job_id: str, now: datetime) -> bool:
    """Stop a job that is not finished; its worker notices at the next heartbeat."""
    statement = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(OPEN_STATES))
    stopped = statement.values(state="cancelled", finished_at=now).returning(JobRow.id)
    return session.execute(stopped).scalar_one_or_none() is not None


def reclaim_jobs(
    session: Session, now: datetime, most_attempts: int = MOST_ATTEMPTS
) -> Sequence[str]:
    """Put jobs with an expired lease back in the queue, or fail those tried too often.

    The answer is every queued job's id, oldest first, but those that were put back until later:
    ring the queue for each of them.
    """
    late = (JobRow.state == "running") & (JobRow.lease_until < now)
    session.execute(
        update(JobRow)
        .where(late, JobRow.attempt >= most_attempts)
        .values(
            state="failed",
            error_code="abandoned",
            error=f"its worker died {most_attempts} times",
            exit_code=1,
            finished_at=now,
        )
    )
    session.execute(update(JobRow).where(late).values(state="queued", lease_until=None))
    is_due = JobRow.lease_until.is_(None) | (JobRow.lease_until <= now)
    queued = select(JobRow.id).where(JobRow.state == "queued", is_due)
    return session.scalars(queued.order_by(JobRow.created_at)).all()


def _change_mine(session: Session, job: Job, values: Mapping[str, Any]) -> None:
    statement = (
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.state == "running", JobRow.attempt == job.attempt)
        .values(**values)
        .returning(JobRow.id)
    )
    if session.execute(statement).scalar_one_or_none() is None:
        raise Conflict(f"job {job.id} was cancelled or taken over by another worker")


def job_of_row(row: JobRow) -> Job:
    """The job that a row says."""
    return Job(
        id=row.id,
        function=row.function,
        arguments=row.arguments,
        state=row.state,
        attempt=row.attempt,
        lease_until=row.lease_until,
        done=row.done,
        expected=row.expected,
        doing=row.doing,
        result=row.result,
        error_code=row.error_code,
        error=row.error,
        exit_code=row.exit_code,
        by=row.by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
