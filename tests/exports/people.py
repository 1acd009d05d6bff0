"""The people who export, and small ways to have an export made in a test."""

from collections.abc import Sequence

from server.access import EVERYTHING, Person, Role, Scope, ScopeRule
from server.exports.asking import ask_for
from server.exports.job import make_export
from server.exports.spec import ExportSpec
from server.metadata.exports import Export, find_export
from server.metadata.users import create_user, find_user
from server.runtime import Runtime

NETWORK = Scope((ScopeRule("organisation", ("network",)),))


def analyst(runtime: Runtime, name: str = "ana", scope: Scope = EVERYTHING) -> Person:
    """An analyst who exists in the metadata."""
    with runtime.metadata.write() as session:
        user = find_user(session, name) or create_user(
            session, name, Role.ANALYST, runtime.clock(), scope=scope
        )
    return user.person_at(runtime.clock())


def exported(runtime: Runtime, person: Person, spec: ExportSpec) -> Export:
    """The export, made here and now."""
    asked = ask_for(runtime, person, spec, "A title")
    make_export(runtime, asked.id)
    return read(runtime, asked.id)


def read(runtime: Runtime, export_id: str) -> Export:
    """The export as its rows say."""
    with runtime.metadata.read() as session:
        return find_export(session, export_id)


def files_of(runtime: Runtime, export_id: str) -> Sequence[str]:
    """The names of the export's files, of any kind."""
    folder = runtime.settings.exports
    return sorted(path.name for path in folder.glob(f"{export_id}.*")) if folder.exists() else []
