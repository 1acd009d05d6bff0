"""Roll-ups of a cube: which figures the store keeps by which keys, and whom they can answer.

A question is served by a roll-up when all that it asks for can be told from the roll-up's keys:
every level it breaks down to, every cut and every rule of the scope; and when all its figures are
kept. Values are the same either way, a roll-up is only read faster.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from server.store.projections import ProjectionSpec

FACTS = "facts"  # what serves a question that no roll-up does
FEW_ROWS = 200_000  # of a roll-up, which one thread reads in a few milliseconds
Threads = Literal["few"] | None

# What can be told from the first day of a span of time.
_TELLS: Mapping[str, frozenset[str]] = {
    "month": frozenset(("month", "quarter", "year")),
    "quarter": frozenset(("quarter", "year")),
    "year": frozenset(("year",)),
    "iso_week": frozenset(("iso_week", "iso_year")),
    "iso_year": frozenset(("iso_year",)),
}
DAY_PARTS = ("day", "date", "iso_weekday")
PARTS = (*_TELLS, "day")

_COLUMN = re.compile(r"\bfact\.([a-z_][a-z0-9_]*)")
_KEPT = (
    "count", "sum", "sumOrNull", "min", "minOrNull", "maxOrNull", "uniqExact", "uniqCombined64",
    "quantileExactLowOrNull", "quantileExactHighOrNull",
)  # fmt: skip
_CALL = re.compile(rf"(?:{'|'.join(_KEPT)})(?:If)?(?:\([0-9.]+\))?\(.*\)")


@dataclass(frozen=True)
class RollUpKey:
    """One key: a dimension's member, or the span of time that a fact's day is in."""

    dimension: str
    part: str = ""  # of a dimension of time: the span, or `day`

    def tells(self, part: str) -> bool:
        """Whether a part of the date can be told."""
        return self.part == "day" or part in _TELLS.get(self.part, ())

    def borders(self, first: date | None, last: date | None) -> bool:
        """Whether days begin and end where spans do, an open end anywhere."""
        if self.part == "day":
            return True
        follows = last + timedelta(days=1) if last and last < date.max else None
        return self._begins(first) and (last is None or follows is None or self._begins(follows))

    def _begins(self, day: date | None) -> bool:
        if day is None:
            return True
        if self.part == "iso_week":
            return day.isoweekday() == 1
        if self.part == "iso_year":
            return day.isocalendar()[1:] == (1, 1)
        months = {"month": 1, "quarter": 3, "year": 12}.get(self.part, 0)
        return bool(months) and day.day == 1 and (day.month - 1) % months == 0


@dataclass(frozen=True)
class RollUp:
    """One roll-up of a cube; its projection keeps what its aggregates are made of."""

    name: str
    table: str
    keys: tuple[RollUpKey, ...]
    aggregates: tuple[str, ...]  # names of the cube's aggregates
    projection: ProjectionSpec

    @property
    def address(self) -> str:
        """What names it in the store's state: the table and the projection."""
        return f"{self.table}.{self.projection.physical}"

    def key(self, dimension: str) -> RollUpKey | None:
        """The key of a dimension, if it is one."""
        return next((each for each in self.keys if each.dimension == dimension), None)

    def part_of(self, dimension: str) -> str:
        """The span by which it keeps a dimension of time; empty for the day itself."""
        key = self.key(dimension)
        return "" if key is None or key.part in ("", "day") else key.part

    def keeps(self, figures: Iterable[str]) -> bool:
        """Whether all figures, as SQL over `fact`, are worked out from what it keeps."""
        kept = {"count()", *self.projection.aggregates}
        return all(kept_form(each) in kept for each in figures)


def threads_over(roll_up: RollUp | None, rows: Mapping[str, int]) -> Threads:
    """Whether few rows of a roll-up are read: several threads take longer to start than to read.

    Nor does it pay then that the engine looks through the index of the facts, as it would before it
    finds the roll-up.

    `rows` are those of roll-ups by their addresses; of the facts nothing is said.
    """
    is_small = roll_up is not None and rows.get(roll_up.address, FEW_ROWS + 1) <= FEW_ROWS
    return "few" if is_small else None


def kept_form(figure: str) -> str:
    """A figure's aggregate as a projection keeps it, without what is done with it afterwards.

    Empty for what is no single aggregate of a fact's own columns.
    """
    bare = figure
    if bare.startswith("ifNull(") and bare.endswith(", 0)"):
        bare = bare[len("ifNull(") : -len(", 0)")]
    if "{" in bare or "dict" in bare or re.search(r"(?<![\w.`])_\w", bare):
        return ""  # a parameter, a dictionary or a named expression: not of the fact alone
    return _COLUMN.sub(r"`\1`", bare) if _is_one_call(bare) else ""


def _is_one_call(sql: str) -> bool:
    """Whether the text is one call, its last bracket closing the one that holds its arguments."""
    if not _CALL.fullmatch(sql):
        return False
    depth, groups = 0, 0
    for position, letter in enumerate(sql):
        depth += (letter == "(") - (letter == ")")
        if letter == ")" and depth == 0:
            groups += 1
            follows = sql[position + 1 : position + 2]
            if follows not in ("", "("):
                return False
    return depth == 0 and groups <= 2
