"""What a question has, in words by which questions are counted."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from tests.truth.modified import ModifiedQuestion
from tests.truth.questions import Cut, Question, Relative
from tests.truth.tables import TableWords


def features_of(question: Any) -> list[str]:
    """The words for everything in the question, each once."""
    return sorted({word for part in _parts(question) for word in _words(part)})


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for each in fields(value):
            yield from _parts(getattr(value, each.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _parts(each)


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, Question):
        yield part.membership.replace("_", " ")
        has = {"scope": part.scope.rules, "split": part.split, "page": part.page}
        yield from (word for word, what in has.items() if what)
        yield from ("cut" for _ in part.cuts)
    elif isinstance(part, Relative):
        yield "day counted from today"
    elif isinstance(part, TableWords):
        yield from (word for word in ("columns", "totals", "top") if getattr(part, word))
        yield from (mark for _, mark in part.marks)
    elif isinstance(part, ModifiedQuestion):
        yield from (f"calendar {part.hierarchy}", *part.modifiers, *part.comparisons)
    elif isinstance(part, Cut):
        yield from _words_of_cut(part)


def _words_of_cut(cut: Cut) -> Iterator[str]:
    if cut.is_negated:
        yield "negated cut"
    if cut.attribute:
        yield "cut on an attribute"
    if any(None in path for path in cut.paths):
        yield "cut to what has no value"
