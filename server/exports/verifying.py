"""Whether an exported file still says what was answered, and whether the answer is still so.

altered: a cell, a head or the fingerprint is not what the same question gives at the same snapshot
and definitions. moved on: the file is right, and the newest facts or definitions say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from server.access import Person, Role, Scope, ScopeRule
from server.errors import NotFound
from server.exports.contents import Content, content_of
from server.exports.reading import FileRead
from server.exports.spec import read_spec
from server.metadata.exports import Export, export_of_bytes, find_export
from server.metadata.jobs import Job
from server.metadata.users import user_by_id
from server.runtime import Runtime
from server.snapshot import Snapshot
from server.store.pool import Cancellation

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
        "is_long": read.is_long,
    }


def verification_of_job(
    runtime: Runtime, job: Job, cancellation: Cancellation | None = None
) -> Mapping[str, Any]:
    """The verdict on the file that the job's arguments describe."""
    told = dict(job.arguments)
    read = FileRead(
        told["sha256"],
        told["format"],
        told["export"],
        told["fingerprint"],
        tuple(told["tables"]),
        told.get("is_long", False),
    )
    return verify(runtime, read, cancellation)


def verify(
    runtime: Runtime, read: FileRead, cancellation: Cancellation | None = None
) -> dict[str, Any]:
    """Compare a file that was read with what its export says.

    Raises:
        NotFound: no export of this installation made the file.
    """
    export = _export_of(runtime, read)
    asking = _Again(runtime, export, read.is_long, cancellation)
    then = asking.then()
    reasons = _alterations(export, read, then)
    verdict = ALTERED if reasons else MATCHES
    if verdict == MATCHES:
        now = asking.now()
        if now.tables(read.format) != then.tables(read.format):
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
    if then.body.fingerprint != export.fingerprint:
        reasons.append("the same question at the same snapshot has another fingerprint now")
    if read.sha256 == export.sha256:
        return reasons  # byte for byte the file that was made
    if read.fingerprint != export.fingerprint:
        reasons.append("the fingerprint in the file is not the one of its export")
    expected = then.tables(read.format)
    if read.tables[: len(expected)] != expected:
        reasons.append("a cell or a head is not what was answered")
    return reasons


@dataclass(frozen=True)
class _Again:
    """The question of an export, asked again with the scope that its person had."""

    runtime: Runtime
    export: Export
    is_long: bool
    cancellation: Cancellation | None

    def then(self) -> Content:
        """At the snapshot and the definitions of the export."""
        export = self.export
        snapshot = self.runtime.snapshot(export.snapshot)
        return self._asked(
            replace(snapshot, definitions=export.definitions or 0), is_long=self.is_long
        )

    def now(self) -> Content:
        """At those of now; a slice may have become too large for a document meanwhile."""
        return self._asked(None, is_long=self.is_long or None)

    def _asked(self, at: Snapshot | None, *, is_long: bool | None) -> Content:
        export = self.export
        with self.runtime.metadata.read() as session:
            name = user_by_id(session, export.user).name
        scope = Scope(tuple(ScopeRule(one[0], tuple(one[1:])) for one in export.scope))
        # Whoever verifies learns a verdict alone, so rights that were lost since do not matter.
        person = Person(name, Role.ADMINISTRATOR, scope, identifier=export.user)
        return content_of(
            self.runtime,
            person,
            read_spec(export.spec),
            export.id,
            at,
            is_long=is_long,
            cancellation=self.cancellation,
        )
