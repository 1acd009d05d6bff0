"""PURE: a contract of arrival: which periods of whom a source promises, and by when.

It stands in the load specification, as `[arrival]`:

    [arrival]
    every = "month"                 # the span of the source's scope: day, month, quarter, year
    by = "carrier"                  # the part of the scope that tells organisations apart
    expected = ["AA", "B6"]         # left out: all members of the dimension that `by` belongs to
    due = "5 days"                  # after the end of the period
    since = "2013-01"               # left out: from the first period that arrived
    until = "2013-12"               # left out: for ever
    required = true                 # else the cube's watermark does not wait for it
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from server.errors import IndicubeError, InvalidInput
from server.periods import Kind, Period

SPANS: tuple[Kind, ...] = ("day", "month", "quarter", "year")
MOST_DAYS = 3660
_KNOWN = ("every", "by", "expected", "due", "since", "until", "required")
_DUE = re.compile(r"([0-9]{1,4}) days?", re.ASCII)


@dataclass(frozen=True)
class Contract:
    """What one source promises to send."""

    source: str
    table: str
    every: Kind
    by: str = ""  # a column of the table; empty: the source is whole or it is not there
    expected: tuple[str, ...] | None = None  # None: the members of the dimension
    due_days: int = 0
    since: Period | None = None
    is_required: bool = True
    until: Period | None = None  # the last period that is promised


def read_contract(
    written: object, source: str, table: str, scope: Sequence[str], place: str
) -> tuple[Contract | None, tuple[IndicubeError, ...]]:
    """The contract that `[arrival]` says, or every mistake in it.

    `scope` are the parts of the source's scope as they are written: only what is restated part by
    part says of every part, an empty one too, that it has arrived.
    """
    reading = _Reading(written if isinstance(written, Mapping) else {}, tuple(scope), place)
    if not isinstance(written, Mapping):
        reading.mistake("", "it is a table, [arrival]")
    contract = Contract(
        source=source,
        table=table,
        every=reading.every(),
        by=reading.by(),
        expected=reading.expected(),
        due_days=reading.due_days(),
        since=reading.period("since"),
        is_required=reading.is_required(),
        until=reading.period("until"),
    )
    reading.refuse_unknown()
    if contract.since and contract.until and contract.until.first_day < contract.since.first_day:
        reading.mistake("until", f"{contract.until} is before {contract.since}")
    errors = tuple(reading.mistakes)
    return (None if errors else contract), errors


class _Reading:
    """Reads one table field by field and keeps what is wrong."""

    def __init__(self, written: Mapping[str, Any], scope: tuple[str, ...], place: str) -> None:
        self.written = written
        self.spans = {
            one.partition("(")[0]: one for one in scope if "(" in one and one.endswith(")")
        }
        self.plain = tuple(one for one in scope if "(" not in one)
        self.place = place
        self.mistakes: list[IndicubeError] = []

    def mistake(self, field: str, sentence: str, allowed: Sequence[str] = ()) -> None:
        where = f"arrival.{field}" if field else "arrival"
        self.mistakes.append(
            InvalidInput(f"{self.place}: {where}: {sentence}", field=self.place, allowed=allowed)
        )

    def every(self) -> Kind:
        said = self.written.get("every")
        if said in get_args(Kind) and said in SPANS and (said in self.spans or said == "day"):
            return next(kind for kind in SPANS if kind == said)
        allowed = tuple(self.spans) or SPANS
        self.mistake("every", f"{said!r} is no span of the source's scope", allowed)
        return "month"

    def by(self) -> str:
        said = self.written.get("by", "")
        one = said[0] if isinstance(said, list) and len(said) == 1 else said
        if one and one not in self.plain:
            self.mistake("by", f"{one!r} is no part of the source's scope", self.plain)
        elif not one and [each for each in self.plain if self.written.get("every") != "day"]:
            self.mistake("by", "it is missing: the scope is by more than time", self.plain)
        return str(one)

    def expected(self) -> tuple[str, ...] | None:
        said = self.written.get("expected")
        if said in (None, "members"):
            return None
        if not isinstance(said, list) or not said or not all(isinstance(x, str) for x in said):
            self.mistake("expected", 'it is a list of texts, or "members"')
            return None
        if not self.written.get("by"):
            self.mistake("expected", "it needs `by`")
        return tuple(dict.fromkeys(said))

    def due_days(self) -> int:
        said = self.written.get("due", "0 days")
        found = _DUE.fullmatch(said) if isinstance(said, str) else None
        if found is None or int(found.group(1)) > MOST_DAYS:
            self.mistake("due", f"{said!r} is not like 5 days, at most {MOST_DAYS}", ("5 days",))
            return 0
        return int(found.group(1))

    def period(self, field: str) -> Period | None:
        said = self.written.get(field)
        if said is None:
            return None
        try:
            period = Period.parse(str(said))
        except InvalidInput as error:
            self.mistake(field, error.message, error.allowed)
            return None
        if period.kind != self.written.get("every"):
            self.mistake(field, f"{said} is a {period.kind}, not a {self.written.get('every')}")
        return period

    def is_required(self) -> bool:
        said = self.written.get("required", True)
        if not isinstance(said, bool):
            self.mistake("required", "it is true or false", ("true", "false"))
        return said is True

    def refuse_unknown(self) -> None:
        for name in self.written:
            if name not in _KNOWN:
                self.mistake(str(name), f"there is no such key; there are {', '.join(_KNOWN)}")


def values_of(scope_key: str) -> dict[str, str]:
    r"""The values of a scope key such as `month=2013-01,carrier=AA`; `\` escapes `,` `=` `\`."""
    return dict(_pairs(scope_key))


def _pairs(scope_key: str) -> Iterator[tuple[str, str]]:
    for piece in re.findall(r"(?:\\.|[^\\,])+", scope_key):
        found = re.fullmatch(r"((?:\\.|[^\\,=])*)=((?:\\.|[^\\,=])*)", piece)
        if found:
            yield found.group(1), re.sub(r"\\(.)", r"\1", found.group(2))
