"""What a reader may be asked: one SELECT, and nothing that the engine's read-only mode lets pass.

chDB runs `INTO OUTFILE` and a second statement even when it is read-only, and `python()` reads this
process; a server stops files and addresses only if the reader's profile was set up for it.

The text is cut into code, strings and comments in the engine's own way; where the engine knows a
kind of quote or comment that is not looked at here, its opening sign is refused, so that nothing
can hide.
"""

import re
from functools import lru_cache

from server.errors import ServerError

_FIRST_WORDS = ("select", "with", "explain")
_FORBIDDEN_WORD = re.compile(r"\b(?:outfile|infile)\b", re.IGNORECASE)
# Functions, and all whose names begin like them, that reach out of the tables of this database.
_FORBIDDEN_CALL = re.compile(
    r"\b(?:arrowstream|azureblob|bigquery|cluster|cosn|deltalake|eval|executable|file|fuzz|gcs|hdfs"
    r"|hudi|iceberg|input|jdbc|mongodb|mysql|odbc|oss|paimon|postgresql|prometheus|python|redis"
    r"|remote|s3|sqlite|url|ytsaurus)\w*\s*\(",
    re.IGNORECASE,
)
_QUOTED_CALL = re.compile(r"`\s*\(")  # the engine takes `file`(…) for file(…)
_WORD = re.compile(r"[\s(]*([a-z]+)", re.IGNORECASE)
# In this order: comments, then strings and quoted names with their escapes, then plain code.
_PART = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<text>    '(?:[^'\\]|\\.|'')*' )
  | (?P<name>    "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*` )
  | (?P<code> [^'"`#$;\\\0/-]+ | /(?!\*) | -(?!-) )
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=1024)  # values are parameters, so that the same few texts come again and again
def check_select(sql: str) -> None:
    """Raise unless the text is one harmless SELECT."""
    code = _code_of(sql)
    first = _WORD.match(code)
    if first is None or first.group(1).lower() not in _FIRST_WORDS:
        raise _refusal("a reader takes a SELECT alone")
    forbidden = _FORBIDDEN_WORD.search(code) or _FORBIDDEN_CALL.search(code)
    if forbidden:
        raise _refusal(f"a reader takes no {forbidden.group().rstrip('( ').upper()}")
    if _QUOTED_CALL.search(code):
        raise _refusal("a reader takes no function whose name is quoted")


def _code_of(sql: str) -> str:
    code: list[str] = []
    position = 0
    while position < len(sql):
        part = _PART.match(sql, position)
        if part is None:
            raise _refusal(f"{sql[position]!r} has no place in a reader's statement")
        code.append("`" if part.group("name") else part.group("code") or " ")
        position = part.end()
    text = "".join(code)
    if not text.isascii():
        raise _refusal("letters outside ASCII stand in a reader's statement, outside of quotes")
    return text


def _refusal(reason: str) -> ServerError:
    return ServerError(f"the statement was refused: {reason}", code="statement_refused")
