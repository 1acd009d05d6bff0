"""What the queue runs: one export. Its rows are the truth; running it twice is harmless.

1. Claim the job by compare-and-set and keep it by a heartbeat.
2. Ask with the rights and the scope that the person has now.
3. Write `<id>.<attempt>.tmp`, make it durable, give it the name `<id>.<attempt>.<format>`.
4. Say in one transaction that job and export are done, if the job is still this attempt's.

Whoever dies on the way leaves a lease that runs out and files that nobody names; the next attempt
begins anew.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from server.access import Person
from server.errors import (
    AskerError,
    Conflict,
    IndicubeError,
    MetadataAway,
    NotAllowed,
    ServerError,
    StoreAway,
)
from server.exports.contents import content_of
from server.exports.files import (
    Placed,
    copy_to_schedule,
    new_path,
    place,
    telling_of_full_disks,
)
from server.exports.spec import read_spec
from server.exports.tidying import remove_strays
from server.exports.verifying import verification_of_job
from server.exports.writing import write_content
from server.ledger.crashpoint import crashpoint
from server.metadata.export_schedules import folder_of
from server.metadata.exports import (
    Export,
    Made,
    find_export,
    finish_export,
    release_job,
    running_attempt,
)
from server.metadata.jobs import Job, claim_job, fail_job, finish_job
from server.metadata.lease import Lease, let_wait
from server.metadata.users import user_by_id
from server.queue import current_runtime
from server.runtime import Runtime
from server.store.pool import Cancellation

log = logging.getLogger(__name__)


def run_export(job_id: str) -> None:
    """Make the file of an export; its id is the job's."""
    make_export(current_runtime(), job_id)


def run_verification(job_id: str) -> None:
    """Compare a file with what its export says; the job's result is the verdict."""
    verify_in_job(current_runtime(), job_id)


def make_export(runtime: Runtime, job_id: str) -> None:
    """Claim the export and make its file; nothing when another attempt has it."""
    job = _claimed(runtime, job_id)
    if job is None:
        return
    crashpoint("export.claimed")
    try:
        cancellation = Cancellation()
        with _lease(runtime, job, cancellation) as lease:
            runtime.store.pulse.look()  # nothing is begun while the facts are away
            _make(runtime, job, lease, cancellation)
    except (StoreAway, MetadataAway) as away:
        _wait(runtime, job, away)
    except Conflict as lost:
        log.info("export %s: %s", job_id, lost.message)
    except AskerError as error:
        _fail(runtime, job, error)
    except (ServerError, OSError) as error:
        _retry_or_fail(runtime, job, error)
    except Exception as error:
        _fail(runtime, job, error)
        raise
    finally:
        with suppress(OSError):
            remove_strays(runtime, job_id)


def verify_in_job(runtime: Runtime, job_id: str) -> None:
    """Claim a verification, compare, and write the verdict down."""
    job = _claimed(runtime, job_id)
    if job is None:
        return
    try:
        cancellation = Cancellation()
        with _lease(runtime, job, cancellation):
            result = verification_of_job(runtime, job, cancellation)
        with suppress(Conflict), runtime.metadata.write() as session:
            finish_job(session, job, result, runtime.clock())
    except (StoreAway, MetadataAway) as away:
        _wait(runtime, job, away)
    except Exception as error:
        _fail(runtime, job, error)
        if not isinstance(error, IndicubeError | OSError):
            raise


def person_of(runtime: Runtime, export: Export) -> Person:
    """Whoever asked for the export, with the rights of now; NotAllowed when no longer active."""
    with runtime.metadata.read() as session:
        user = user_by_id(session, export.user)
    if not user.is_active:
        raise NotAllowed(f"{user.name} may not sign in any more.")
    return user.person_at(runtime.clock())


def _claimed(runtime: Runtime, job_id: str) -> Job | None:
    lease = timedelta(seconds=runtime.settings.job_lease_seconds)
    with runtime.metadata.write() as session:
        return claim_job(session, job_id, runtime.clock(), lease)


def _lease(runtime: Runtime, job: Job, cancellation: Cancellation) -> Lease:
    length = timedelta(seconds=runtime.settings.job_lease_seconds)
    return Lease(runtime.metadata, runtime.clock, job, length, cancellation.cancel)


def _make(runtime: Runtime, job: Job, lease: Lease, cancellation: Cancellation) -> None:
    with runtime.metadata.read() as session:
        export = find_export(session, job.id)
    person = person_of(runtime, export)
    spec = read_spec(export.spec)
    lease.told(0, "asking")
    content = content_of(runtime, person, spec, export.id, cancellation=cancellation)
    crashpoint("export.asked")
    path = new_path(runtime.settings.exports, export.id, job.attempt)
    lease.told(0, "writing", expected=content.expected)
    with telling_of_full_disks():
        streams = runtime.store.streams
        write_content(content, spec.format, path, lease.told, streams, cancellation)
        crashpoint("export.written")
        _check_still_mine(runtime, job)
        placed = place(path, export.id, job.attempt, spec.format)
        _copy(runtime, export, placed)
    crashpoint("export.placed")
    now = runtime.clock()
    made = Made(
        file_name=placed.name,
        size=placed.size,
        sha256=placed.sha256,
        fingerprint=content.body.fingerprint,
        snapshot=content.snapshot,
        definitions=content.definitions,
        scope=[[rule.dimension, *rule.path] for rule in person.scope.rules],
        expires_at=now + timedelta(days=runtime.settings.export_days),
    )
    with runtime.metadata.write() as session:
        finish_export(session, job, made, now)
        crashpoint("export.before_commit")
    crashpoint("export.committed")


def _copy(runtime: Runtime, export: Export, placed: Placed) -> None:
    """A schedule's folder takes its files as well; they stay when the export's own is removed."""
    with runtime.metadata.read() as session:
        schedule = folder_of(session, export.id)
    if schedule is not None:
        name = f"{export.created_at:%Y-%m-%dT%H%M}-{export.id[:8]}.{export.format}"
        copy_to_schedule(runtime.settings.exports, placed, schedule, name)


def _check_still_mine(runtime: Runtime, job: Job) -> None:
    with runtime.metadata.read() as session:
        if not running_attempt(session, job):
            raise Conflict(f"export {job.id} was cancelled or taken over by another worker")


def _wait(runtime: Runtime, job: Job, away: ServerError) -> None:
    """The export waits for what is away; the scheduler rings for it until that is there."""
    log.warning("export %s waits: %s", job.id, away.message)
    let_wait(runtime.metadata, job, timedelta(seconds=runtime.settings.job_lease_seconds))


def _retry_or_fail(runtime: Runtime, job: Job, error: Exception) -> None:
    """What may pass by itself is tried again; the scheduler rings for it."""
    known = error if isinstance(error, ServerError) else _unreadable(error)
    log.warning("export %s, attempt %d: %s", job.id, job.attempt, error)
    if job.attempt >= runtime.settings.job_attempts:
        _fail(runtime, job, known)
        return
    with runtime.metadata.write() as session:
        release_job(session, job)


def _unreadable(error: Exception) -> ServerError:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return ServerError(f"The file could not be written: {reason}.", code="export_file")


def _fail(runtime: Runtime, job: Job, error: Exception) -> None:
    with suppress(Conflict), runtime.metadata.write() as session:
        fail_job(session, job, error, runtime.clock())


def file_path(runtime: Runtime, export: Export) -> Path | None:
    """Where the export's file is; None when it is not there (any more)."""
    if not export.has_file or export.file_name is None:
        return None
    path = runtime.settings.exports / export.file_name
    return path if path.is_file() else None
