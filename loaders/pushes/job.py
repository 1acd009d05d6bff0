"""What the queue runs: the load of a push that waits for no others."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, Any

from loaders.accepted import NOT_NOW, Awaits, as_accepted
from loaders.attempt import Progress
from loaders.context import LoadContext, context_of
from loaders.job import answer
from loaders.load import run_load
from server.errors import Conflict, LoadHeld, LoadRejected
from server.ledger.crashpoint import crashpoint
from server.ledger.spool import spooled_path
from server.metadata.jobs import Job
from server.metadata.loads import loads_of_bytes
from server.metadata.pushes import Push, end_push, push_with_id
from server.queue import current_runtime

if TYPE_CHECKING:
    from server.runtime import Runtime

log = logging.getLogger(__name__)


def run_push(job_id: str) -> None:
    """Load the push that the job's arguments name."""
    answer(current_runtime(), job_id, push_of_job)


def push_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of the job."""
    try:
        context = context_of(runtime)
    except NOT_NOW as reason:
        raise Awaits(str(reason)) from reason
    return load_push(context, int(job.arguments["push"]), job.id, progress)


def load_push(
    context: LoadContext,
    push_id: int,
    job: str | None = None,
    progress: Progress = lambda _done, _expected: None,
) -> Mapping[str, Any]:
    """Load an accepted push; what came of it is written down with it.

    Raises:
        Awaits: its specification is gone, or does not fit its table; it is not refused for that.
    """
    with context.metadata.read() as session:
        push = push_with_id(session, push_id)
    try:
        outcome = _loaded(context, push, job, progress)
    except NOT_NOW as reason:
        raise Awaits(str(reason)) from reason
    except (Conflict, LoadHeld, LoadRejected) as reason:
        load = _load_that_waits(context, push)
        with context.metadata.write() as session:
            code = None if load is not None else reason.code
            end_push(session, push.id, load, code, None if load is not None else reason.message)
        raise
    crashpoint("push.loaded")
    with context.metadata.write() as session:
        end_push(session, push.id, outcome["load"])
    return outcome


def _loaded(
    context: LoadContext, push: Push, job: str | None, progress: Progress
) -> dict[str, Any]:
    kept = spooled_path(context.settings.spool, push.source_hash or "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"push-{push.id}.csv")
        with kept.open("rb") as source, path.open("wb") as copy:
            copyfileobj(source, copy)
        outcome = run_load(
            as_accepted(context, push.specification, push.specification_hash),
            push.specification,
            path,
            scope=push.scope,
            by=push.by,
            job=job,
            is_pushed=True,
            progress=progress,
        )
    return outcome.as_result()


def _load_that_waits(context: LoadContext, push: Push) -> int | None:
    """The load of these lines that somebody has to decide on."""
    with context.metadata.read() as session:
        found = loads_of_bytes(session, push.specification, push.source_hash or "")
    held = [one.id for one in found if one.state == "held"]
    return held[-1] if held else None
