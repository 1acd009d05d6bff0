"""A scope written as cuts: `organisation:network,AA|region:America/New_York`."""

import re

from server.access import Scope, ScopeRule
from server.errors import InvalidInput

_FORM = "<dimension>:<member>[,<member below it>…], several separated by |"


def parse_scope(text: str) -> Scope:
    """The scope that the text says; empty text is no limit. `\\` makes , | : and itself plain."""
    if not text.strip():
        return Scope()
    return Scope(tuple(_rule(part) for part in _split(text, "|")))


def write_scope(scope: Scope) -> str:
    """The text of a scope, which reads back as the same."""
    return "|".join(
        f"{rule.dimension}:{','.join(_marked(key) for key in rule.path)}" for rule in scope.rules
    )


def _rule(part: str) -> ScopeRule:
    dimension, *rest = _split(part, ":")
    path = tuple(_plain(key) for key in _split(rest[0], ",")) if len(rest) == 1 else ()
    if (
        not re.fullmatch(r"[a-z][a-z0-9_]*|[A-Za-z0-9_-]+\.\w+", dimension.strip())
        or not path
        or not all(path)
    ):
        raise InvalidInput(
            f"{part!r} is no part of a scope; it must be {_FORM}", field="scope", allowed=(_FORM,)
        )
    return ScopeRule(dimension.strip(), path)


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark that no backslash makes plain."""
    parts = [""]
    letters = iter(text)
    for letter in letters:
        if letter == mark:
            parts.append("")
        else:
            parts[-1] += letter + (next(letters, "") if letter == "\\" else "")
    return parts


def _marked(key: str) -> str:
    return re.sub(r"([\\,|:])", r"\\\1", key)


def _plain(key: str) -> str:
    return re.sub(r"\\(.)", r"\1", key)
