"""Sentences of the server in the language of the answer: why a load, a job or a value was refused.

They were written down in English, once, when it happened. Here a sentence is found among the shapes
that the server's sentences have, and told in the language of whoever reads, with its own values.
Whatever has no shape is shown as it was written.
"""

import re
from functools import lru_cache

from server.errors import IndicubeError
from server.metadata.jobs import Job
from web.asking_shapes import ASKING
from web.keeping_shapes import KEEPING
from web.phrases import gettext, named
from web.refusal_shapes import REFUSALS
from web.sentence_shapes import SHAPES
from web.sentence_values import value_words
from web.words import language

_PLACE = re.compile(r"%\((\w+)\)s")
_NUMBERS = frozenset(
    ("all", "bytes", "count", "done", "expected", "free", "line", "minutes", "needed", "rows")
)
# Values that may hold sentences of their own; no other one goes on behind a colon or a semicolon.
_FREE = frozenset(("key", "keys", "names", "reason", "ways", "words"))
# Values that are sentences themselves, or parts of one that have a shape.
_SENTENCES = frozenset(("bound", "kinds", "other_sign", "place", "sign", "takes", "thing", "words"))
# A value ends at a colon or a semicolon, but for what somebody wrote, which stands in quotes.
_CLOSED = r"""(?>(?<!\w)'[^']*'(?!\w)|(?<!\w)"[^"]*"(?!\w)|(?!; |: ).)+?"""
_DEEPEST = 6  # sentences in sentences


def in_words(sentence: str) -> str:
    """The sentence in the language of the answer."""
    spoken = language()
    return sentence if spoken == "en" else _told_in(spoken, sentence)


def error_words(error: IndicubeError) -> str:
    """What is wrong, what is allowed where the sentence does not say so, and what to do."""
    parts = [in_words(error.message).rstrip(".。")]
    if any(choice not in error.message for choice in error.allowed):
        parts.append(gettext("allowed: %(names)s", names=", ".join(error.allowed)))
    if error.hint:
        parts.append(in_words(error.hint))
    return gettext("; ").join(parts)


def trouble_words(job: Job) -> str:
    """Why a job failed; of what nobody foresaw the number alone, by which the log tells the rest.

    Such an error's own words may name a path or a statement.
    """
    if job.error_code == "unexpected":
        return gettext(
            "Something went wrong on our side; the log tells more of %(number)s.", number=job.id
        )
    return in_words(job.error or "")


@lru_cache(maxsize=4096)
def _told_in(_language: str, sentence: str) -> str:
    """Many rows are refused in the same few sentences."""
    return _told(sentence, 0)


def _told(sentence: str, depth: int) -> str:
    if depth > _DEEPEST:
        return sentence
    return _as_one(sentence, depth) or _in_pieces(sentence, depth) or sentence


def _as_one(sentence: str, depth: int) -> str | None:
    for text, told, pattern in _patterns():
        if told in sentence and (found := pattern.fullmatch(sentence)):
            values = {name: _value(name, value, depth) for name, value in found.groupdict().items()}
            return gettext(text, **values)
    return None


def _in_pieces(sentence: str, depth: int) -> str | None:
    """Sentences one after the other, or one about what stands before its colon."""
    pieces = sentence.split("; ")
    if len(pieces) > 1:
        told = [_told(piece, depth + 1) for piece in pieces]
        return gettext("; ").join(told) if told != pieces else None
    before, colon, rest = sentence.partition(": ")
    if not colon:
        return None
    first, second = _told(before, depth + 1), _told(rest, depth + 1)
    if (first, second) == (before, rest):
        return None
    return named(first, second)


def _value(name: str, value: str, depth: int) -> str:
    return _told(value, depth + 1) if name in _SENTENCES else value_words(name, value)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """The shapes, those that say most first, so that none is taken for a more general one.

    Each with the longest piece of it that has no value, which is looked for before its pattern.
    """
    every = (*SHAPES, *REFUSALS, *ASKING, *KEEPING)
    texts = sorted({one.text for one in every}, key=lambda text: -len(_PLACE.sub("", text)))
    return tuple(
        (text, max(_PLACE.split(text)[::2], key=len), re.compile(_pattern(text), re.DOTALL))
        for text in texts
    )


def _pattern(text: str) -> str:
    pieces = _PLACE.split(text)
    return "".join(
        re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>{_of(piece)})"
        for place, piece in enumerate(pieces)
    )


def _of(name: str) -> str:
    if name in _NUMBERS:
        return r"[\d,]+"
    return ".+?" if name in _FREE else _CLOSED
