"""From a specification to a document or a long table: asked now, with one person's rights."""

from dataclasses import dataclass, replace

from server.access import Permission, Person
from server.errors import LimitReached, NotAllowed
from server.exports.document import Document
from server.exports.long_table import FORMATS as LONG_FORMATS
from server.exports.long_table import Asked as AskedLong
from server.exports.long_table import LongTable, check_long, long_table
from server.exports.of_long import asked_facts, asked_long_slice
from server.exports.of_scorecard import document_of_scorecard
from server.exports.of_slice import document_of_slice
from server.exports.reading import expected_tables
from server.exports.spec import ExportSpec
from server.exports.words import instant_words, known_facts, word
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.evaluate import evaluate_scorecard
from server.slices.ask import ask
from server.slices.question import SliceQuestion
from server.slices.reading import question_of
from server.snapshot import Snapshot
from server.store.pool import Cancellation

_NEEDED = {
    "scorecard": Permission.VIEW,
    "slice": Permission.SLICE,
    "facts": Permission.SLICE,
}


@dataclass(frozen=True)
class Content:
    """What a file holds, and the state that it was asked at."""

    body: Document | LongTable
    snapshot: int
    definitions: int

    @property
    def document(self) -> Document:
        """The content, where it is one that fits into memory."""
        if isinstance(self.body, LongTable):
            raise TypeError("a long table is no document")
        return self.body

    @property
    def is_long(self) -> bool:
        """Whether it never passes through memory as a whole."""
        return isinstance(self.body, LongTable)

    @property
    def expected(self) -> int | None:
        """How many rows the file will have, where that is known."""
        return self.body.rows if isinstance(self.body, LongTable) else None

    def tables(self, file_format: str) -> tuple[str, ...]:
        """The hashes of the tables that a file of that format holds."""
        if isinstance(self.body, LongTable):
            return self.body.tables(file_format)
        return expected_tables(self.body, file_format)


def content_of(
    runtime: Runtime,
    person: Person,
    spec: ExportSpec,
    export: str = "",
    snapshot: Snapshot | None = None,
    *,
    is_long: bool | None = None,
    cancellation: Cancellation | None = None,
) -> Content:
    """Ask what the specification says, at its own snapshot or the one that is given.

    A slice that is too large for a document becomes a long table, unless `is_long` says which of
    the two it is.

    Raises:
        NotAllowed: the person may not see or export this any more.
        LimitReached: it is too large for its format.
    """
    check_rights(person, spec)
    at = snapshot or runtime.snapshot(spec.moment, spec.model_moment)
    asking = _Asking(runtime, person, spec, at, cancellation)
    body: Document | LongTable
    if spec.kind == "scorecard":
        body = asking.scorecard()
    elif spec.kind == "facts":
        body = asking.facts()
    else:
        body = asking.slice(is_long=is_long)
    return Content(replace(body, export=export), at.number, at.definitions)


def rights_needed(spec: ExportSpec) -> tuple[Permission, ...]:
    """The rights to have what the specification says."""
    return Permission.EXPORT, _NEEDED[spec.kind]


def check_rights(person: Person, spec: ExportSpec) -> None:
    """NotAllowed unless the person may export at all, and see this kind of thing."""
    for needed in rights_needed(spec):
        if not person.may(needed):
            raise NotAllowed(
                f"{person.name} needs the right {needed.value!r} for this export, which the role "
                f"{person.role.value!r} does not have.",
                field="format",
            )


@dataclass(frozen=True)
class _Asking:
    """One specification, asked by one person at one snapshot."""

    runtime: Runtime
    person: Person
    spec: ExportSpec
    at: Snapshot
    cancellation: Cancellation | None

    @property
    def made(self) -> tuple[tuple[str, str], ...]:
        spec, language = self.spec, self.spec.language
        known = known_facts(spec.told("as_of"), spec.told("as_of_model"), self.at, language)
        return (*known, *_made(self.runtime, self.person, language))

    def scorecard(self) -> Document:
        spec = self.spec
        period = Period.parse(spec.period) if spec.period else None
        alike = spec.like_for_like
        asked = Asked(self.person, spec.cuts, period, spec.language, like_for_like=alike)
        view = evaluate_scorecard(self.runtime, asked, spec.name, self.at)
        told = (word("comparisons", spec.language), word("alike", spec.language))
        facts = (told, *self.made) if alike else self.made
        return document_of_scorecard(view, self.person.scope, spec.language, facts)

    def slice(self, *, is_long: bool | None) -> Document | LongTable:
        cube = self.runtime.cubes.model.cube(self.spec.name)
        if not is_long:
            try:
                return self._document(question_of(self.runtime, self.spec.query, cube, self.at))
            except LimitReached as error:
                if is_long is False or error.code == "cancelled":
                    raise
                if self.spec.format not in LONG_FORMATS:
                    raise
        question = self.spec.query, cube, self.spec.language, self.at
        return self._long(asked_long_slice(self.runtime, self.person, *question))

    def facts(self) -> LongTable:
        check_long(self.spec.format)
        cube = self.runtime.cubes.model.cube(self.spec.name)
        question = cube, self.spec.query, self.spec.language, self.at
        return self._long(asked_facts(self.runtime, self.person, *question))

    def _document(self, question: SliceQuestion) -> Document:
        result = ask(
            self.runtime,
            self.person,
            question,
            self.spec.language,
            self.at,
            cancellation=self.cancellation,
        )
        return document_of_slice(result, self.made)

    def _long(self, asked: AskedLong) -> LongTable:
        told = replace(asked, facts=(*asked.facts, *self.made))
        streams, scope = self.runtime.store.streams, self.person.scope
        return long_table(told, streams, self.spec.format, self.at, scope, self.cancellation)


def _made(runtime: Runtime, person: Person, language: str) -> tuple[tuple[str, str], ...]:
    return (
        (word("made_by", language), person.name),
        (word("made_at", language), instant_words(runtime.clock(), language)),
    )
