"""A scorecard as a document: its lines as the screen shows them, and its score by period."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from server.access import Scope
from server.exports.arrived import arrived_facts, basis_text
from server.exports.document import Cell, Column, Document, Number, NumberFormat, Row, Sheet
from server.exports.fingerprint import scorecard_fingerprint
from server.exports.words import (
    POINTS,
    STATUSES,
    day_words,
    missing,
    period_words,
    short_period,
    word,
)
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import SHOWN_DECIMALS, shown
from server.indicators.trend import Change
from server.scorecards.views import (
    Frame,
    IndicatorRow,
    ObjectiveView,
    PerspectiveView,
    Rolled,
    ScorecardView,
)

_HEADS = (
    "indicator", "unit", "actual", "plan", "variance", "variance_previous", "previous",
    "previous_year", "score", "status", "weight", "owner",
)  # fmt: skip
_NUMBERS = {
    "actual", "plan", "variance", "variance_previous", "previous", "previous_year", "score",
    "weight",
}  # fmt: skip
_WIDTHS = {"indicator": 38, "owner": 20, "unit": 14, "status": 12}
_SCORE = NumberFormat(SHOWN_DECIMALS)
_WHOLE_PERCENT = NumberFormat(0, 100, "%")
_PERCENT = NumberFormat(1, 100, "%")


def document_of_scorecard(
    view: ScorecardView, scope: Scope, language: str, facts: tuple[tuple[str, str], ...] = ()
) -> Document:
    """The document; `facts` are further lines about it, such as who asked and when."""
    fingerprint = scorecard_fingerprint(view, scope)
    return Document(
        title=view.scorecard.name.in_language(language),
        facts=(*facts_of_frame(view.frame, language), *_bases(view, language), *facts),
        sheets=(_lines(view, language), _strip(view, language)),
        fingerprint=fingerprint,
        language=language,
    )


def facts_of_frame(frame: Frame, language: str) -> tuple[tuple[str, str], ...]:
    """Period, filters, snapshot and how far the data reach, in words."""
    return (
        (word("period", language), period_words(frame.slice.period, language)),
        (word("filters", language), filter_words(frame, language)),
        (
            word("data_to", language),
            day_words(frame.data_to, language) if frame.data_to else word("no_facts", language),
        ),
        *arrived_facts(frame.coverage, language),
        (word("snapshot", language), str(frame.snapshot.number)),
        (word("definitions", language), str(frame.snapshot.definitions)),
        (word("model", language), frame.model_version),
    )


def _bases(view: ScorecardView, language: str) -> tuple[tuple[str, str], ...]:
    """Of what part the changes on the period before are, where it is not the whole."""
    said = (basis_text(row.standing.previous_basis, language) for row in view.rows)
    return tuple((word("compared", language), one) for one in dict.fromkeys(said) if one)


def filter_words(frame: Frame, language: str) -> str:
    """The filters in force, each with the way down to its member."""
    told = [
        f"{one.dimension_label}: {' › '.join(member.label for member in one.trail)}"
        for one in frame.slice.filters
    ]
    return "; ".join(told) or word("whole", language)


def _lines(view: ScorecardView, language: str) -> Sheet:
    columns = tuple(
        Column(name in _NUMBERS, _SCORE if name == "score" else NumberFormat(), _width(name))
        for name in _HEADS
    )
    return Sheet(
        name=word("scorecard", language),
        heads=(tuple(word(name, language) for name in _HEADS),),
        columns=columns,
        rows=tuple(_rows(view, language)),
    )


def _width(name: str) -> int:
    return _WIDTHS.get(name, 13)


def _rows(view: ScorecardView, language: str) -> Iterator[Row]:
    for perspective in view.perspectives:
        yield _perspective(perspective, language)
        for objective in perspective.objectives:
            yield _objective(objective, language)
            for row in objective.rows:
                yield Row(_line(row, language), depth=2)
    total = _rolled(view.rolled, language)
    yield Row(_group_cells(word("total", language), *total, ""), "total")


def _perspective(view: PerspectiveView, language: str) -> Row:
    name = view.perspective.name.in_language(language)
    weight = Number(view.weight, _WHOLE_PERCENT)
    score, status = _rolled(view.rolled, language)
    return Row(_group_cells(name, score, status, weight), "subtotal")


def _objective(view: ObjectiveView, language: str) -> Row:
    name = view.objective.name.in_language(language)
    share = sum((row.effective_weight for row in view.rows), Fraction(0))
    weight = Number(share, _WHOLE_PERCENT)
    score, _ = _rolled(view.rolled, language)
    return Row(_group_cells(name, score, "", weight), "group", depth=1)


def _group_cells(name: str, score: Cell, status: Cell, weight: Cell) -> tuple[Cell, ...]:
    cells: dict[str, Cell] = {
        "indicator": name,
        "score": score,
        "status": status,
        "weight": weight,
    }
    return tuple(cells.get(head, "") for head in _HEADS)


def _line(row: IndicatorRow, language: str) -> tuple[Cell, ...]:
    standing = row.standing
    indicator = standing.indicator
    unit = indicator.unit.symbol.in_language(language)
    return (
        indicator.name.in_language(language),
        unit,
        _measured(standing.value, indicator, language),
        _measured(standing.target, indicator, language),
        _difference(standing.variance, indicator, language),
        _difference(standing.change, indicator, language),
        _measured(standing.previous, indicator, language),
        _measured(standing.year_earlier, indicator, language),
        cell_of(standing.score, _SCORE, language),
        STATUSES[standing.status].in_language(language),
        Number(row.effective_weight, _PERCENT),
        indicator.owner,
    )


def cell_of(figure: Figure, number_format: NumberFormat, language: str) -> Cell:
    """A figure as a cell."""
    if isinstance(figure, Absence):
        return missing(figure, language)
    return Number(figure, number_format)


def format_of(indicator: Indicator) -> NumberFormat:
    """How an indicator's figures are shown."""
    unit = indicator.unit
    return NumberFormat(indicator.decimals, unit.scale, "%" if unit.scale == 100 else "")


