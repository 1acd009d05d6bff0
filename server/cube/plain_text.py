"""PURE: text from facts and people, made harmless for files that spreadsheets open.

A spreadsheet that opens a CSV file runs every cell that begins like a formula. Such text gets an
apostrophe in front; where the file is split at other separators than ours, so does each part.
"""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# Signs that begin a formula, also in their full width; what may stand before them unnoticed.
_FORMULA = r"[=+\-@＝＋－＠−﹦﹢﹣﹫]"
_UNSEEN = r"[\s\u00a0\u200b-\u200f\u2060\ufeff\"']*"
_LIVE = re.compile(rf"(^|[;\t\r\n])(?={_UNSEEN}{_FORMULA})|^(?=[\t\r\n])")


def printable(text: str) -> str:
    """The text without control characters, which no file format can carry; line ends stay."""
    return _CONTROL.sub("\ufffd", text)


def harmless(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula."""
    return _LIVE.sub(r"\1'", printable(text))
