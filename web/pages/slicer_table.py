"""The table of a slice: heads that sort and drill, and cells that lead to their facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from urllib.parse import quote

from flask import url_for

from server.cube.cube_model import CubeModel
from server.cube.cuts import path_text
from server.indicators.absence import Absence, Figure
from server.indicators.rounding import round_half_even
from server.periods import Period
from server.slices import moves
from server.slices.gathering import column_text
from server.slices.question import CHANGES, GROWTHS, Axis
from server.slices.result import Column, Path, ResultRow, SliceResult, ValueHead
from web.figures import MINUS, Shown, absent, decimal_text
from web.pages.slicer_links import address, kept, pinned
from web.phrases import gettext
from web.place import with_query
from web.words import day_words, period_words, short_period

_SAFE = ":,/@;"
_LONGEST_CUT = 4_000  # letters; an address has 8,190 at most


@dataclass(frozen=True)
class HeadCell:
    """A head of the table; `sort` orders by it, `drill` goes into its member."""

    label: str
    span: int = 1
    drill: str | None = None
    sort: str | None = None
    sorted_as: str = ""  # ascending, descending or nothing
    unit: str = ""
    kind: str = "cell"
    show: str = "value"


@dataclass(frozen=True)
class BodyCell:
    """A figure with the address of its facts."""

    shown: Shown
    facts: str | None
    carried: str = ""  # a sentence: since when a stock in it is carried on


@dataclass(frozen=True)
class MemberCell:
    """A member on the rows."""

    label: str
    drill: str | None
    span: int = 1
    is_repeated: bool = False


@dataclass(frozen=True)
class BodyRow:
    """A row of the table."""

    kind: str
    members: tuple[MemberCell, ...]
    cells: tuple[BodyCell, ...]
    key: str


@dataclass(frozen=True)
class Table:
    """All that the template walks over."""

    row_heads: tuple[HeadCell, ...]
    column_heads: tuple[tuple[HeadCell, ...], ...]  # one line for each column axis
    value_heads: tuple[HeadCell, ...]  # empty when the columns say enough
    rows: tuple[BodyRow, ...]
    head_lines: int


def table_of(result: SliceResult, cube: CubeModel) -> Table:
    """The answer as a table."""
    making = _Making(result, cube)
    columns = tuple(making.column_heads(level) for level in range(len(result.question.columns)))
    values = making.value_heads()
    return Table(
        row_heads=making.row_heads(),
        column_heads=columns,
        value_heads=values,
        rows=tuple(making.rows()),
        head_lines=len(columns) + bool(values),
    )


def named(line: ResultRow | Column) -> str:
    """What a row or a column is called, for charts: periods in words."""
    if not line.labels:
        return gettext("Total")
    return " · ".join(
        _period_name(period, is_short=False) if period else label
        for label, period in zip(line.labels, line.periods, strict=True)
    )


def shown_figure(figure: Figure, head: ValueHead) -> Shown:
    """A figure of a value head: changes are signed, and toned where the direction is known."""
    if isinstance(figure, Absence):
        return absent(figure)
    if head.show not in (*CHANGES, *GROWTHS):
        number = head.unit.shown(figure, head.decimals)
        return Shown(decimal_text(number) + ("%" if head.unit.scale == 100 else ""))
    number = round_half_even(figure * head.unit.scale, head.decimals)
    sign = "±" if number == 0 else "+" if number > 0 else MINUS
    suffix = "%" if head.unit.scale == 100 else ""
    if head.show in CHANGES and head.unit.is_rate and suffix:
        suffix = gettext(" pp")
    return Shown(
        f"{sign}{decimal_text(abs(number))}{suffix}", tone=_tone(figure, number != 0, head)
    )


def value_words(head: ValueHead) -> str:
    """What a head shows, in words."""
    return {
        "value": head.label,
        "share": gettext("share"),
        "change": gettext("Δ"),
        "growth": gettext("Δ %"),
        "mtd": gettext("MTD"),
        "qtd": gettext("QTD"),
        "ytd": gettext("YTD"),
        "rolling_3": gettext("last 3"),
        "rolling_12": gettext("last 12"),
        "last_year": gettext("PY"),
        "year_change": gettext("Δ PY"),
        "year_growth": gettext("Δ PY %"),
        "ytd_last_year": gettext("YTD PY"),
        "ytd_growth": gettext("Δ YTD %"),
    }[head.show]


def _tone(figure: Fraction, is_seen: bool, head: ValueHead) -> str:
    if not is_seen or not head.direction.sign:
        return ""
    return "good" if figure * head.direction.sign > 0 else "bad"


class _Making:
    """Makes the parts of one table."""

    def __init__(self, result: SliceResult, cube: CubeModel) -> None:
        self._result = result
        self._cube = cube
        self._question = result.question
        self._facts = with_query(
            url_for("slicer_facts.show", name=cube.name),
            [*(("cut", one) for one in self._question.cuts), *pinned(self._question), *kept()],
        )
        self._facts += "&" if "?" in self._facts else "?"

    def row_heads(self) -> tuple[HeadCell, ...]:
        return tuple(
            HeadCell(
                head.level_label,
                sort=address(moves.ordered_by(self._question, head.axis.dimension)),
                sorted_as=self._sorted_as(head.axis.dimension, ""),
            )
            for head in self._result.row_heads
        ) or (HeadCell(""),)

    def column_heads(self, level: int) -> tuple[HeadCell, ...]:
        """One line of the column heads; neighbours with the same member are one head."""
        heads: list[HeadCell] = []
        last: object = None
        width = len(self._result.values)
        for column in self._result.columns:
            mark = (column.paths[: level + 1], len(column.paths) > level)
            if heads and mark == last:
                heads[-1] = _wider(heads[-1], width)
            else:
                heads.append(self._column_head(column, level, width))
            last = mark
        return tuple(heads)

    def value_heads(self) -> tuple[HeadCell, ...]:
        if self._question.columns and len(self._result.values) == 1:
            return ()
        return tuple(
            self._value_head(head, column)
            for column in self._result.columns
            for head in self._result.values
        )

    def rows(self) -> Iterable[BodyRow]:
        column_parts = [
            self._part(self._question.columns, one.paths) for one in self._result.columns
        ]
        before: tuple[Path, ...] = ()
        for row in self._result.rows:
            yield self._row(row, column_parts, before)
            before = row.paths if row.kind == "cell" else ()

    def _row(
        self, row: ResultRow, column_parts: Sequence[str], before: tuple[Path, ...]
    ) -> BodyRow:
        base = (
            self._outside() if row.kind == "others" else self._part(self._question.rows, row.paths)
        )
        width = len(self._result.values)
        cells = tuple(
            BodyCell(
                shown_figure(figure, self._result.values[n % width]),
                self._facts + "&".join(filter(None, (base, column_parts[n // width])))
                if base is not None
                else None,
                _carried_words(since),
            )
            for n, (figure, since) in enumerate(zip(row.cells, row.carried_cells, strict=True))
        )
        key = column_text(row.paths) or row.kind
        return BodyRow(row.kind, self._members(row, before), cells, f"{row.kind}-{key}")

    def _outside(self) -> str | None:
        """The part of an address that means the facts outside the top; None when it is too long."""
        cut = self._result.top_cut
        if cut is None:  # no member is in the top: then every fact is outside it
            return ""
        return f"outside={quote(cut, safe=_SAFE)}" if len(cut) <= _LONGEST_CUT else None

    def _members(self, row: ResultRow, before: tuple[Path, ...]) -> tuple[MemberCell, ...]:
        width = max(1, len(self._question.rows))
        if row.kind == "others":
            return (MemberCell(gettext("Others"), None, width),)
        if row.kind == "total":
            return (MemberCell(gettext("Total"), None, width),)
        names = [
            MemberCell(
                self._member_name(row, n),
                self._drill(self._question.rows[n], path),
                is_repeated=row.kind == "cell" and before[: n + 1] == row.paths[: n + 1],
            )
            for n, path in enumerate(row.paths)
        ]
        if row.kind == "subtotal":
            total = gettext("Total %(member)s", member=names[-1].label)
            names.append(MemberCell(total, None, width - len(names)))
        return tuple(names)

    def _member_name(self, row: ResultRow, number: int) -> str:
        period = row.periods[number]
        return _period_name(period, is_short=False) if period else row.labels[number]

    def _column_head(self, column: Column, level: int, width: int) -> HeadCell:
        if level >= len(column.paths):
            label = _total_name(column) if level == len(column.paths) else ""
            return HeadCell(label, width, sort=self._sort_alone(column), kind=column.kind)
        axis, path = self._question.columns[level], column.paths[level]
        period = column.periods[level]
        label = _period_name(period, is_short=True) if period else column.labels[level]
        is_last = level == len(self._question.columns) - 1
        return HeadCell(
            label,
            width,
            drill=self._drill(axis, path),
            sort=self._sort_alone(column) if is_last else None,
            sorted_as=self._sorted_alone(column) if is_last else "",
            kind=column.kind,
        )

    def _value_head(self, head: ValueHead, column: Column) -> HeadCell:
        name, place = head.value.reference, column_text(column.paths)
        is_sortable = head.show == "value"
        unit = head.cell_unit.symbol.in_language(self._result.language)
        return HeadCell(
            value_words(head),
            sort=address(moves.ordered_by(self._question, name, place)) if is_sortable else None,
            sorted_as=self._sorted_as(name, place) if is_sortable else "",
            unit="" if unit == "%" or not is_sortable else unit,
            kind=column.kind,
            show=head.show,
        )

    def _sort_alone(self, column: Column) -> str | None:
        """Sorting by the head of a column, where there is one value only."""
        if len(self._result.values) > 1 or not self._question.rows:
            return None
        name = self._result.values[0].value.reference
        return address(moves.ordered_by(self._question, name, column_text(column.paths)))

    def _sorted_alone(self, column: Column) -> str:
        if len(self._result.values) > 1:
            return ""
        return self._sorted_as(self._result.values[0].value.reference, column_text(column.paths))

    def _sorted_as(self, by: str, column: str) -> str:
        first = self._question.order[0] if self._question.order else None
        if first is None or (first.by, first.column) != (by, column):
            return ""
        return "descending" if first.is_descending else "ascending"

    def _drill(self, axis: Axis, path: Path) -> str | None:
        hierarchy = self._cube.dimension(axis.dimension).hierarchy(axis.hierarchy)
        if hierarchy is None or hierarchy.depth_of(axis.level) >= len(hierarchy.levels):
            return None
        return address(moves.drilled(self._question, self._cube, axis, path))

    def _part(self, axes: Sequence[Axis], paths: Sequence[Path]) -> str:
        texts = (
            f"{axis.dimension}@{axis.hierarchy}:{path_text(path)}"
            for axis, path in zip(axes, paths, strict=False)
        )
        return "&".join(f"cut={quote(text, safe=_SAFE)}" for text in texts)


def _carried_words(since: date | None) -> str:
    if since is None:
        return ""
    return gettext("With stocks carried on; the oldest is of %(day)s.", day=day_words(since))


def _total_name(column: Column) -> str:
    """What a total is called: the member whose total it is, if there is one."""
    if not column.paths:
        return gettext("Total")
    period = column.periods[-1]
    member = _period_name(period, is_short=True) if period else column.labels[-1]
    return gettext("Total %(member)s", member=member)


def _wider(head: HeadCell, more: int) -> HeadCell:
    return HeadCell(
        head.label, head.span + more, head.drill, head.sort, head.sorted_as, kind=head.kind
    )


def _period_name(period: Period, *, is_short: bool) -> str:
    if not is_short:
        return period_words(period)
    label = short_period(period)
    if period.kind == "year":
        return label
    return gettext("%(period)s %(year)s", period=label, year=period.year)