def _measured(figure: Figure, indicator: Indicator, language: str) -> Cell:
    return cell_of(figure, format_of(indicator), language)


def _difference(change: Change, indicator: Indicator, language: str) -> Cell:
    unit = indicator.unit
    suffix = POINTS.in_language(language) if unit.is_rate and unit.scale == 100 else ""
    signed = NumberFormat(indicator.decimals, unit.scale, suffix, is_signed=True)
    return cell_of(change.absolute, signed, language)


def _rolled(rolled: Rolled, language: str) -> tuple[Cell, Cell]:
    return (
        cell_of(rolled.score, _SCORE, language),
        STATUSES[rolled.status].in_language(language),
    )


def _strip(view: ScorecardView, language: str) -> Sheet:
    steps = view.strip
    return Sheet(
        name=word("period", language),
        heads=(tuple(word(name, language) for name in ("period", "score", "status")),),
        columns=(Column(width=20), Column(True, _SCORE), Column(width=12)),
        rows=tuple(
            Row((period_words(one.period, language), *_rolled(one.rolled, language)))
            for one in steps
        ),
        chart=_strip_chart(view, language) if steps else None,
    )


def _strip_chart(view: ScorecardView, language: str) -> Mapping[str, Any]:
    """The score by period, in the form of every chart definition."""
    name = view.scorecard.name.in_language(language)
    scores = [one.rolled.score for one in view.strip]
    return {
        "kind": "trend",
        "title": f"{name} · {word('score', language)}",
        "unit": "",
        "categories": [short_period(one.period, language) for one in view.strip],
        "category_kind": "label",
        "format": {"name": "number", "decimals": SHOWN_DECIMALS, "suffix": ""},
        "direction": "higher",
        "series": [
            {
                "scenario": "AC",
                "kind": "bar",
                "name": word("actual", language),
                "values": [None if isinstance(s, Absence) else float(shown(s)) for s in scores],
                "gaps": [
                    missing(s, language).word if isinstance(s, Absence) else None for s in scores
                ],
            }
        ],
    }
