"""What was done to loads, and what a publication says of itself, in words.

A publication was written down in English, once: a person's own words stand behind the colon.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from web.phrases import gettext

UNDONE = "Undone"  # the reason that the button to undo writes down
_USUAL: Mapping[str, tuple[str, ...]] = {  # why a load is changed, as far as one word says it
    "withdraw": ("Wrong file", "Incomplete file", "Sent too early"),
    "restore": ("It was right after all",),
    "replay": ("The specification was mended",),
    "approve": ("Checked with the sender",),
    "refuse": ("Wrong file", "Incomplete file"),
}
_IMPORTED = re.compile(r"imported model ([^:]+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Reason:
    """A reason that is given with one click."""

    text: str  # as it is written down
    words: str


def event_words(what: str) -> str:
    """What was done to a load, or the state that it is in, in words."""
    return _events().get(what, what)


def publication_words(what: str) -> str:
    """What a publication did: the table and source that it filled, or a change and its reason."""
    if found := _IMPORTED.fullmatch(what):
        return gettext("imported model %(model)s: %(cubes)s", model=found[1], cubes=found[2])
    done, colon, reason = what.partition(": ")
    words = {name: _events()[name] for name in ("withdrawn", "restored", "corrected")}.get(done)
    if not colon or words is None:
        return what
    return gettext("%(before)s: %(rest)s", before=words, rest=reason_words(reason))


def reason_words(reason: str) -> str:
    """Why something was done: a person's words as they are, the server's own in the language."""
    if _IMPORTED.fullmatch(reason):
        return publication_words(reason)
    return _reasons().get(reason, reason)


def usual_reasons(change: str) -> tuple[Reason, ...]:
    """Why a load is usually changed so."""
    return tuple(Reason(text, reason_words(text)) for text in _USUAL.get(change, ()))


def _reasons() -> Mapping[str, str]:
    return {
        UNDONE: gettext("Undone"),
        "the sample of the pack": gettext("the sample of the pack"),
        "Wrong file": gettext("Wrong file"),
        "Incomplete file": gettext("Incomplete file"),
        "Sent too early": gettext("Sent too early"),
        "It was right after all": gettext("It was right after all"),
        "The specification was mended": gettext("The specification was mended"),
        "Checked with the sender": gettext("Checked with the sender"),
    }


def _events() -> Mapping[str, str]:
    return {
        "received": gettext("received"),
        "parsed": gettext("parsed"),
        "stored": gettext("stored"),
        "verified": gettext("verified"),
        "published": gettext("published"),
        "withdrawn": gettext("withdrawn"),
        "restored": gettext("restored"),
        "corrected": gettext("corrected"),
        "held": gettext("held"),
        "approved": gettext("approved"),
        "refused": gettext("refused"),
        "replayed": gettext("replayed"),
        "abandoned": gettext("abandoned"),
        "rejected": gettext("rejected"),
    }
