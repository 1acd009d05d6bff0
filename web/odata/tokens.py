"""The words of an OData expression, each with the place where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.errors import InvalidInput

MOST_LENGTH = 8_000
MOST_TOKENS = 6_000

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FORMS = (
    ("space", r"[ \t\r\n]+"),
    ("text", r"'(?:[^']|'')*'"),
    ("moment", rf"{_DAY}T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,12}})?)?"
     r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"),
    ("date", rf"{_DAY}(?![\w.])"),
    ("number", r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])"),
    ("word", r"\$?[^\W\d]\w*"),  # of letters of any language, as models name things
    ("sign", r"[(),/=@:*]"),
)  # fmt: skip
_TOKEN = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in _FORMS))


@dataclass(frozen=True)
class Token:
    """One word; of the kind `end` after the last."""

    kind: str
    text: str
    at: int


def tokens_of(text: str, field: str) -> tuple[Token, ...]:
    """The words without the space between them; `field` is the option that they stand in."""
    if len(text) > MOST_LENGTH:
        raise InvalidInput(f"{field} has more than {MOST_LENGTH:,} characters.", field=field)
    found = tuple(_words(text, field))
    if len(found) > MOST_TOKENS:
        raise InvalidInput(f"{field} has more than {MOST_TOKENS:,} words.", field=field)
    return found


def _words(text: str, field: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidInput(
                f"{field} cannot be read at character {at + 1}: {text[at : at + 20]!r}.",
                code="syntax",
                field=field,
            )
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match.group(), at)
        at = match.end()
    yield Token("end", "", at)
