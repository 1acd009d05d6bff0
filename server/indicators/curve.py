"""PURE: the shapes of scoring curves, and what makes one wrong for its targets.

A curve turns a value into a score. It looks at the value itself (`OnValue`) or at the attainment of
the target (`OnAttainment`), and its cap is applied here, at the leaf, so that one over-achiever
never hides failures in a roll-up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

TARGET_SCORE = Fraction(100)
DEFAULT_CAP = Fraction(120)
DEFAULT_BONUS = Fraction(20)


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    BAND = "band"

    @property
    def sign(self) -> int:
        """+1 when more is better, -1 when less is, 0 in a band."""
        return {"higher": 1, "lower": -1, "band": 0}[self]


class Method(StrEnum):
    """How attainment is worked out from actual a, target t and worst acceptable w."""

    RATIO = "ratio"  # a/t, higher is better
    MIRROR = "mirror"  # 2 - a/t, lower is better
    INVERSE = "inverse"  # t/a, lower is better; explodes near zero
    SIGNED = "signed"  # 1 + d(a-t)/|t|
    TWO_ANCHOR = "two_anchor"  # (a-w)/(t-w), any sign and direction


@dataclass(frozen=True)
class OnValue:
    """The curve looks at the value itself; no target is needed."""


@dataclass(frozen=True)
class OnAttainment:
    """The curve looks at how far the target is attained; 1 is the target."""

    method: Method
    direction: Direction = Direction.HIGHER
    worst: Fraction | None = None  # where a two-anchor attainment is 0


Axis = OnValue | OnAttainment


@dataclass(frozen=True)
class Point:
    """A breakpoint: at x the score is this."""

    x: Fraction
    score: Fraction


@dataclass(frozen=True)
class Breakpoints:
    """Straight lines between points; flat outside them unless a cliff is named."""

    axis: Axis
    points: tuple[Point, ...]
    below: Fraction | None = None  # the score left of the first point
    above: Fraction | None = None  # the score right of the last point


@dataclass(frozen=True)
class Steps:
    """The score of the last point reached; 0 before the first."""

    axis: Axis
    points: tuple[Point, ...]
    is_at_most: bool = False  # points are reached from above: less is better


@dataclass(frozen=True)
class Linear:
    """100 times the attainment."""

    axis: OnAttainment


@dataclass(frozen=True)
class Band:
    """100 between the inner limits, falling in a straight line to 0 at the outer ones."""

    axis: Axis
    limits: tuple[Fraction, Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Spider:
    """Goal and red flag: 50 at the red flag, 100 at the goal, straight on both sides.

    It is the ten-point scale (3.33 at the red flag, 6.67 at the goal) times 15.
    """

    red: Fraction
    goal: Fraction | None = None  # the target when not given


@dataclass(frozen=True)
class Milestone:
    """100 when reached, else 0."""

    direction: Direction
    at: Fraction | None = None  # the target when not given


@dataclass(frozen=True)
class Challenge:
    """100 for the base target and a bonus on the way to the challenge; missing it costs nothing."""

    axis: OnAttainment
    bonus: Fraction = DEFAULT_BONUS


Shape = Breakpoints | Steps | Linear | Band | Spider | Milestone | Challenge


@dataclass(frozen=True)
class Curve:
    """A shape with its cap."""

    shape: Shape
    cap: Fraction = DEFAULT_CAP
    may_deduct: bool = False  # negative scores stand; otherwise they are 0

    @property
    def attainment_axis(self) -> OnAttainment | None:
        """How attainment is worked out; None when the curve scores the value by its range."""
        axis = getattr(self.shape, "axis", None)
        return axis if isinstance(axis, OnAttainment) else None


def stretched(curve: Curve, factor: int) -> Curve:
    """The curve for a period that adds up so many periods: every anchor in values is multiplied."""
    return replace(curve, shape=_stretched_shape(curve.shape, Fraction(factor)))


def curve_mistakes(
    curve: Curve, direction: Direction, targets: tuple[tuple[str, Fraction], ...]
) -> Iterator[str]:
    """Every reason why a curve cannot score; targets come with the name under which they stand."""
    if curve.cap <= 0:
        yield f"cap is {curve.cap}; it must be above 0"
    yield from _shape_mistakes(curve, direction)
    if isinstance(curve.shape, Spider) and curve.shape.goal is None:
        for name, target in targets:
            for mistake in _spider_mistakes(curve.shape.red, target, direction):
                yield f"target {name}: {mistake}"
    axis = curve.attainment_axis
    if axis is not None:
        yield from _direction_mistakes(axis, direction)
        for name, target in targets:
            yield from _target_mistakes(axis, name, target)


def _stretched_shape(shape: Shape, factor: Fraction) -> Shape:
    match shape:
        case Breakpoints(OnValue(), points) | Steps(OnValue(), points):
            wide = tuple(Point(point.x * factor, point.score) for point in points)
            return replace(shape, points=wide)
        case Band(OnValue(), (low, inner_low, inner_high, high)):
            limits = (low * factor, inner_low * factor, inner_high * factor, high * factor)
            return replace(shape, limits=limits)
        case Spider(red, goal):
            return Spider(red * factor, None if goal is None else goal * factor)
        case Milestone(direction, at):
            return Milestone(direction, None if at is None else at * factor)
        case Breakpoints(axis) | Steps(axis) | Band(axis) | Linear(axis) | Challenge(axis):
            if isinstance(axis, OnAttainment) and axis.worst is not None:
                return replace(shape, axis=replace(axis, worst=axis.worst * factor))
    return shape


def _shape_mistakes(curve: Curve, direction: Direction) -> Iterator[str]:
    match curve.shape:
        case Breakpoints(_, points, below, above):
            yield from _point_mistakes(points, curve, least=2)
            yield from _course_mistakes(curve.shape, direction, below, above)
        case Steps(_, points):
            yield from _point_mistakes(points, curve, least=1)
            yield from _course_mistakes(curve.shape, direction, None, None)
        case Band(_, limits):
            low, inner_low, inner_high, high = limits
            if not low < inner_low <= inner_high < high:
                yield "a band needs outer low < inner low <= inner high < outer high"
            if direction is not Direction.BAND:
                yield f"a band goes with direction band, not {direction}"
        case Spider(red, goal):
            yield from _spider_mistakes(red, goal, direction)
        case Challenge(_, bonus):
            if bonus < 0:
                yield f"bonus is {bonus}; it must not be negative"
    if direction is Direction.BAND and not _takes_band(curve.shape):
        yield "direction band needs the kind band, or breakpoints or steps on value"


def _takes_band(shape: Shape) -> bool:
    is_on_value = isinstance(shape, Breakpoints | Steps) and isinstance(shape.axis, OnValue)
    return isinstance(shape, Band) or is_on_value


def _spider_mistakes(red: Fraction, goal: Fraction | None, direction: Direction) -> Iterator[str]:
    if direction is Direction.BAND or goal is None:
        return
    if goal == red:
        yield f"goal and red are both {goal}; they must differ"
    elif (goal > red) != (direction is Direction.HIGHER):
        yield f"goal {goal} lies on the wrong side of red {red} for direction {direction}"


def _point_mistakes(points: tuple[Point, ...], curve: Curve, least: int) -> Iterator[str]:
    if len(points) < least:
        yield f"points has {len(points)} points; at least {least} are needed"
    for left, right in pairwise(points):
        if left.x >= right.x:
            yield f"points must rise in x: {right.x} follows {left.x}"
    for point in points:
        if point.score > curve.cap:
            yield f"the score {point.score} at {point.x} is above the cap {curve.cap}"
        if point.score < 0 and not curve.may_deduct:
            yield f"the score {point.score} at {point.x} is negative; set may_deduct to allow it"


def _course_mistakes(
    shape: Breakpoints | Steps,
    direction: Direction,
    below: Fraction | None,
    above: Fraction | None,
) -> Iterator[str]:
    """A better value may never score less, except in a band."""
    if direction is Direction.BAND:
        return
    is_falling = isinstance(shape.axis, OnValue) and direction is Direction.LOWER
    scores = [point.score for point in shape.points]
    course = [*([] if below is None else [below]), *scores, *([] if above is None else [above])]
    if is_falling:
        course.reverse()
    way = "lower" if is_falling else "higher"
    for left, right in pairwise(course):
        if left > right:
            yield f"the score goes from {left} to {right} towards the {way}, better side"


def _direction_mistakes(axis: OnAttainment, direction: Direction) -> Iterator[str]:
    wanted = {
        Method.RATIO: (Direction.HIGHER,),
        Method.MIRROR: (Direction.LOWER,),
        Method.INVERSE: (Direction.LOWER,),
    }.get(axis.method, (Direction.HIGHER, Direction.LOWER))
    if direction not in wanted and direction is not Direction.BAND:
        yield f"attainment {axis.method} goes with direction {wanted[0]}, not {direction}"
    if axis.method is Method.TWO_ANCHOR and axis.worst is None:
        yield "attainment two_anchor needs worst, the value whose score is 0"


def _target_mistakes(axis: OnAttainment, name: str, target: Fraction) -> Iterator[str]:
    if axis.method is not Method.TWO_ANCHOR:
        if target <= 0:
            what = "zero" if target == 0 else "negative"
            yield (
                f"target {name} is {what}: attainment {axis.method} has no meaning there; "
                'write attainment = "two_anchor" and worst'
            )
    elif axis.worst is not None and axis.worst == target:
        yield f"target {name} equals worst: attainment would divide by zero"
    elif axis.worst is not None and (target - axis.worst) * axis.direction.sign < 0:
        side = "below" if axis.direction is Direction.HIGHER else "above"
        yield f"target {name}: worst must lie {side} the target when {axis.direction} is better"
