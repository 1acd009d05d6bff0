"""The jobs that change a load, or work out what changing it would move: asked for, and how far.

A job that is asked for twice is one job: whoever clicks again, or at the same moment, sees it run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.errors import Conflict, QueueAway
from server.ledger.foreseeing import Change
from server.metadata.jobs import WAITING, Job, cancel_job, create_job, list_jobs
from server.metadata.loads import Load
from server.metadata.session import Session
from web.phrases import gettext
from web.sentences import trouble_words
from web.visitor import person, runtime
from web.words import person_words

CHANGING = "loaders.changing.run_change"
FORESEEING = "loaders.foreseeing.run_foresight"
_LOOKED_AT = 200  # jobs among which the load's latest one is looked for


@dataclass(frozen=True)
class JobLine:
    """The job that changes the load."""

    change: str
    is_open: bool
    is_queued: bool
    done: int
    expected: int | None
    is_waiting: bool  # for the facts
    by: str
    error: str
    fresh: int | None = None  # the load that it made


@dataclass(frozen=True)
class Foresight:
    """The job that works out what a change would move."""

    state: str  # of the job; nothing when there is none
    done: int = 0
    expected: int | None = None
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is on its way."""
        return self.state in ("queued", "running")


def change_later(load: Load, change: str, reason: str, **more: str) -> None:
    """Write the change down as a job and ring; the scheduler rings again when Redis is away.

    Raises:
        Conflict: the load is being changed otherwise.
    """
    arguments = {"change": change, "load": load.id, "reason": reason, **more}
    with runtime().metadata.write() as writing:
        under_way = _open_change(writing, load)
        if under_way is None:
            job = create_job(writing, CHANGING, arguments, person().name, runtime().clock())
    if under_way is None:
        _ring(job)
    elif dict(under_way.arguments) != arguments:
        raise Conflict(
            gettext("%(person)s is changing this load already.", person=person_words(under_way.by)),
            code="being_changed",
        )


def latest_change(load: Load, since: datetime | None) -> JobLine | None:
    """How far the load's latest change is; nothing of one that ended well, or before `since`."""
    with runtime().metadata.read() as reading:
        job = _latest(reading, CHANGING, {"load": load.id})
    if job is None or job.arguments.get("change") == "diff":
        return None
    fresh = (job.result or {}).get("load")
    if job.state == "done" and fresh in (None, load.id):
        return None
    if since and job.finished_at and job.finished_at < since:
        return None
    return JobLine(
        change=str(job.arguments["change"]),
        is_open=job.is_open,
        is_queued=job.state == "queued",
        done=job.done,
        expected=job.expected,
        is_waiting=job.state == "queued" and job.doing == WAITING,
        by=person_words(job.by),
        error=trouble_words(job),
        fresh=fresh,
    )


def look_ahead(load: Load, change: Change) -> None:
    """Have it worked out what the change would move, unless somebody asked for that already."""
    arguments = {"change": change, "load": load.id}
    with runtime().metadata.write() as writing:
        last = _latest(writing, FORESEEING, arguments)
        if last and last.is_open:
            return
        job = create_job(writing, FORESEEING, arguments, person().name, runtime().clock())
    _ring(job)


def stop_looking(load: Load, change: Change) -> None:
    """Let it be; nothing when it is not under way."""
    with runtime().metadata.write() as writing:
        last = _latest(writing, FORESEEING, {"change": change, "load": load.id})
        if last and last.is_open:
            cancel_job(writing, last.id, runtime().clock())


def foresight(load: Load, change: Change) -> Foresight:
    """How far the latest job is that works out what the change would move."""
    with runtime().metadata.read() as reading:
        job = _latest(reading, FORESEEING, {"change": change, "load": load.id})
    if job is None:
        return Foresight("")
    return Foresight(job.state, job.done, job.expected, trouble_words(job))


def _latest(session: Session, function: str, wanted: Mapping[str, object]) -> Job | None:
    return next(
        (
            job
            for job in list_jobs(session, _LOOKED_AT, function)
            if wanted.items() <= dict(job.arguments).items()
        ),
        None,
    )


def _open_change(session: Session, load: Load) -> Job | None:
    job = _latest(session, CHANGING, {"load": load.id})
    return job if job and job.is_open else None


def _ring(job: Job) -> None:
    try:
        runtime().queue.enqueue(job.function, job.id)
    except QueueAway:
        return
