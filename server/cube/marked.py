"""Marks: further figures of every row, worked out from the figures of the rows around it.

| Mark | Is |
|---|---|
| `share` | the part of the row above: one level up, or without the last drill-down |
| `share_of_total` | the part of the whole cell |
| `rank` | the place among the members of the last drill-down, and how many share it |
| `running` | the total so far along the last drill-down, in the order of the rows |
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from server.cube.grains import Grain, Row, Source, key_reader, parent_of, text_of_grain
from server.cube.marks import Rank, ranks, running, share
from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure

SHARE, SHARE_OF_TOTAL, RANK, RUNNING = "share", "share_of_total", "rank", "running"
MARKS = (SHARE, SHARE_OF_TOTAL, RANK, RUNNING)
ABSENCES = "absences"  # of a row: why a figure of it is none, by name

_EXACT = Context(prec=400)
_SHARED_BY = "shared_by"


@dataclass(frozen=True)
class Mark:
    """One mark of one figure."""

    figure: str
    kind: str

    @property
    def name(self) -> str:
        """Its name in the rows."""
        return f"{self.figure}__{self.kind}"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it puts into a row."""
        return (self.name, f"{self.name}_{_SHARED_BY}") if self.kind == RANK else (self.name,)


def read_marks(asked: Iterable[str], figures: Sequence[str]) -> tuple[Mark, ...]:
    """The marks in texts such as `share`, for every figure, or `flights:share`, for one."""
    found: dict[Mark, None] = {}
    for text in asked:
        figure, _, kind = text.rpartition(":")
        if kind not in MARKS or (figure and figure not in figures):
            raise InvalidInput(
                f"There is no mark {text[:100]!r}; write one of {', '.join(MARKS)}, alone or after "
                f"one of {', '.join(figures)} and a colon.",
                code="invalid_mark",
                field="marks",
                allowed=(*MARKS, *figures),
            )
        found.update(dict.fromkeys(Mark(one, kind) for one in ([figure] if figure else figures)))
    return tuple(found)


def mark_rows(rows: Sequence[Row], grain: Grain, marks: Iterable[Mark], source: Source) -> None:
    """Put the marks of some kinds into all rows of a grain, which stand in their order."""
    above: dict[str, dict[Any, Row]] = {}
    for mark in marks:
        if mark.kind in (SHARE, SHARE_OF_TOTAL):
            whole = parent_of(grain) if mark.kind == SHARE else ()
            text = text_of_grain(whole)
            if text not in above:
                read = key_reader(whole)
                above[text] = {read(row): row for row in source.rows(whole)}
            over = grain[-1:] if whole else grain
            adds = source.adds_up(mark.figure, [drill.dimension for drill in over])
            _put_shares(rows, mark, whole, above[text] if adds else None)
        else:
            for group in _groups(rows, grain[:-1]):
                _put_places(group, grain, mark, source)


def figure_in(row: Row, name: str) -> Figure:
    """A figure of a row: exact, or why there is none."""
    value = row.get(name)
    if value is None:
        return Absence(row.get(ABSENCES, {}).get(name, Absence.NOT_APPLICABLE))
    return value if isinstance(value, Fraction) else Fraction(value)


def put_figure(row: Row, name: str, figure: Figure, like: Any = None) -> None:
    """Put a figure into a row, as a whole number or a decimal where its like is one."""
    if isinstance(figure, Absence):
        row[name] = None
        row[ABSENCES] = {**row.get(ABSENCES, {}), name: str(figure)}
    else:
        row[name] = _plain(figure, like)


def _put_shares(
    rows: Iterable[Row], mark: Mark, whole: Grain, above: dict[Any, Row] | None
) -> None:
    read = key_reader(whole)
    for row in rows:
        found: Figure = Absence.NOT_APPLICABLE
        if above is not None:
            upper = above.get(read(row), {})
            found = share(figure_in(row, mark.figure), figure_in(upper, mark.figure))
        put_figure(row, mark.name, found)


def _put_places(rows: Sequence[Row], grain: Grain, mark: Mark, source: Source) -> None:
    figures = [figure_in(row, mark.figure) for row in rows]
    if mark.kind == RANK:
        names = mark.names
        for row, rank in zip(rows, ranks(figures), strict=True):
            _put_rank(row, names, rank)
        return
    likes = [row.get(mark.figure) for row in rows]
    adds = source.adds_up(mark.figure, [grain[-1].dimension])
    totals = running(figures) if adds else [Absence.NOT_APPLICABLE] * len(rows)
    name = mark.name
    for row, total, like in zip(rows, totals, likes, strict=True):
        put_figure(row, name, total, like)


def _put_rank(row: Row, names: Sequence[str], rank: Rank | Absence) -> None:
    if isinstance(rank, Absence):
        for name in names:
            put_figure(row, name, rank)
        return
    row.update(zip(names, (rank.place, rank.shared_by), strict=True))


def _groups(rows: Iterable[Row], grain: Grain) -> Iterable[list[Row]]:
    """The rows by the members of a coarser grain, in their order."""
    found: dict[Any, list[Row]] = {}
    read = key_reader(grain)
    for row in rows:
        found.setdefault(read(row), []).append(row)
    return found.values()


def _plain(figure: Fraction, like: Any) -> int | Decimal | Fraction:
    if isinstance(like, int) and figure.denominator == 1:
        return figure.numerator
    if not isinstance(like, Decimal):
        return figure
    exponent = like.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    parts, left = divmod(10**scale, figure.denominator)
    if left:
        return figure
    return Decimal(figure.numerator * parts).scaleb(-scale, _EXACT)
