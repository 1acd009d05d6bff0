"""PURE: the geometry of the small drawings that stand in table rows: lines, bars and bullets.

Coordinates go into SVG attributes; a drawing needs no script and no style of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from server.indicators.absence import Figure
from server.scorecards.views import Point

WIDTH, HEIGHT = 120, 30
_MARGIN = 4
SCORE_END = Fraction(120)


@dataclass(frozen=True)
class Spark:
    """A line of actuals over one of targets; the last actual is a dot."""

    actual: str  # an SVG path
    target: str
    dot: tuple[float, float] | None


@dataclass(frozen=True)
class Bar:
    """A bar from the zero line with a mark for the plan; all in 0 to 100 of the width."""

    start: float
    width: float
    zero: float
    mark: float | None


def spark(points: Sequence[Point]) -> Spark:
    """Draw a trend; a missing period leaves a gap."""
    figures = [figure for point in points for figure in (point.value, point.target)]
    numbers = [figure for figure in figures if isinstance(figure, Fraction)]
    if not numbers:
        return Spark("", "", None)
    low, high = min(numbers), max(numbers)
    actual = _places([point.value for point in points], low, high)
    target = _places([point.target for point in points], low, high)
    return Spark(_path(actual), _path(target), actual[-1] if actual else None)


def bars(values: Sequence[Figure], marks: Sequence[Figure]) -> tuple[Bar | None, ...]:
    """Bars of one scale for several rows; None where there is no value."""
    numbers = [figure for figure in (*values, *marks) if isinstance(figure, Fraction)]
    low = min([Fraction(0), *numbers])
    high = max([Fraction(0), *numbers]) * Fraction(51, 50)  # room for a mark at the end
    if low == high:
        high = low + 1
    return tuple(_bar(value, mark, low, high) for value, mark in zip(values, marks, strict=True))


def of_score(figure: Figure) -> float | None:
    """Where a score lies on the scale from 0 to 120, as 0 to 100."""
    if not isinstance(figure, Fraction):
        return None
    inside = min(max(figure, Fraction(0)), SCORE_END)
    return round(float(inside / SCORE_END) * 100, 2)


def _bar(value: Figure, mark: Figure, low: Fraction, high: Fraction) -> Bar | None:
    if not isinstance(value, Fraction):
        return None
    zero, end = _share(Fraction(0), low, high), _share(value, low, high)
    return Bar(
        start=min(zero, end),
        width=round(abs(end - zero), 2),
        zero=zero,
        mark=_share(mark, low, high) if isinstance(mark, Fraction) else None,
    )


def _share(figure: Fraction, low: Fraction, high: Fraction) -> float:
    return round(float((figure - low) / (high - low)) * 100, 2)


def _places(
    figures: Sequence[Figure], low: Fraction, high: Fraction
) -> list[tuple[float, float] | None]:
    step = (WIDTH - 2 * _MARGIN) / max(len(figures) - 1, 1)
    first = WIDTH - _MARGIN - (len(figures) - 1) * step  # the last period stands at the right end
    return [
        (round(first + index * step, 1), _height(figure, low, high))
        if isinstance(figure, Fraction)
        else None
        for index, figure in enumerate(figures)
    ]


def _height(figure: Fraction, low: Fraction, high: Fraction) -> float:
    share = float((figure - low) / (high - low)) if high != low else 0.5
    return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)


def _path(places: Sequence[tuple[float, float] | None]) -> str:
    steps: list[str] = []
    for index, place in enumerate(places):
        if place is not None:
            is_new = index == 0 or places[index - 1] is None
            steps.append(f"{'M' if is_new else 'L'}{place[0]} {place[1]}")
    return "".join(steps)
