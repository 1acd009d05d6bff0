"""Whether an exported file still says what was answered, and whether the answer is still so.

altered: a cell, a head or the fingerprint is not what the same question gives at the same snapshot
and definitions. moved on: the file is right, and the newest facts or definitions say otherwise.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from server.access import Person, Role, Scope, ScopeRule
from server.errors import NotFound
from server.exports.contents import Content, content_of
from server.exports.reading import FileRead, expected_tables
from server.exports.spec import read_spec
from server.metadata.exports import Export, export_of_bytes, find_export
from server.metadata.jobs import Job
from server.metadata.users import user_by_id
from server.runtime import Runtime

FUNCTION = "server.exports.job.run_verification"
MATCHES, ALTERED, MOVED_ON = "matches", "altered", "moved_on"


def arguments_of(read: FileRead) -> dict[str, Any]:
    """What a verification's job is told about the file."""
    return {
        "sha256": read.sha256,
        "format": read.format,
        "export": read.export,
        "fingerprint": read.fingerprint,
        "tables": list(read.tables),
    }


def verification_of_job(runtime: Runtime, job: Job) -> Mapping[str, Any]:
    """The verdict on the file that the job's arguments describe."""
    told = dict(job.arguments)
    read = FileRead(
        told["sha256"], told["format"], told["export"], told["fingerprint"], tuple(told["tables"])
    )
    return verify(runtime, read)


def verify(runtime: Runtime, read: FileRead) -> dict[str, Any]:
    """Compare a file that was read with what its export says.

    Raises:
        NotFound: no export of this installation made the file.
    """
    export = _export_of(runtime, read)
    then = _asked_again(runtime, export)
    reasons = _alterations(export, read, then)
    verdict = ALTERED if reasons else MATCHES
    if verdict == MATCHES:
        now = _asked_again(runtime, export, is_now=True)
        if expected_tables(now.document, read.format) != expected_tables(
            then.document, read.format
        ):
            verdict = MOVED_ON
            reasons = [
                f"the file shows snapshot {export.snapshot} and definitions {export.definitions}; "
                f"snapshot {now.snapshot} and definitions {now.definitions} say otherwise"
            ]
    return {
        "verdict": verdict,
        "reasons": reasons,
        "export": export.id,
        "title": export.title,
        "snapshot": export.snapshot,
        "fingerprint": export.fingerprint,
    }


def _export_of(runtime: Runtime, read: FileRead) -> Export:
    with runtime.metadata.read() as session:
        if read.export:
            export = find_export(session, read.export)
        else:
            export = export_of_bytes(session, read.sha256)
    if export.snapshot is None or export.fingerprint is None:
        raise NotFound("The export that the file names was never finished.", field="file")
    return export


def _alterations(export: Export, read: FileRead, then: Content) -> list[str]:
    reasons = []
    if then.document.fingerprint != export.fingerprint:
        reasons.append("the same question at the same snapshot has another fingerprint now")
    if read.sha256 == export.sha256:
        return reasons  # byte for byte the file that was made
    if read.fingerprint != export.fingerprint:
        reasons.append("the fingerprint in the file is not the one of its export")
    expected = expected_tables(then.document, read.format)
    if read.tables[: len(expected)] != expected:
        reasons.append("a cell or a head is not what was answered")
    return reasons


def _asked_again(runtime: Runtime, export: Export, *, is_now: bool = False) -> Content:
    """The same question, with the scope that its person had."""
    spec = read_spec(export.spec)
    with runtime.metadata.read() as session:
        name = user_by_id(session, export.user).name
    scope = Scope(tuple(ScopeRule(one[0], tuple(one[1:])) for one in export.scope))
    # Whoever verifies learns a verdict alone, so rights that were lost since do not matter.
    person = Person(name, Role.ADMINISTRATOR, scope, identifier=export.user)
    if is_now:
        return content_of(runtime, person, spec, export.id)
    snapshot = replace(runtime.snapshot(export.snapshot), definitions=export.definitions or 0)
    return content_of(runtime, person, spec, export.id, snapshot)
