"""PURE: what makes a scoring curve wrong, by itself or for the targets that it judges.

A target at which a curve cannot score is refused when it is defined, not when somebody looks.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from server.indicators.curve import (
    Band,
    Breakpoints,
    Challenge,
    Curve,
    Direction,
    Method,
    OnAttainment,
    OnValue,
    Point,
    Shape,
    Spider,
    Steps,
)
from server.indicators.rounding import number_text as _n


def curve_mistakes(
    curve: Curve, direction: Direction, targets: tuple[tuple[str, Fraction], ...]
) -> Iterator[str]:
    """Every reason why a curve cannot score; targets come with the name under which they stand."""
    if curve.cap <= 0:
        yield f"cap is {_n(curve.cap)}; it must be above 0"
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
                yield f"bonus is {_n(bonus)}; it must not be negative"
    if direction is Direction.BAND and not _takes_band(curve.shape):
        yield "direction band needs the kind band, or breakpoints or steps on value"


def _takes_band(shape: Shape) -> bool:
    is_on_value = isinstance(shape, Breakpoints | Steps) and isinstance(shape.axis, OnValue)
    return isinstance(shape, Band) or is_on_value


def _spider_mistakes(red: Fraction, goal: Fraction | None, direction: Direction) -> Iterator[str]:
    if direction is Direction.BAND or goal is None:
        return
    if goal == red:
        yield f"goal and red are both {_n(goal)}; they must differ"
    elif (goal > red) != (direction is Direction.HIGHER):
        yield (f"goal {_n(goal)} lies on the wrong side of red {_n(red)} for direction {direction}")


def _point_mistakes(points: tuple[Point, ...], curve: Curve, least: int) -> Iterator[str]:
    if len(points) < least:
        yield f"points has {len(points)} points; at least {least} are needed"
    for left, right in pairwise(points):
        if left.x >= right.x:
            yield f"points must rise in x: {_n(right.x)} follows {_n(left.x)}"
    for point in points:
        place = f"the score {_n(point.score)} at {_n(point.x)}"
        if point.score > curve.cap:
            yield f"{place} is above the cap {_n(curve.cap)}"
        if point.score < 0 and not curve.may_deduct:
            yield f"{place} is negative; set may_deduct to allow it"


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
            yield f"the score goes from {_n(left)} to {_n(right)} towards the {way}, better side"


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
