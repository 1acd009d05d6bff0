"""The limits of a question as a sentence: which one was passed, what it is, who may raise it."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.errors import LimitReached
from server.store.address import Address, Server


@dataclass(frozen=True)
class Bound:
    """One limit: its value in words, and the setting that holds it."""

    value: str
    variable: str


Bounds = Mapping[str, Bound]  # by the engine's name of the limit
NO_BOUNDS: Bounds = {}

_CUT = "cut it to fewer periods or members, or drill down less"
_CANCELLED = 394
_TOO_MANY_ROWS = 158
# The engine's error code: the name of its limit, what the question does, what can be done.
_PASSED = {
    159: ("max_execution_time", "takes longer than", "takes too long", _CUT),
    241: ("max_memory_usage", "takes more memory than", "takes too much memory", _CUT),
    307: ("max_bytes_to_read", "reads more than", "reads too much", _CUT),
    396: ("max_result_rows", "answers more than", "has too many rows", f"{_CUT}; or ask by page"),
    158: ("max_rows_to_read", "reads more than", "reads too many rows", _CUT),
}
_GROUPS = (
    "max_rows_to_group_by",
    "makes more groups than",
    "makes too many groups",
    "drill down to a higher level, or cut to fewer members",
)
LIMIT_CODES = frozenset({*_PASSED, _CANCELLED})


def passed(code: int, text: str, address: Address, bounds: Bounds) -> LimitReached:
    """The error for a limit that was passed; `text` is what the engine says."""
    if code == _CANCELLED:
        return LimitReached("the question to the facts was cancelled", code="cancelled")
    is_of_groups = code == _TOO_MANY_ROWS and "GROUP BY" in text
    name, beyond, too_much, remedy = _GROUPS if is_of_groups else _PASSED[code]
    bound = None if isinstance(address, Server) else bounds.get(name)
    what = f"{beyond} {bound.value}" if bound else too_much
    whose = bound.variable if bound else f"{name} of the readers' profile in ClickHouse"
    hint = f"{remedy}; whoever runs Indicube may raise {whose}"
    return LimitReached(f"the question to the facts {what}", hint=hint)


def in_bytes(count: int) -> str:
    """A number of bytes as people say it."""
    for size, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
