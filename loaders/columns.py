"""The columns that a source names, beside those that its specification knows.

Columns are bound by name alone. Whatever is missing, unknown or there twice rejects the source, all
of it named at once, with what was perhaps meant; nothing is guessed.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from loaders.specification import Specification
from server.errors import LoadRejected

_TOLD = 20  # names of one kind
_ALIKE = 0.75  # from which likeness on a name is perhaps another one
_COMPARED = 100  # unknown names that are compared with the lacking ones
_LONGEST = 80  # letters of a name
_OTHER_SIGNS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def check_columns(columns: tuple[str, ...], shown: str, specification: Specification) -> None:
    """Reject a source with other columns than those specified, naming the difference."""
    wanted = tuple(
        dict.fromkeys(
            [column.source for column in specification.columns] + [*specification.ignored_columns]
        )
    )
    told = [*_differences(columns, wanted, specification.delimiter)]
    if told:
        raise LoadRejected(
            f"{shown}: {'; '.join(told)}; {specification.name} reads: {', '.join(wanted)}",
            code="other_columns",
            field="columns",
            allowed=wanted,
            hint="a column that is not to be read is named in ignored_columns of the specification",
        )


def _differences(columns: Sequence[str], wanted: Sequence[str], delimiter: str) -> Iterator[str]:
    lacking = [name for name in wanted if name not in columns]
    unknown = [name for name in dict.fromkeys(columns) if name not in wanted]
    twice = [name for name, times in Counter(columns).items() if times > 1]
    if sign := _other_sign(columns, wanted, delimiter):
        yield f"its columns are parted by {sign}, not by {_OTHER_SIGNS[delimiter]}"
        return
    if len(lacking) == len(wanted):
        yield "its first line names none of the columns"
    elif lacking:
        yield f"it lacks {_named(lacking)}"
    if unknown:
        yield f"it has the unknown {_named(unknown)}"
    for found, meant in _perhaps(unknown, lacking):
        yield f"perhaps {found[:_LONGEST]!r} stands for {meant!r}"
    if twice:
        yield f"it has twice the {_named(twice)}"


def _other_sign(columns: Sequence[str], wanted: Sequence[str], delimiter: str) -> str | None:
    """What parts the columns, where that is all that is wrong with them."""
    if len(columns) != 1 or len(wanted) == 1 or delimiter not in _OTHER_SIGNS:
        return None
    fitting = (sign for sign in _OTHER_SIGNS if {*columns[0].split(sign)} == {*wanted})
    return next((_OTHER_SIGNS[sign] for sign in fitting), None)


def _perhaps(unknown: Sequence[str], lacking: Sequence[str]) -> list[tuple[str, str]]:
    """Which unknown name was perhaps meant for which lacking one, each at most once."""
    pairs = sorted(
        (
            (_likeness(found, meant), found, meant)
            for found in unknown[:_COMPARED]
            for meant in lacking
        ),
        key=lambda pair: -pair[0],
    )
    told: dict[str, str] = {}
    for likeness, found, meant in pairs:
        if likeness >= _ALIKE and found not in told and meant not in told.values():
            told[found] = meant
    return [(found, told[found]) for found in unknown if found in told][:_TOLD]


def _likeness(one: str, other: str) -> float:
    first, second = _letters(one), _letters(other)
    if not first or not second:
        return 0
    return SequenceMatcher(None, first, second).ratio()


def _letters(name: str) -> str:
    """A name without what is easily mistaken: width, case, spaces and signs."""
    plain = unicodedata.normalize("NFKC", name[:_LONGEST]).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _named(names: Sequence[str]) -> str:
    quoted = ", ".join(repr(name[:_LONGEST]) for name in names[:_TOLD])
    if len(names) == 1:
        return f"column {quoted}"
    more = len(names) - _TOLD
    return f"columns {quoted} and {more} more" if more > 0 else f"columns {quoted}"
