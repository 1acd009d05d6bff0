"""From a specification to a document: asked now, with the rights and the scope of one person."""

from dataclasses import dataclass, replace

from server.access import Permission, Person
from server.errors import NotAllowed
from server.exports.document import Document
from server.exports.of_scorecard import document_of_scorecard
from server.exports.of_slice import document_of_slice
from server.exports.spec import ExportSpec
from server.exports.words import instant_words, word
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.evaluate import evaluate_scorecard
from server.slices.ask import ask
from server.slices.question import read_question
from server.snapshot import Snapshot

_NEEDED = {"scorecard": Permission.VIEW, "slice": Permission.SLICE}


@dataclass(frozen=True)
class Content:
    """A document and the state that it was asked at."""

    document: Document
    snapshot: int
    definitions: int


def content_of(
    runtime: Runtime,
    person: Person,
    spec: ExportSpec,
    export: str = "",
    snapshot: Snapshot | None = None,
) -> Content:
    """Ask what the specification says, at its own snapshot or the one that is given.

    Raises:
        NotAllowed: the person may not see or export this any more.
    """
    check_rights(person, spec)
    at = snapshot or runtime.snapshot(spec.moment)
    asked = _scorecard if spec.kind == "scorecard" else _slice
    document = asked(runtime, person, spec, at)
    return Content(replace(document, export=export), at.number, at.definitions)


def check_rights(person: Person, spec: ExportSpec) -> None:
    """NotAllowed unless the person may export at all, and see this kind of thing."""
    for needed in (Permission.EXPORT, _NEEDED[spec.kind]):
        if not person.may(needed):
            raise NotAllowed(
                f"{person.name} needs the right {needed.value!r} for this export, which the role "
                f"{person.role.value!r} does not have.",
                field="format",
            )


def _scorecard(runtime: Runtime, person: Person, spec: ExportSpec, at: Snapshot) -> Document:
    period = Period.parse(spec.period) if spec.period else None
    asked = Asked(person, spec.cuts, period, spec.language)
    view = evaluate_scorecard(runtime, asked, spec.name, at)
    facts = _made(runtime, person, spec.language)
    return document_of_scorecard(view, person.scope, spec.language, facts)


def _slice(runtime: Runtime, person: Person, spec: ExportSpec, at: Snapshot) -> Document:
    question = read_question(spec.query, runtime.cubes.model.cube(spec.name))
    result = ask(runtime, person, question, spec.language, at)
    return document_of_slice(result, _made(runtime, person, spec.language))


def _made(runtime: Runtime, person: Person, language: str) -> tuple[tuple[str, str], ...]:
    return (
        (word("made_by", language), person.name),
        (word("made_at", language), instant_words(runtime.clock(), language)),
    )
