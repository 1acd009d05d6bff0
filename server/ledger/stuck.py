"""What waits for longer than it should: its specification is gone, or does not fit its table.

Small files and appended pushes wait in their group; a push that is a load of its own waits with its
job. Both are tried again by themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from server.metadata.grouped_files import waiting_files
from server.metadata.jobs import Job, list_jobs
from server.metadata.pushes import stuck_pushes
from server.metadata.session import Session

GROUPS = "loaders.job.run_groups"
WAITING = "waiting"  # in the result of a job: what could not be loaded, and why


@dataclass(frozen=True)
class Stuck:
    """What waits of a specification by which nothing can be loaded."""

    specification: str
    files: int  # pushes and small files
    since: datetime
    reason: str


def all_stuck(session: Session) -> tuple[Stuck, ...]:
    """What waits longer than its window, because its specification is gone or does not fit."""
    found = (*_groups(session), *stuck_alone(session))
    return tuple(sorted(found, key=lambda one: (one.specification, one.since)))


def stuck_alone(session: Session) -> Iterator[Stuck]:
    """The pushes that wait with a job of their own."""
    waiting = groupby(stuck_pushes(session), key=lambda one: one[0].specification)
    for name, each in waiting:
        pushes = list(each)
        first, reason = pushes[0]
        yield Stuck(name, len(pushes), first.received_at, reason)


def reasons_of_groups(session: Session) -> Mapping[str, str]:
    """The specifications by which no group could be loaded when it was tried last, and why."""
    ended = (one for one in list_jobs(session, 5, function=GROUPS) if one.state == "done")
    return stuck_in(next(ended, None))


def stuck_in(job: Job | None) -> Mapping[str, str]:
    """The specifications by which a job could load nothing, each with the reason."""
    found: Mapping[str, str] = ((job.result if job else None) or {}).get(WAITING, {})
    return found


def _groups(session: Session) -> Iterator[Stuck]:
    waiting = [one for one in waiting_files(session) if one.group_name is not None]
    for name, reason in reasons_of_groups(session).items():
        if files := [one for one in waiting if one.specification == name]:
            yield Stuck(name, len(files), files[0].received_at, reason)
