"""Sentences of the server in the language of the answer: why a load, a job or a value was refused.

They were written down in English, once, when it happened. Here a sentence is found among the shapes
that the server's sentences have, and told in the language of whoever reads, with its own values.
Whatever has no shape is shown as it was written.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from server.access import Permission, Role
from server.metadata.jobs import Job
from web.phrases import gettext
from web.refusal_shapes import REFUSALS
from web.rule_words import right_words, role_words
from web.sentence_shapes import SHAPES
from web.words import language

_PLACE = re.compile(r"%\((\w+)\)s")
_NUMBERS = frozenset(
    ("all", "bytes", "count", "done", "expected", "free", "line", "minutes", "needed", "rows")
)
# Values that may hold sentences of their own; no other one goes on behind a colon or a semicolon.
_FREE = frozenset(("key", "keys", "names", "reason", "ways", "words"))
_DEEPEST = 6  # sentences in sentences


def in_words(sentence: str) -> str:
    """The sentence in the language of the answer."""
    return sentence if language() == "en" else _told(sentence, 0)


def trouble_words(job: Job) -> str:
    """Why a job failed; of what nobody foresaw the number alone, by which the log tells the rest.

    Such an error's own words may name a path or a statement.
    """
    if job.error_code == "unexpected":
        return gettext(
            "Something went wrong on our side; the log tells more of %(number)s.", number=job.id
        )
    return in_words(job.error or "")


def _told(sentence: str, depth: int) -> str:
    if depth > _DEEPEST:
        return sentence
    return _as_one(sentence, depth) or _in_pieces(sentence, depth) or sentence


def _as_one(sentence: str, depth: int) -> str | None:
    for text, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
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
    return gettext("%(before)s: %(rest)s", before=first, rest=second)


def _value(name: str, value: str, depth: int) -> str:
    translate: Mapping[str, Callable[[str], str]] = {
        "words": lambda text: _told(text, depth + 1),
        "sign": lambda text: _told(text, depth + 1),
        "other_sign": lambda text: _told(text, depth + 1),
        "kinds": lambda text: _told(text, depth + 1),
        "place": lambda text: _told(text, depth + 1),
        "thing": lambda text: _told(text, depth + 1),
        "bound": lambda text: _told(text, depth + 1),
        "formats": lambda text: gettext(" or ").join(text.split(" or ")),
        "right": _right,
        "role": _role,
        "state": _state,
        "wanted_state": _state,
        "change": _state,
    }
    return translate[name](value) if name in translate else value


def _right(text: str) -> str:
    return right_words(Permission(text.strip("'")))


def _role(text: str) -> str:
    return role_words(Role(text.strip("'")))


def _state(text: str) -> str:
    known = {
        "received": gettext("received"),
        "parsed": gettext("parsed"),
        "stored": gettext("stored"),
        "verified": gettext("verified"),
        "published": gettext("published"),
        "held": gettext("held"),
        "rejected": gettext("rejected"),
        "abandoned": gettext("abandoned"),
        "withdrawn": gettext("withdrawn"),
        "restored": gettext("restored"),
    }
    return known.get(text, text)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The shapes, those that say most first, so that none is taken for a more general one."""
    every = (*SHAPES, *REFUSALS)
    texts = sorted({one.text for one in every}, key=lambda text: -len(_PLACE.sub("", text)))
    return tuple((text, re.compile(_pattern(text), re.DOTALL)) for text in texts)


def _pattern(text: str) -> str:
    pieces = _PLACE.split(text)
    return "".join(
        re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>{_of(piece)})"
        for place, piece in enumerate(pieces)
    )


def _of(name: str) -> str:
    if name in _NUMBERS:
        return r"[\d,]+"
    return ".+?" if name in _FREE else "(?:(?!; |: ).)+?"
