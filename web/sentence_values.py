"""Values that stand in sentences of the server as English words, in the language of the answer."""

from collections.abc import Callable, Mapping

from server.access import Permission, Role
from web.events import event_words
from web.phrases import gettext
from web.rule_words import right_words, role_words


def value_words(name: str, text: str) -> str:
    """The value at a place of a sentence; what is no word of ours stays as it is."""
    return _VALUES[name](text) if name in _VALUES else text


def _right(text: str) -> str:
    return right_words(Permission(text.strip("'")))


def _role(text: str) -> str:
    return role_words(Role(text.strip("'")))


def _choices(text: str) -> str:
    return gettext(" or ").join(text.split(" or "))


def _several(text: str) -> str:
    return gettext(" and ").join(text.split(" and "))


def _listed(text: str) -> str:
    return gettext("nothing") if text == "nothing" else text


def _grain(text: str) -> str:
    known = {
        "year": gettext("year"),
        "quarter": gettext("quarter"),
        "month": gettext("month"),
        "week": gettext("week"),
        "day": gettext("day"),
        "ISO year": gettext("ISO year"),
        "ISO week": gettext("ISO week"),
        "ISO weekday": gettext("ISO weekday"),
        "period": gettext("period of a calendar"),
    }
    return known.get(text, text)


def _grains(text: str) -> str:
    """Such as `year 2013, week 54`."""
    named = (part.rpartition(" ") for part in text.split(", "))
    return gettext(", ").join(f"{_grain(grain)} {number}".strip() for grain, _, number in named)


def _noun(text: str) -> str:
    """What a question is made of, or an answer has too many of."""
    known = {
        "dimension": gettext("dimension"),
        "aggregate": gettext("aggregate"),
        "measure": gettext("measure"),
        "indicator": gettext("indicator"),
        "scorecard": gettext("scorecard"),
        "slice": gettext("slice"),
        "cuts": gettext("filters of a question"),
        "paths in one set": gettext("members in one filter"),
        "rows": gettext("rows of a table"),
        "columns": gettext("columns of a table"),
        "cells": gettext("cells of a table"),
        "groups": gettext("groups"),
        "value": gettext("values of a question"),
        "order": gettext("sort orders"),
    }
    return known.get(text, text)


def _tile(text: str) -> str:
    return {"ranking": gettext("ranking"), "table": gettext("table")}.get(text, text)


def _part(text: str) -> str:
    known = {"title": gettext("title"), "text": gettext("text"), "query": gettext("question")}
    return known.get(text, text)


_VALUES: Mapping[str, Callable[[str], str]] = {
    "right": _right,
    "role": _role,
    "formats": _choices,
    "cubes": _several,
    "listed": _listed,
    "state": event_words,
    "wanted_state": event_words,
    "change": event_words,
    "grain": _grain,
    "grains": _grains,
    "noun": _noun,
    "tile": _tile,
    "part": _part,
}
