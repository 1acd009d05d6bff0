"""Checks and answers the question of a link, with the rights and the scope of a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from server.access import Permission, Person
from server.cube.elements import AS_WAS, MEMBERSHIPS
from server.errors import InvalidInput, NotAllowed
from server.links.of_cube import CubeQuestion
from server.links.of_indicators import table_of_scorecard, table_of_series
from server.links.of_slice import table_of_slice
from server.links.table import LinkTable
from server.metadata.links import Kind, Question
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.figure import indicator_figure
from server.scorecards.slicing import Cuts, read_path
from server.slices.ask import ask
from server.slices.question import SliceQuestion, write_question
from server.slices.reading import question_of
from server.snapshot import Snapshot, parse_as_of, parse_as_of_model

Words = Mapping[str, tuple[str, ...]]

_CLOCKS = ("as_of", "as_of_model")
_STANDING = ("period", "cut", *_CLOCKS)
# What each kind may ask, and the right that it needs beside that of programs.
_WORDS: Mapping[Kind, tuple[str, ...]] = {
    "slice": (
        *("rows", "columns", "value", "cut", "order", "top", "totals", "chart", "membership"),
        *_CLOCKS,
    ),
    "scorecard": _STANDING,
    "indicator": _STANDING,
    "aggregate": ("cut", "drilldown", "aggregates", "order", "membership", *_CLOCKS),
}
_RIGHTS: Mapping[Kind, Permission] = {
    "slice": Permission.SLICE,
    "scorecard": Permission.VIEW,
    "indicator": Permission.VIEW,
    "aggregate": Permission.SLICE,
}


def checked(runtime: Runtime, person: Person, question: Question) -> Question:
    """The question in its own form, if the person may ask it; mistakes are raised.

    Nothing is asked of the facts.
    """
    check_rights(person, question)
    words = _words(question)
    snapshot = _snapshot(runtime, words)
    if question.kind == "slice":
        asked = _slice(runtime, question)
        return Question("slice", asked.cube, urlencode(write_question(asked)))
    if question.kind == "aggregate":
        _of_cube(runtime, person, question, snapshot, "en").check()
    else:
        _asked(person, words, "en")
        catalogue = read_catalogue(runtime.metadata, snapshot.definitions)
        is_card = question.kind == "scorecard"
        (catalogue.scorecard if is_card else catalogue.indicator)(question.subject)
    pairs = [(name, text) for name, texts in words.items() for text in texts]
    return Question(question.kind, question.subject, urlencode(pairs))


def check_rights(person: Person, question: Question) -> None:
    """Raise `NotAllowed` unless the person may ask this as a program."""
    for right in (_RIGHTS[question.kind], Permission.API):
        if not person.may(right):
            raise NotAllowed(f"This needs the right {right.value!r}.", field="kind")


def snapshot_of(runtime: Runtime, question: Question) -> Snapshot:
    """The state that the question is asked at."""
    return _snapshot(runtime, _words(question))


def cubes_of(question: Question) -> tuple[str, ...] | None:
    """The cubes that are read for it; None: any of them."""
    return (question.subject,) if question.kind == "aggregate" else None


def answer(
    runtime: Runtime, person: Person, question: Question, snapshot: Snapshot, language: str
) -> LinkTable:
    """The table that a question is answered with."""
    check_rights(person, question)
    return _ANSWERS[question.kind](_Asking(runtime, person, question, snapshot, language))


@dataclass(frozen=True)
class _Asking:
    """Who asks what, at which state and in which language."""

    runtime: Runtime
    person: Person
    question: Question
    snapshot: Snapshot
    language: str

    @property
    def asked(self) -> Asked:
        """The same as use cases of figures take it."""
        return _asked(self.person, _words(self.question), self.language)


def _slice_table(one: _Asking) -> LinkTable:
    question = _slice(one.runtime, one.question)
    found = ask(one.runtime, one.person, question, one.language, one.snapshot)
    return table_of_slice(found, one.runtime.cubes.model.cube(question.cube))


def _scorecard_table(one: _Asking) -> LinkTable:
    view = evaluate_scorecard(one.runtime, one.asked, one.question.subject, one.snapshot)
    return table_of_scorecard(view, one.language)


def _series_table(one: _Asking) -> LinkTable:
    found = indicator_figure(one.runtime, one.asked, one.question.subject, one.snapshot)
    return table_of_series(found)


def _aggregate_table(one: _Asking) -> LinkTable:
    return _of_cube(one.runtime, one.person, one.question, one.snapshot, one.language).table()


_ANSWERS: Mapping[Kind, Callable[[_Asking], LinkTable]] = {
    "slice": _slice_table,
    "scorecard": _scorecard_table,
    "indicator": _series_table,
    "aggregate": _aggregate_table,
}


def _words(question: Question) -> Words:
    allowed = _WORDS[question.kind]
    found: dict[str, tuple[str, ...]] = {}
    for name, text in parse_qsl(question.query, keep_blank_values=True):
        if name not in allowed:
            raise InvalidInput(
                f"A link to a {question.kind} has no {name[:40]!r}.",
                code="unknown_parameter",
                field=name[:40],
                allowed=allowed,
            )
        found[name] = (*found.get(name, ()), text)
    return found


def _one(words: Words, name: str) -> str:
    texts = words.get(name, ())
    if len(texts) > 1:
        raise InvalidInput(f"{name} is given twice.", field=name)
    return texts[0] if texts else ""


def _snapshot(runtime: Runtime, words: Words) -> Snapshot:
    as_of, model = _one(words, "as_of"), _one(words, "as_of_model")
    return runtime.snapshot(
        parse_as_of(as_of) if as_of else None, parse_as_of_model(model) if model else None
    )


def _asked(person: Person, words: Words, language: str) -> Asked:
    period = _one(words, "period")
    paths = dict(_path(text) for text in words.get("cut", ()))
    return Asked(person, Cuts.of(paths), Period.parse(period) if period else None, language)


def _path(text: str) -> tuple[str, tuple[str | None, ...]]:
    name, found, path = text.partition(":")
    if not found or not name.isidentifier():
        raise InvalidInput(
            f"{text[:60]!r} is no cut; write dimension:path, such as organisation:network.",
            field="cut",
        )
    return name, read_path(path)


def _slice(runtime: Runtime, question: Question) -> SliceQuestion:
    _words(question)
    pairs = parse_qsl(question.query, keep_blank_values=True)
    return question_of(runtime, pairs, runtime.cubes.model.cube(question.subject))


def _of_cube(
    runtime: Runtime, person: Person, question: Question, snapshot: Snapshot, language: str
) -> CubeQuestion:
    words = _words(question)
    named = _one(words, "membership") or AS_WAS
    membership = next((one for one in MEMBERSHIPS if one == named), None)
    if membership is None:
        raise InvalidInput("There is no such membership.", field="membership", allowed=MEMBERSHIPS)
    cubes = runtime.cubes
    browser = cubes.browser(question.subject, snapshot, person.scope, language, membership)
    return CubeQuestion(browser, words)
