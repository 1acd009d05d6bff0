"""What the queue runs: a verification of facts, ledger and spool, which heals what it can."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loaders.attempt import Progress
from loaders.context import context_of
from loaders.job import answer
from loaders.kept_specifications import keep_specification
from loaders.reparsing import SpooledSources
from server.errors import Conflict
from server.ledger.heal import Healing
from server.ledger.mend import Task, verify_and_mend
from server.ledger.room import check_room
from server.metadata.jobs import Job, list_jobs
from server.queue import current_runtime
from server.store.arrow import AnyTable

if TYPE_CHECKING:
    from server.runtime import Runtime


def run_verification(job_id: str) -> None:
    """Verify what the job's arguments say: `depth`, `load`, `heal`."""
    answer(current_runtime(), job_id, verification_of_job)


def verification_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of a verification; its result says whether anything is left that is wrong."""
    _refuse_two(runtime, job)
    arguments = job.arguments
    task = Task(
        depth=arguments.get("depth", "usual"),
        load=arguments.get("load"),
        is_healing=arguments.get("heal", True),
    )
    context = context_of(runtime)
    if task.is_healing:
        check_room(runtime.settings)
        for each in context.specifications.values():
            keep_specification(runtime.settings.spool, each)
    healing = Healing(
        metadata=runtime.metadata,
        store=runtime.store,
        spool=runtime.settings.spool,
        sources=SpooledSources(context),
        clock=runtime.clock,
        by=job.by,
        room=lambda needed: check_room(runtime.settings, needed, runtime.store),
    )
    model = runtime.cubes.model
    tables: list[AnyTable] = [*model.dimension_tables.values(), *model.fact_tables.values()]
    done = verify_and_mend(healing, tables, task, progress)
    return {
        "is_well": done.is_well,
        "batches": done.batches,
        "loads": done.loads,
        "findings": [finding.as_result() for finding in done.findings],
        "closed": list(done.closed),
        "uncompared": [finding.as_result() for finding in done.uncompared],
    }


def _refuse_two(runtime: "Runtime", job: Job) -> None:
    """Two at once would put the same rows back twice."""
    now = runtime.clock()
    with runtime.metadata.read() as session:
        others = list_jobs(session, function=job.function)
    for other in others:
        is_at_work = other.state == "running" and other.lease_until and other.lease_until > now
        if is_at_work and other.id != job.id:
            raise Conflict(f"job {other.id} verifies already; wait until it has ended")
