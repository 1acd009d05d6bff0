"""PURE: the shapes of scoring curves.

A curve turns a value into a score. It looks at the value itself (`OnValue`) or at the attainment of
the target (`OnAttainment`), and its cap is applied here, at the leaf, so that one over-achiever
never hides failures in a roll-up.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

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
