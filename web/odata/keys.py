"""Keys in an address: `('text')`, or `(indicator='a',period='2013-12',organisation='')`."""

from collections.abc import Mapping, Sequence

from server.errors import NotFound
from web.odata.filters import Words
from web.odata.tokens import Token


def read_key(text: str, names: Sequence[str]) -> Mapping[str, str]:
    """The value of each part of a key; NotFound when the text is none."""
    words = Words(text, "key")
    if len(names) == 1 and words.next.kind == "text":
        found = {names[0]: _text(words.take())}
    else:
        found = dict([_part(words)])
        while words.has(","):
            found.update([_part(words)])
    words.end()
    if sorted(found) != sorted(names):
        raise NotFound(f"The key is of {', '.join(names)}.", field="key", allowed=names)
    return found


def _part(words: Words) -> tuple[str, str]:
    name = words.word("a part of the key")
    words.need("=")
    if words.next.kind != "text":
        raise words.wrong("a text")
    return name, _text(words.take())


def _text(token: Token) -> str:
    return token.text[1:-1].replace("''", "'")
