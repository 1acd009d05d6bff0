"""Text from facts and people, made harmless for files that spreadsheets open: here and in SQL.

A spreadsheet that opens a CSV file runs every cell that begins like a formula. Such text gets an
apostrophe in front; where the file is split at other separators than ours, so does each part.
The engine does the same with the same expressions where it writes the file itself.
"""

import re
from typing import Literal, Protocol

TextForm = Literal["as they are", "printable", "harmless"]


class Parameters(Protocol):
    """Whatever gathers the typed parameters of a statement."""

    def parameter(self, name: str, column_type: str, value: object, /) -> str:
        """The parameter as it stands in SQL."""


_CONTROL = "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
_NOTHING = "\x00"  # apart: it cannot stand in an expression of the engine
_UNPRINTABLE = "\ufffd"
# Signs that begin a formula, also in their full width; what may stand before them unnoticed; where
# a part begins. No sign is in two of the three: what is found never overlaps.
_FORMULA = "=+\\-@＝＋－＠−﹦﹢﹣﹫"
_UNSEEN = " \u0085\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\"'"
_PART = ";\t\r\n"
_LIVE, _STILLED = f"(^|[{_PART}])([{_UNSEEN}]*[{_FORMULA}])", r"\1'\2"
_FIRST, _AFTER = "^([\t\r\n])", r"'\1"

_control = re.compile(f"[{_NOTHING}{_CONTROL[1:]}")
_live = re.compile(_LIVE)
_first = re.compile(_FIRST)


def printable(text: str) -> str:
    """The text without control characters, which no file format can carry; line ends stay."""
    return _control.sub(_UNPRINTABLE, text)


def harmless(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula."""
    return _first.sub(_AFTER, _live.sub(_STILLED, printable(text)))


def in_form(terms: Parameters, text: str, form: TextForm) -> str:
    """The expression of a text in one of its forms."""
    if form == "as they are":
        return text
    return harmless_sql(terms, text) if form == "harmless" else printable_sql(terms, text)


def printable_sql(terms: Parameters, text: str) -> str:
    """The expression that is `printable` of another one."""
    unprintable = terms.parameter("unprintable", "String", _UNPRINTABLE)
    control = terms.parameter("control", "String", _CONTROL)
    without = f"replaceAll({text}, char(0), {unprintable})"
    return f"replaceRegexpAll({without}, {control}, {unprintable})"


def harmless_sql(terms: Parameters, text: str) -> str:
    """The expression that is `harmless` of another one."""
    live, stilled = (
        terms.parameter("live", "String", _LIVE),
        terms.parameter("stilled", "String", _STILLED),
    )
    first, after = (
        terms.parameter("first_sign", "String", _FIRST),
        terms.parameter("after_it", "String", _AFTER),
    )
    quiet = f"replaceRegexpAll({printable_sql(terms, text)}, {live}, {stilled})"
    return f"replaceRegexpOne({quiet}, {first}, {after})"
