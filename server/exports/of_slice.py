"""A slice as a document: its rows and columns as the screen shows them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

from server.exports.arrived import arrived_facts
from server.exports.document import (
    Cell,
    Column,
    Document,
    Number,
    NumberFormat,
    Row,
    RowKind,
    Sheet,
)
from server.exports.of_scorecard import cell_of
from server.exports.words import (
    POINTS,
    carried_words,
    day_words,
    membership_facts,
    missing,
    period_words,
    word,
)
from server.indicators.absence import Absence, Figure
from server.periods import Period
from server.slices.charts import slice_chart
from server.slices.question import CHANGES, GROWTHS
from server.slices.result import Column as SliceColumn
from server.slices.result import FilterWords, ResultRow, SliceResult, ValueHead

_KINDS: dict[str, RowKind] = {"cell": "cell", "subtotal": "subtotal", "total": "total"}


def document_of_slice(result: SliceResult, facts: tuple[tuple[str, str], ...] = ()) -> Document:
    """The document of a whole answer; `facts` are further lines about it."""
    language = result.language
    if result.fingerprint is None:
        raise ValueError("a window of an answer is no document")
    return Document(
        title=title_of(result),
        facts=(*_facts(result), *facts),
        sheets=(_sheet(result),),
        fingerprint=result.fingerprint,
        language=language,
    )


def title_of(result: SliceResult) -> str:
    """What is measured, by what."""
    values = dict.fromkeys(head.label for head in result.values)
    axes = [head.level_label for head in (*result.row_heads, *result.column_heads)]
    joint = "，按" if result.language == "zh" else " by "
    told = (", " if result.language != "zh" else "、").join(values)
    by = (" × ").join(axes)
    return f"{told}{joint}{by}" if axes else told


def _facts(result: SliceResult) -> tuple[tuple[str, str], ...]:
    language = result.language
    told = "; ".join(_filter(one) for one in result.filters)
    return (
        (word("cube", language), result.cube_label),
        (word("filters", language), told or word("whole", language)),
        *membership_facts(result.question.membership, language),
        (
            word("data_to", language),
            day_words(result.watermark, language)
            if result.watermark
            else word("no_facts", language),
        ),
        *arrived_facts(result.coverage, language),
        *_carried(result),
        (word("snapshot", language), str(result.snapshot.number)),
        (word("definitions", language), str(result.definitions)),
        (word("model", language), result.model_version),
    )


def _carried(result: SliceResult) -> tuple[tuple[str, str], ...]:
    """Since when figures hold stocks from before their own days; nothing where none does."""
    days = [day for row in result.rows for day in row.carried if day]
    if not days:
        return ()
    language = result.language
    told = word("carried_figures", language).format(day=day_words(min(days), language))
    return ((word("carried", language), told),)


def _filter(one: FilterWords) -> str:
    return f"{one.dimension_label}: {one.words}"


def _sheet(result: SliceResult) -> Sheet:
    heads = len(result.row_heads)
    numbers = [
        Column(True, _format(head, result.language), 14)
        for _ in result.columns
        for head in result.values
    ]
    return Sheet(
        name=result.cube_label,
        heads=tuple(_heads(result)),
        columns=(*(Column(width=26) for _ in range(heads)), *numbers),
        rows=tuple(_rows(result)),
        head_columns=heads,
        chart=_chart(result),
    )


def _chart(result: SliceResult) -> Mapping[str, Any] | None:
    """The chart that stands beside the table, with words in place of missing figures."""
    chart = slice_chart(result, lambda line: _named(line, result.language))
    if chart is None:
        return None
    series = [
        {**one, "gaps": [_gap(absence, result.language) for absence in one["absences"]]}
        for one in cast("list[dict[str, Any]]", chart["series"])
    ]
    return {**chart, "series": series}


def _named(line: ResultRow | SliceColumn, language: str) -> str:
    """What a row or a column is called in a chart."""
    labels = [
        _label(line.labels, line.periods, index, language) for index in range(len(line.labels))
    ]
    return " · ".join(labels) or word("total", language)


def _gap(absence: str | None, language: str) -> str | None:
    return missing(Absence(absence), language).word if absence else None


def _heads(result: SliceResult) -> Iterator[tuple[str, ...]]:
    """One line for each column axis, and the last with the names of axes and values."""
    language = result.language
    axes = [head.level_label for head in result.row_heads]
    for depth in range(len(result.column_heads)):
        line = [""] * len(axes)
        for column in result.columns:
            line += [_column_label(column, depth, language)] * len(result.values)
        yield tuple(line)
    values = [_value_label(head, language) for _ in result.columns for head in result.values]
    yield (*axes, *values)


def _column_label(column: SliceColumn, depth: int, language: str) -> str:
    if depth < len(column.labels):
        return _label(column.labels, column.periods, depth, language)
    return _total(column, language) if depth == len(column.labels) else ""


def _label(
    labels: tuple[str, ...], periods: tuple[Period | None, ...], index: int, language: str
) -> str:
    period = periods[index] if index < len(periods) else None
    return period_words(period, language) if period is not None else labels[index]


def _total(line: ResultRow | SliceColumn, language: str) -> str:
    """What a total is called: the member whose total it is, if there is one."""
    if not line.labels:
        return word("total", language)
    member = _label(line.labels, line.periods, len(line.labels) - 1, language)
    return word("total_of", language).format(member=member)


def _value_label(head: ValueHead, language: str) -> str:
    """A value's name with its unit, and what of it is shown."""
    unit = head.unit.symbol.in_language(language)
    if head.show in CHANGES and head.unit.scale == 100:
        unit = POINTS.in_language(language).strip()
    name = head.label if head.show == "value" else f"{head.label}, {word(head.show, language)}"
    return f"{name} ({unit})" if unit else name


def _rows(result: SliceResult) -> Iterator[Row]:
    language = result.language
    formats = [_format(head, language) for _ in result.columns for head in result.values]
    for row in result.rows:
        cells: list[Cell] = list(_row_labels(row, len(result.row_heads), language))
        cells += [
            _cell(figure, number, since, language)
            for figure, number, since in zip(row.cells, formats, row.carried_cells, strict=True)
        ]
        yield Row(tuple(cells), _KINDS.get(row.kind, "others"))


def _cell(figure: Figure, number: NumberFormat, since: date | None, language: str) -> Cell:
    cell = cell_of(figure, number, language)
    if since is None or not isinstance(cell, Number):
        return cell
    return replace(cell, note=carried_words(since, language))


def _row_labels(row: ResultRow, heads: int, language: str) -> Iterator[str]:
    own = len(row.labels)
    for index in range(heads):
        if index < own:
            yield _label(row.labels, row.periods, index, language)
        elif index == own and row.kind != "cell":
            yield word("others", language) if row.kind == "others" else _total(row, language)
        else:
            yield ""


def _format(head: ValueHead, language: str) -> NumberFormat:
    unit = head.unit
    if unit.scale != 100:
        return NumberFormat(head.decimals, unit.scale, is_signed=head.show in (*CHANGES, *GROWTHS))
    if head.show in CHANGES:
        return NumberFormat(head.decimals, 100, POINTS.in_language(language), is_signed=True)
    return NumberFormat(head.decimals, 100, "%", is_signed=head.show in GROWTHS)
