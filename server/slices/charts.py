"""The chart of a slice: which kind fits the question, and its definition as plain data.

Definitions are those of `server.scorecards.charts`, with the kinds line, bar, stacked and heat;
their series are members, shown in shades of the actual.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from server.cube.marks import greatest_places
from server.indicators.absence import Absence, Figure
from server.indicators.rounding import round_half_even
from server.slices.result import Column, Path, Paths, ResultRow, SliceResult, ValueHead

Definition = dict[str, object]
Naming = Callable[[ResultRow | Column], str]

MOST_CATEGORIES = 40
MOST_SERIES = 5
MOST_HEAT_SERIES = 24


def fitting_kind(result: SliceResult) -> str:
    """The kind of chart that fits the question; `none` where there is nothing to draw."""
    question = result.question
    if not question.rows or not any(row.kind == "cell" for row in result.rows):
        return "none"
    if _runs(result):
        return "line"
    if not question.columns:
        return "bar"
    return "stacked" if _stacks(result) else "heat"


def allowed_kinds(result: SliceResult) -> tuple[str, ...]:
    """The kinds that can be chosen; a stack only where parts add up."""
    if fitting_kind(result) == "none":
        return ()
    kinds = ["bar"]
    if _runs(result):
        kinds.insert(0, "line")
    if result.question.columns:
        kinds += ["stacked"] if _stacks(result) else []
        kinds.append("heat")
    return tuple(kinds)


def slice_chart(result: SliceResult, name: Naming | None = None) -> Definition | None:
    """The first value of the rows shown; None where there is nothing to draw.

    Where there are more members than fit, those with the greatest figures are drawn, in the order
    of the table; the first ones where the question sorts them, or where they are periods.

    `name` says how rows and columns are called, when not by their labels.
    """
    called = name or _named
    kinds = allowed_kinds(result)
    asked = result.question.chart
    if not kinds or asked == "none":
        return None
    kind = asked if asked in kinds else fitting_kind(result)
    head = next((one for one in result.values if one.show == "value"), result.values[0])
    rows = [row for row in result.drawn or result.rows if row.kind == "cell"]
    columns = [(n, one) for n, one in enumerate(result.columns) if one.kind == "cell"]
    is_across = kind == "line" and _runs_across(result)
    if kind == "line" and not is_across and len(result.question.rows) > 1:
        categories, series = _runs_below(result, rows, called, head)
    elif is_across:
        categories = [called(one) for _, one in columns]
        series = [
            _series(called(row), [_figure(result, row, n, head) for n, _ in columns], head)
            for row in _greatest_rows(result, rows, MOST_SERIES, head)
        ]
    else:
        most = MOST_HEAT_SERIES if kind == "heat" else MOST_SERIES
        if kind == "line":
            rows = sorted(rows, key=_first_day)
        else:
            rows = _greatest_rows(result, rows, MOST_CATEGORIES, head)
        categories = [called(row) for row in rows]
        series = [
            _series(called(one), [_figure(result, row, n, head) for row in rows], head)
            for n, one in _greatest_columns(result, rows, columns, most, head)
        ]
    return {
        "kind": kind,
        "title": head.label,
        "unit": head.unit.symbol.in_language(result.language),
        "categories": categories,
        "category_kind": "member",
        "format": {
            "name": "number",
            "decimals": head.decimals,
            "suffix": "%" if head.unit.scale == 100 else "",
        },
        "direction": str(head.direction),
        "series": series,
        "is_cut_short": _is_cut_short(result, kind, categories, series),
    }


def _runs_below(
    result: SliceResult, rows: Sequence[ResultRow], called: Naming, head: ValueHead
) -> tuple[list[str], list[Definition]]:
    """The periods, and one line for each combination of the members before them."""
    timed = sorted((row for row in rows if row.periods[-1]), key=_first_day)
    names = {row.paths[-1]: called(_part(row, -1, None)) for row in timed}
    lines: dict[Paths, dict[Path, Figure]] = {}
    titles: dict[Paths, str] = {}
    for row in timed:
        lines.setdefault(row.paths[:-1], {})[row.paths[-1]] = _figure(result, row, 0, head)
        titles.setdefault(row.paths[:-1], called(_part(row, 0, -1)))
    told = [[line.get(one, Absence.NOT_APPLICABLE) for one in names] for line in lines.values()]
    keys = list(lines)
    series = [_series(titles[keys[n]], told[n], head) for n in _greatest(told, MOST_SERIES)]
    return list(names.values()), series


def _first_day(row: ResultRow) -> date:
    period = row.periods[-1]
    return period.first_day if period else date.max


def _part(row: ResultRow, first: int, last: int | None) -> ResultRow:
    """A row under the names of some of its axes alone."""
    return replace(
        row,
        paths=row.paths[first:last],
        labels=row.labels[first:last],
        periods=row.periods[first:last],
    )


def _greatest_rows(
    result: SliceResult, rows: list[ResultRow], most: int, head: ValueHead
) -> list[ResultRow]:
    if len(rows) <= most or result.question.order or _is_timed(result, in_columns=False):
        return rows[:most]
    whole = next((n for n, one in enumerate(result.columns) if one.kind == "total"), None)
    places = range(len(result.columns)) if whole is None else (whole,)
    told = [[_figure(result, row, n, head) for n in places] for row in rows]
    return [rows[n] for n in _greatest(told, most)]


def _greatest_columns(
    result: SliceResult,
    rows: Sequence[ResultRow],
    columns: list[tuple[int, Column]],
    most: int,
    head: ValueHead,
) -> list[tuple[int, Column]]:
    if len(columns) <= most or _is_timed(result, in_columns=True):
        return columns[:most]
    whole = [row for row in result.rows if row.kind == "total"] or rows
    told = [[_figure(result, row, n, head) for row in whole] for n, _ in columns]
    return [columns[n] for n in _greatest(told, most)]


def _greatest(told: Sequence[Sequence[Figure]], most: int) -> list[int]:
    """The places of the lines whose figures reach highest, in their own order."""
    numbers = ([one for one in line if isinstance(one, Fraction)] for line in told)
    heights = [max(line) if line else Absence.NOT_APPLICABLE for line in numbers]
    return greatest_places(heights, most)


def _is_cut_short(
    result: SliceResult, kind: str, categories: Sequence[str], series: Sequence[Definition]
) -> bool:
    rows = [row.paths for row in result.rows if row.kind == "cell"]
    columns = sum(one.kind == "cell" for one in result.columns)
    if kind == "line" and _runs_across(result):
        is_all = (len(series), len(categories)) == (len(rows), columns)
    elif kind == "line" and len(result.question.rows) > 1:
        is_all = len(series) == len({paths[:-1] for paths in rows})
    else:
        is_all = (len(categories), len(series)) == (len(rows), columns)
    return result.is_cut_short or not is_all


def _is_timed(result: SliceResult, *, in_columns: bool) -> bool:
    """Whether the last axis of a side is one of periods."""
    lines: Sequence[ResultRow | Column] = result.columns if in_columns else result.rows
    first = next((one for one in lines if one.kind == "cell" and one.paths), None)
    return first is not None and bool(first.periods) and first.periods[-1] is not None


def _runs(result: SliceResult) -> bool:
    """Whether time runs along a side, so that a line joins one period with the next."""
    rows, columns = result.question.rows, result.question.columns
    is_below = _is_timed(result, in_columns=False) and (len(rows) == 1 or not columns)
    return is_below or _runs_across(result)


def _runs_across(result: SliceResult) -> bool:
    return len(result.question.columns) == 1 and _is_timed(result, in_columns=True)


def _stacks(result: SliceResult) -> bool:
    head = result.values[0]
    figures = (row.cells[0 :: len(result.values)] for row in result.rows)
    return head.is_additive and all(
        not isinstance(one, Fraction) or one >= 0 for row in figures for one in row
    )


def _figure(result: SliceResult, row: ResultRow, column: int, head: ValueHead) -> Figure:
    return result.cell(row, column, result.values.index(head))


def _series(name: str, figures: Sequence[Figure], head: ValueHead) -> Definition:
    return {
        "scenario": "AC",
        "name": name,
        "values": [_number(one, head) for one in figures],
        "absences": [str(one) if isinstance(one, Absence) else None for one in figures],
    }


def _number(figure: Figure, head: ValueHead) -> float | None:
    if not isinstance(figure, Fraction):
        return None
    return float(round_half_even(figure * head.unit.scale, head.decimals))


def _named(line: ResultRow | Column) -> str:
    return " · ".join(line.labels)
