"""Chart definitions: what a chart says, as plain data; one renderer draws it everywhere.

A definition names scenarios (AC actual, PL plan, PP previous period, PY previous year), never
colours, and a named number format, never a function, so that the page and a file show the same.
Values are numbers rounded for display, or `None` with the reason in `absences`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.rounding import round_half_even
from server.scorecards.views import BreakdownRow, Standing

Definition = dict[str, object]


@dataclass(frozen=True)
class Step:
    """One step of a bridge, from a figure to another; a whole figure begins at 0."""

    label: str
    begin: Fraction
    end: Fraction
    is_whole: bool = False


def trend_chart(standing: Standing, language: str) -> Definition:
    """Actual as columns and plan as an outlined line over the periods of a standing's trend."""
    indicator = standing.indicator
    points = standing.trend
    return {
        "kind": "trend",
        "title": indicator.name.in_language(language),
        "unit": indicator.unit.symbol.in_language(language),
        "categories": [str(point.period) for point in points],
        "category_kind": "period",
        "format": number_format(indicator),
        "direction": str(indicator.direction),
        "series": [
            _series("AC", "bar", [point.value for point in points], indicator),
            _series("PL", "line", [point.target for point in points], indicator),
        ],
    }


def breakdown_chart(
    rows: Sequence[BreakdownRow], indicator: Indicator, title: str, language: str
) -> Definition:
    """Actual of each member as horizontal bars with the plan as a mark, in the rows' order."""
    return {
        "kind": "ranking",
        "title": title,
        "unit": indicator.unit.symbol.in_language(language),
        "categories": [row.member.label for row in rows],
        "category_kind": "member",
        "format": number_format(indicator),
        "direction": str(indicator.direction),
        "series": [
            _series("AC", "bar", [row.standing.value for row in rows], indicator),
            _series("PL", "mark", [row.standing.target for row in rows], indicator),
        ],
    }


def bridge_chart(
    indicator: Indicator, steps: Sequence[Step], title: str, language: str
) -> Definition:
    """A way from one figure to another, step by step; whole figures stand on the zero line."""
    return {
        "kind": "bridge",
        "title": title,
        "unit": indicator.unit.symbol.in_language(language),
        "categories": [one.label for one in steps],
        "category_kind": "member",
        "format": number_format(indicator),
        "direction": str(indicator.direction),
        "series": [
            {
                "scenario": "AC",
                "kind": "bridge",
                "values": [_number(one.end - one.begin, indicator) for one in steps],
                "spans": [
                    [_exactly(one.begin, indicator), _exactly(one.end, indicator)] for one in steps
                ],
                "wholes": [one.is_whole for one in steps],
                "tones": [_tone(one, indicator) for one in steps],
                "absences": [None for _ in steps],
            }
        ],
    }


def _exactly(figure: Fraction, indicator: Indicator) -> float:
    return float(figure * indicator.unit.scale)


def _tone(step: Step, indicator: Indicator) -> str:
    """Good or bad; nothing for whole figures and where neither is better."""
    turn = (step.end - step.begin) * indicator.direction.sign
    if step.is_whole or not turn:
        return ""
    return "good" if turn > 0 else "bad"


def number_format(indicator: Indicator) -> Definition:
    """The named format that the renderer applies: decimals and what stands behind the number."""
    return {
        "name": "number",
        "decimals": indicator.decimals,
        "suffix": "%" if indicator.unit.scale == 100 else "",
    }


def _series(
    scenario: str, kind: str, figures: Sequence[Figure], indicator: Indicator
) -> Definition:
    return {
        "scenario": scenario,
        "kind": kind,
        "values": [_number(figure, indicator) for figure in figures],
        "absences": [str(one) if isinstance(one, Absence) else None for one in figures],
    }


def _number(figure: Figure, indicator: Indicator) -> float | None:
    if not isinstance(figure, Fraction):
        return None
    return float(round_half_even(figure * indicator.unit.scale, indicator.decimals))
