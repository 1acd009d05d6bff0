"""What the queue runs: a load. The job's row says what to do and how far it is.

The job is claimed by compare-and-set and kept by a heartbeat; a run that lost it to another worker,
or whose job was cancelled, stops at its next sign of life. Running it twice is safe: a file that is
visible already is answered with its load.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.accepted import Awaits
from loaders.context import context_of
from loaders.grouping import load_due, receipt_of, receive_for_group
from loaders.load import Progress
from loaders.load import run_load as load_source
from loaders.sources.files import locate
from server.errors import Conflict, IndicubeError, MetadataAway, StoreAway
from server.ledger.stuck import WAITING
from server.metadata.jobs import (
    WAITING_FOR_SPECIFICATION,
    Job,
    claim_job,
    fail_job,
    finish_job,
)
from server.metadata.lease import Lease, let_wait
from server.queue import current_runtime

if TYPE_CHECKING:
    from server.runtime import Runtime

FUNCTION = "loaders.job.run_load"
AGAIN = timedelta(minutes=1)  # until what waits for its specification is tried again

log = logging.getLogger(__name__)

# The work itself: what the job's arguments mean, told about its progress; its result is JSON.
Work = Callable[["Runtime", Job, Progress], Mapping[str, Any]]


def run_load(job_id: str) -> None:
    """Load what the job's arguments name: `name`, `file` unless its own, `scope` that it covers."""
    answer(current_runtime(), job_id, load_of_job)


def run_groups(job_id: str) -> None:
    """Load the small files together whose window is over."""
    answer(current_runtime(), job_id, groups_of_job)


def groups_of_job(runtime: "Runtime", job: Job, _progress: Progress) -> Mapping[str, Any]:
    """The work of a job that loads groups."""
    done = load_due(context_of(runtime), job.id)
    return {"loads": done.loads, WAITING: {name: str(why) for name, why in done.waiting.items()}}


def load_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of a load job; a file of a source whose files are grouped waits for others."""
    context, name = context_of(runtime), str(job.arguments["name"])
    file = Path(job.arguments["file"]) if job.arguments.get("file") else None
    specification = context.specification(name)
    if specification.group:
        path = locate(specification.source, file)
        return receipt_of(context, receive_for_group(context, name, path, job.by))
    outcome = load_source(
        context,
        name,
        file,
        scope=tuple(job.arguments.get("scope") or ()),
        by=job.by,
        job=job.id,
        progress=progress,
    )
    return outcome.as_result()


def answer(runtime: "Runtime", job_id: str, work: Work) -> None:
    """Claim a job, do its work and write down how it ended; nothing when another has it."""
    lease = timedelta(seconds=runtime.settings.job_lease_seconds)
    with runtime.metadata.write() as session:
        job = claim_job(session, job_id, runtime.clock(), lease)
    if job is None:
        return
    try:
        with Lease(runtime.metadata, runtime.clock, job, lease) as held:
            runtime.store.pulse.look()  # nothing is begun while the facts are away
            result = work(runtime, job, lambda done, expected: held.told(done, expected=expected))
    except (StoreAway, MetadataAway) as away:
        log.warning("job %s waits: %s", job_id, away.message)
        let_wait(runtime.metadata, job, lease)
    except Awaits as reason:
        until = runtime.clock() + AGAIN
        log.warning("job %s waits: %s", job_id, reason.message)
        let_wait(runtime.metadata, job, lease, WAITING_FOR_SPECIFICATION, reason.message, until)
    except IndicubeError as error:
        _fail(runtime, job, error)
    except Exception as error:
        _fail(runtime, job, error)
        raise
    else:
        with suppress(Conflict), runtime.metadata.write() as session:
            finish_job(session, job, result, runtime.clock())


def _fail(runtime: "Runtime", job: Job, error: Exception) -> None:
    # A job that was cancelled or went to another worker meanwhile is not ours to change.
    with suppress(Conflict), runtime.metadata.write() as session:
        fail_job(session, job, error, runtime.clock())
