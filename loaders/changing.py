"""What the queue runs to change loads that are there: withdraw, restore, replay, decide, purge.

The job's arguments are `change`, `load` (but for a purge), `reason`, and of a correction `file`.
Running it twice is safe: what was changed already is refused, and the sentence says how the load
stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from loaders.context import LoadContext, context_of
from loaders.correcting import correct_load
from loaders.job import answer
from loaders.load import Progress, replay_load
from loaders.moved import moved_of_job
from loaders.reparsing import SpooledSources
from server.errors import InvalidInput
from server.ledger.building import Builder
from server.ledger.decide import approve, refuse
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge
from server.metadata.jobs import Job
from server.metadata.loads import find_load
from server.queue import current_runtime

if TYPE_CHECKING:
    from server.runtime import Runtime

FUNCTION = "loaders.changing.run_change"
Change = Literal["withdraw", "restore", "replay", "approve", "refuse", "correct", "purge", "diff"]


def run_change(job_id: str) -> None:
    """Do to a load what the job's arguments say."""
    answer(current_runtime(), job_id, change_of_job)


def change_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of a change; the answer says how the load stands then."""
    change = str(job.arguments.get("change"))
    context = context_of(runtime)
    if change == "purge":
        return _purge(runtime, context, job)
    if change == "diff":
        return moved_of_job(runtime, job)
    if change not in _CHANGES:
        allowed = get_args(Change)
        raise InvalidInput(
            f"{change!r} is nothing that is done to a load; allowed: {', '.join(allowed)}",
            field="change",
            allowed=allowed,
        )
    return {"change": change, **_CHANGES[change](context, job, progress)}


def _withdraw(context: LoadContext, job: Job, progress: Progress) -> Mapping[str, Any]:
    builder = _builder(context, progress)
    number = withdraw(context.metadata, *_said(job), context.clock(), builder)
    return _standing(context, job, number)


def _restore(context: LoadContext, job: Job, progress: Progress) -> Mapping[str, Any]:
    builder = _builder(context, progress)
    number = restore(context.metadata, *_said(job), context.clock(), builder)
    return _standing(context, job, number)


def _replay(context: LoadContext, job: Job, progress: Progress) -> Mapping[str, Any]:
    reason = str(job.arguments.get("reason") or "").strip()
    return _read_again(context, job, progress, reason)


def _read_again(
    context: LoadContext, job: Job, progress: Progress, reason: str | None = None
) -> Mapping[str, Any]:
    load = int(job.arguments["load"])
    outcome = replay_load(context, load, by=job.by, job=job.id, progress=progress, reason=reason)
    return {**outcome.as_result(), "replay_of": load, "state": "published"}


def _approve(context: LoadContext, job: Job, progress: Progress) -> Mapping[str, Any]:
    builder = _builder(context, progress)
    decision = approve(context.metadata, *_said(job), context.clock(), builder)
    if decision.is_to_be_replayed:
        return _read_again(context, job, progress)  # the decision is noted, with its reason
    published = decision.publication
    return _standing(context, job, published.snapshot if published else None)


def _refuse(context: LoadContext, job: Job, _progress: Progress) -> Mapping[str, Any]:
    refuse(context.metadata, *_said(job), context.clock(), context.store)
    return _standing(context, job, None)


def _correct(context: LoadContext, job: Job, _progress: Progress) -> Mapping[str, Any]:
    load, by, reason = _said(job)
    corrected = correct_load(context, load, Path(str(job.arguments["file"])), by, reason)
    told = {"rows": corrected.rows, "is_known": corrected.is_known}
    return {**_standing(context, job, corrected.snapshot or None), **told}


_CHANGES: Mapping[str, Callable[[LoadContext, Job, Progress], Mapping[str, Any]]] = {
    "withdraw": _withdraw,
    "restore": _restore,
    "replay": _replay,
    "approve": _approve,
    "refuse": _refuse,
    "correct": _correct,
}


def _builder(context: LoadContext, progress: Progress) -> Builder:
    """What builds upserts, and stores purged rows again where they are to be seen."""
    return replace(context.builder, progress=progress, spooled=SpooledSources(context))


def _said(job: Job) -> tuple[int, str, str]:
    """Which load, by whom, and why."""
    reason = str(job.arguments.get("reason") or "").strip()
    if not reason:
        raise InvalidInput("a reason must be given, so that everybody can read it", field="reason")
    return int(job.arguments["load"]), job.by, reason


def _standing(context: LoadContext, job: Job, snapshot: int | None) -> Mapping[str, Any]:
    with context.metadata.read() as session:
        load = find_load(session, int(job.arguments["load"]))
    return {
        "load": load.id,
        "specification": load.specification,
        "state": load.state,
        "snapshot": snapshot,
    }


def _purge(runtime: "Runtime", context: LoadContext, job: Job) -> Mapping[str, Any]:
    days = runtime.settings.retention_days
    retention = timedelta(days=days) if days else None
    purged = purge(context.metadata, context.store, job.by, context.clock(), retention)
    return {"change": "purge", **vars(purged), "retention_days": days or None}
