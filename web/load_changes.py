"""What can be done to a load as it stands, how it is undone, and the job that does what is long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.access import Permission
from server.errors import Conflict, QueueAway
from server.ledger.decide import approve, refuse
from server.ledger.publish import restore, withdraw
from server.ledger.refused import is_correctable
from server.metadata.jobs import WAITING, Job, create_job, list_jobs
from server.metadata.loads import Load
from web.phrases import gettext
from web.place import Place
from web.visitor import person, runtime

JOB = "loaders.changing.run_change"
UNDONE: Mapping[str, str] = {"withdraw": "restore", "restore": "withdraw"}
CHANGES = ("withdraw", "restore", "replay", "approve", "refuse", "correct")
_LOOKED_AT = 40  # jobs among which the load's latest one is looked for


@dataclass(frozen=True)
class ChangeLink:
    """Something that can be done to a load: the page that shows what it would move."""

    name: str
    label: str
    url: str
    is_main: bool = False


@dataclass(frozen=True)
class Undo:
    """What was just done, and the change that undoes it."""

    words: str
    change: str


@dataclass(frozen=True)
class JobLine:
    """The job that changes the load."""

    words: str
    is_open: bool
    done: int
    expected: int | None
    is_waiting: bool  # for the facts
    error: str
    fresh: int | None = None  # the load that it made


def possible_changes(load: Load, place: Place) -> tuple[ChangeLink, ...]:
    """What the visitor may do to a load in its state."""
    return tuple(
        ChangeLink(
            name,
            change_words(name),
            place.link("load_changes.ask", number=load.id, change=name),
            name in ("restore", "approve"),
        )
        for name in changes_of(load)
        if person().may(right_of(name))
    )


def changes_of(load: Load) -> tuple[str, ...]:
    """The changes that a load in this state can take."""
    return {
        "published": ("withdraw", *(("correct",) if is_correctable(load) else ())),
        "withdrawn": ("restore", "replay"),
        "held": ("approve", "refuse"),
        "rejected": ("replay",),
        "abandoned": ("replay",),
    }.get(load.state, ())


def right_of(change: str) -> Permission:
    """The right that a change asks for."""
    return Permission.DECIDE if change in ("approve", "refuse") else Permission.LOAD


def change_words(change: str) -> str:
    """A change as a button says it."""
    return {
        "withdraw": gettext("Withdraw"),
        "restore": gettext("Restore"),
        "replay": gettext("Load again from the spool"),
        "approve": gettext("Approve and publish"),
        "refuse": gettext("Refuse"),
        "correct": gettext("Mend refused rows"),
    }[change]


def undoing(load: Load, done: str) -> Undo | None:
    """What was just done, as the address says, if the load stands as if it was."""
    told = {
        ("withdraw", "withdrawn"): gettext("The load is withdrawn: nobody sees its rows any more."),
        ("restore", "published"): gettext("The load is restored: its rows are seen again."),
    }.get((done, load.state))
    return Undo(told, UNDONE[done]) if told else None


def change_now(load: Load, change: str, reason: str) -> bool:
    """Do what is one transaction; False when rows have to be read or built, which is a job's."""
    try:
        return _changed_at_once(load, change, reason)
    except Conflict as refused:
        if refused.code != "rows_purged":
            raise
        return False


def _changed_at_once(load: Load, change: str, reason: str) -> bool:
    here, by = runtime(), person().name
    said = (load.id, by, reason, here.clock())
    if change == "refuse":
        refuse(here.metadata, *said)
    elif change == "withdraw":
        withdraw(here.metadata, *said)
    elif change == "restore":
        restore(here.metadata, *said)
    elif change == "approve" and load.held_for == "restatement":
        approve(here.metadata, *said)
    else:
        return False
    return True


def change_later(load: Load, change: str, reason: str, **more: str) -> None:
    """Write the change down as a job and ring; the scheduler rings again when Redis is away."""
    here = runtime()
    arguments = {"change": change, "load": load.id, "reason": reason, **more}
    with here.metadata.write() as writing:
        job = create_job(writing, JOB, arguments, person().name, here.clock())
    try:
        here.queue.enqueue(JOB, job.id)
    except QueueAway:
        return


def latest_job(load: Load, since: datetime | None) -> JobLine | None:
    """How far the load's latest change is; nothing of one that ended well, or before `since`."""
    with runtime().metadata.read() as reading:
        jobs = list_jobs(reading, _LOOKED_AT, JOB)
    mine = next((one for one in jobs if one.arguments.get("load") == load.id), None)
    if mine is None or mine.arguments.get("change") not in CHANGES:
        return None
    fresh = (mine.result or {}).get("load")
    if mine.state == "done" and fresh in (None, load.id):
        return None
    if since and mine.finished_at and mine.finished_at < since:
        return None
    return _job_line(mine, fresh)


def _job_line(job: Job, fresh: int | None) -> JobLine:
    words = change_words(str(job.arguments["change"]))
    is_waiting = job.state == "queued" and job.doing == WAITING
    return JobLine(words, job.is_open, job.done, job.expected, is_waiting, job.error or "", fresh)
