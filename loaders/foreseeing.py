"""What the queue runs before somebody looks at what changing an upsert would move.

The job's arguments are `load` and `change`. It builds, hidden, what the change would show: whoever
asks then what would move is answered at once, and so is the change itself. It ends when it is
cancelled or takes too long; what was built by then is not built again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast, get_args

from loaders.context import context_of
from loaders.job import answer
from loaders.load import Progress
from server.errors import InvalidInput, LimitReached
from server.ledger.foreseeing import Change, foresee
from server.metadata.jobs import Job
from server.queue import current_runtime

if TYPE_CHECKING:
    from server.runtime import Runtime

FUNCTION = "loaders.foreseeing.run_foresight"
LONGEST = timedelta(minutes=5)  # other jobs wait meanwhile


def run_foresight(job_id: str) -> None:
    """Build what the change of the job's arguments would show."""
    answer(current_runtime(), job_id, foresight_of_job)


def foresight_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of the job; the answer says how many scope keys would change."""
    given = str(job.arguments.get("change"))
    if given not in get_args(Change):
        raise InvalidInput(f"{given!r} cannot be foreseen", allowed=get_args(Change))
    change = cast(Change, given)
    load, context = int(job.arguments["load"]), context_of(runtime)
    heard = _until(runtime.clock() + LONGEST, runtime.clock, progress)
    builder = replace(context.builder, progress=heard)
    found = foresee(context.metadata, load, change, context.clock(), builder)
    return {"load": load, "change": change, "keys": len(found.ledger.keys)}


def _until(end: datetime, clock: Callable[[], datetime], progress: Progress) -> Progress:
    """The progress, which ends the work when it takes too long or the job is cancelled."""

    def told(done: int, expected: int | None) -> None:
        progress(done, expected)
        if clock() > end:
            minutes = round(LONGEST.total_seconds() / 60)
            raise LimitReached(
                f"what would move was not worked out within {minutes} minutes: "
                f"{done} of {expected} scope keys are",
                code="too_long",
            )

    return told
