"""PURE: attainment, score and status of one value.

Everything is exact; nothing is rounded but the score that people see (`shown`), and the status is
judged on exactly that number, so that screen, export and alert agree.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from server.indicators.absence import Absence, Figure, strongest
from server.indicators.curve import (
    TARGET_SCORE,
    Band,
    Breakpoints,
    Challenge,
    Curve,
    Direction,
    Linear,
    Method,
    Milestone,
    OnAttainment,
    OnValue,
    Point,
    Spider,
    Steps,
    stretched,
)
from server.indicators.definition import Indicator
from server.indicators.rounding import round_half_even
from server.periods import Period

SCORER_VERSION = 1  # rises whenever an old input would score differently
SHOWN_DECIMALS = 1


class Status(StrEnum):
    """How a score stands."""

    EXCEEDED = "exceeded"
    ON_TARGET = "on_target"
    WATCH = "watch"
    OFF = "off"
    NO_DATA = "no_data"
    PARTIAL = "partial"


@dataclass(frozen=True)
class Bands:
    """Where the statuses begin: exceeded is above its limit, the others from theirs on."""

    exceeded: Fraction = Fraction(100)
    on_target: Fraction = Fraction(90)
    watch: Fraction = Fraction(60)


DEFAULT_BANDS = Bands()


def score(
    value: Figure, target: Figure, curve: Curve, *, challenge: Figure | None = None
) -> Figure:
    """The score of a value under its curve, capped; the target matters where the curve asks."""
    raw = _raw_score(value, target, curve, challenge)
    if isinstance(raw, Absence):
        return raw
    floor = raw if curve.may_deduct else max(raw, Fraction(0))
    return min(floor, curve.cap)


def score_indicator(
    indicator: Indicator,
    value: Figure,
    target: Figure,
    period: Period | None = None,
    challenge: Figure | None = None,
) -> Figure:
    """The score of an indicator's value.

    The anchors of a curve in values belong to one month. Where targets add up over time the curve
    is stretched to the months of the period, else a quarter would be held to a month's limits.
    """
    months = len(period.months()) if period and indicator.target_rollup == "sum" else 0
    curve = stretched(indicator.curve, months) if months > 1 else indicator.curve
    return score(value, target, curve, challenge=challenge)


def attainment(
    value: Figure,
    target: Figure,
    method: Method,
    *,
    direction: Direction = Direction.HIGHER,
    worst: Fraction | None = None,
) -> Figure:
    """How far the target is attained: 1 is the target."""
    if isinstance(value, Absence) or isinstance(target, Absence):
        return strongest((value, target)) or Absence.NO_TARGET
    if method is Method.TWO_ANCHOR:
        return Absence.DEFINITION_GAP if worst is None else progress(value, worst, target)
    divisor = value if method is Method.INVERSE else target
    if divisor == 0:
        return Absence.ZERO_DENOMINATOR
    match method:
        case Method.RATIO:
            return value / target
        case Method.MIRROR:
            return 2 - value / target
        case Method.INVERSE:
            return target / value
        case Method.SIGNED:
            return 1 + direction.sign * (value - target) / abs(target)


def curve_attainment(value: Figure, target: Figure, curve: Curve) -> Figure:
    """The attainment that a curve works with; not applicable where it scores by range."""
    axis = curve.attainment_axis
    return _attainment_on(axis, value, target) if axis else Absence.NOT_APPLICABLE


def progress(value: Fraction, start: Fraction, end: Fraction) -> Figure:
    """The share of the road from a start to an end that is travelled."""
    return (value - start) / (end - start) if end != start else Absence.ZERO_DENOMINATOR


def spider(value: Fraction, red: Fraction, goal: Fraction) -> Figure:
    """Goal and red flag on the ten-point scale: 3.33 at the red flag, 6.67 at the goal."""
    travelled = progress(value, red, goal)
    if isinstance(travelled, Absence):
        return travelled
    return _clamped(Fraction(10, 3) * (1 + travelled), Fraction(10))


def shown(figure: Fraction) -> Decimal:
    """The score that people see."""
    return round_half_even(figure, SHOWN_DECIMALS)


def status_of(figure: Figure, bands: Bands = DEFAULT_BANDS) -> Status:
    """How a score stands, judged on the number that is shown."""
    if isinstance(figure, Absence):
        return Status.PARTIAL if figure is Absence.PARTIAL else Status.NO_DATA
    seen = Fraction(shown(figure))
    if seen > bands.exceeded:
        return Status.EXCEEDED
    if seen >= bands.on_target:
        return Status.ON_TARGET
    return Status.WATCH if seen >= bands.watch else Status.OFF


def _raw_score(value: Figure, target: Figure, curve: Curve, challenge: Figure | None) -> Figure:
    if isinstance(value, Absence):
        return strongest((value, *((target,) if curve.attainment_axis else ()))) or value
    match curve.shape:
        case Spider(red, goal):
            return _spider_score(value, red, target if goal is None else goal)
        case Milestone(direction, at):
            return _milestone_score(value, target if at is None else at, direction)
        case Challenge(axis, bonus):
            return _challenge_score(value, target, axis, bonus, challenge)
        case Linear(axis):
            return _on_axis(curve, axis, value, target)
        case Breakpoints() | Steps() | Band() as shape:
            return _on_axis(curve, shape.axis, value, target)


def _on_axis(curve: Curve, axis: OnValue | OnAttainment, value: Fraction, target: Figure) -> Figure:
    if isinstance(axis, OnValue):
        return _at(curve, value)
    if axis.method is Method.INVERSE and value <= 0 and isinstance(target, Fraction):
        return curve.cap  # t/a grows without end on the way to zero
    reached = _attainment_on(axis, value, target)
    return reached if isinstance(reached, Absence) else _at(curve, reached)


def _attainment_on(axis: OnAttainment, value: Figure, target: Figure) -> Figure:
    return attainment(value, target, axis.method, direction=axis.direction, worst=axis.worst)


def _at(curve: Curve, x: Fraction) -> Fraction:
    """The score of a shape at a place on its axis."""
    match curve.shape:
        case Breakpoints(_, points, below, above):
            return _interpolated(points, x, below, above)
        case Steps(_, points, is_at_most):
            return _last_step(points, x, is_at_most)
        case Band(_, (low, inner_low, inner_high, high)):
            corners = ((low, 0), (inner_low, 100), (inner_high, 100), (high, 0))
            points = tuple(Point(at, Fraction(height)) for at, height in corners)
            return _interpolated(points, x, None, None)
    return TARGET_SCORE * x


def _interpolated(
    points: tuple[Point, ...], x: Fraction, below: Fraction | None, above: Fraction | None
) -> Fraction:
    first, last = points[0], points[-1]
    if x < first.x:
        return first.score if below is None else below
    if x > last.x:
        return last.score if above is None else above
    for left, right in pairwise(points):
        if left.x <= x <= right.x and left.x < right.x:
            travelled = (x - left.x) / (right.x - left.x)
            return left.score + travelled * (right.score - left.score)
    return first.score


def _last_step(points: tuple[Point, ...], x: Fraction, is_at_most: bool) -> Fraction:
    reached = [point for point in points if (x <= point.x if is_at_most else x >= point.x)]
    if not reached:
        return Fraction(0)
    return reached[0].score if is_at_most else reached[-1].score


def _spider_score(value: Fraction, red: Fraction, goal: Figure) -> Figure:
    if isinstance(goal, Absence):
        return goal
    points = spider(value, red, goal)
    return points if isinstance(points, Absence) else 15 * points


def _milestone_score(value: Fraction, at: Figure, direction: Direction) -> Figure:
    if isinstance(at, Absence):
        return at
    is_reached = value <= at if direction is Direction.LOWER else value >= at
    return TARGET_SCORE if is_reached else Fraction(0)


def _challenge_score(
    value: Fraction, base: Figure, axis: OnAttainment, bonus: Fraction, challenge: Figure | None
) -> Figure:
    reached = _attainment_on(axis, value, base)
    if isinstance(reached, Absence) or isinstance(base, Absence):
        return reached
    secured = TARGET_SCORE * _clamped(reached, Fraction(1))
    if challenge is None or isinstance(challenge, Absence):
        return secured
    beyond = progress(value, base, challenge)
    if isinstance(beyond, Absence):
        return secured
    return secured + bonus * _clamped(beyond, Fraction(1))


def _clamped(value: Fraction, highest: Fraction) -> Fraction:
    return min(max(value, Fraction(0)), highest)
