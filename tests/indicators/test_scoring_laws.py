"""Laws of scoring, tried on many curves: symmetry, monotony, cap, target, clamp."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from server.indicators.curve import (
    Axis,
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
    Shape,
    Spider,
    Steps,
    stretched,
)
from server.indicators.scoring import score

NUMBERS = st.fractions(-1000, 1000, max_denominator=50)
POSITIVE = st.fractions("1/50", 1000, max_denominator=50)
SCORES = st.fractions(0, 120, max_denominator=10)
CAPS = st.sampled_from([Fraction(100), Fraction(120), Fraction(150)])


@st.composite
def rising_points(draw: st.DrawFn) -> tuple[Point, ...]:
    places = sorted(draw(st.sets(NUMBERS, min_size=2, max_size=6)))
    heights = sorted(draw(st.lists(SCORES, min_size=len(places), max_size=len(places))))
    return tuple(Point(x, height) for x, height in zip(places, heights, strict=True))


@st.composite
def higher_curves(draw: st.DrawFn) -> Curve:
    points = draw(rising_points())
    axes: list[Axis] = [OnValue(), OnAttainment(Method.RATIO)]
    axis = draw(st.sampled_from(axes))
    worst = draw(st.fractions(-1000, 0, max_denominator=50))
    anchored = OnAttainment(Method.TWO_ANCHOR, Direction.HIGHER, worst)
    shapes: list[Shape] = [
        Breakpoints(axis, points, below=draw(st.sampled_from([None, Fraction(0)]))),
        Steps(axis, points),
        Linear(anchored),
        Linear(OnAttainment(Method.SIGNED)),
        Spider(worst),
        Spider(worst, worst + 7),
        Milestone(Direction.HIGHER),
        Milestone(Direction.HIGHER, at=worst),
        Challenge(anchored),
    ]
    return Curve(draw(st.sampled_from(shapes)), draw(CAPS), draw(st.booleans()))


def points_of(value: Fraction, target: Fraction, curve: Curve) -> Fraction:
    figure = score(value, target, curve, challenge=2 * target)
    assert isinstance(figure, Fraction)
    return figure


@given(higher_curves(), POSITIVE, NUMBERS, NUMBERS)
def test_a_better_value_never_scores_less(
    curve: Curve, target: Fraction, one: Fraction, other: Fraction
) -> None:
    worse, better = sorted((one, other))

    assert points_of(worse, target, curve) <= points_of(better, target, curve)


@given(higher_curves(), POSITIVE, NUMBERS)
def test_no_score_passes_its_cap(curve: Curve, target: Fraction, value: Fraction) -> None:
    assert points_of(value, target, curve) <= curve.cap


@given(higher_curves(), POSITIVE, NUMBERS)
def test_no_score_is_negative_without_deductions(
    curve: Curve, target: Fraction, value: Fraction
) -> None:
    clamped = points_of(value, target, replace(curve, may_deduct=False))

    assert clamped == max(points_of(value, target, replace(curve, may_deduct=True)), 0)


@given(rising_points(), NUMBERS, st.sampled_from([None, Fraction(0)]))
def test_lower_is_the_mirror_of_higher(
    points: tuple[Point, ...], value: Fraction, cliff: Fraction | None
) -> None:
    mirrored = tuple(Point(-point.x, point.score) for point in reversed(points))
    higher = Curve(Breakpoints(OnValue(), points, below=cliff))
    lower = Curve(Breakpoints(OnValue(), mirrored, above=cliff))
    up, down = Curve(Steps(OnValue(), points)), Curve(Steps(OnValue(), mirrored, is_at_most=True))

    assert points_of(value, Fraction(1), higher) == points_of(-value, Fraction(1), lower)
    assert points_of(value, Fraction(1), up) == points_of(-value, Fraction(1), down)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_two_anchors_are_symmetric_too(value: Fraction, target: Fraction, worst: Fraction) -> None:
    assume(worst < target)
    higher = Curve(Linear(OnAttainment(Method.TWO_ANCHOR, Direction.HIGHER, worst)))
    lower = Curve(Linear(OnAttainment(Method.TWO_ANCHOR, Direction.LOWER, -worst)))

    assert points_of(value, target, higher) == points_of(-value, -target, lower)


@given(POSITIVE, st.sampled_from(Method), st.sampled_from([Direction.HIGHER, Direction.LOWER]))
def test_meeting_the_target_scores_exactly_100(
    target: Fraction, method: Method, direction: Direction
) -> None:
    worst = target - direction.sign
    axis = OnAttainment(method, direction, worst)
    shapes: list[Shape] = [
        Linear(axis),
        Challenge(axis),
        Spider(worst),
        Milestone(direction),
        Breakpoints(axis, (Point(Fraction(0), Fraction(0)), Point(Fraction(1), Fraction(100)))),
    ]

    assert {points_of(target, target, Curve(shape)) for shape in shapes} == {Fraction(100)}


@given(POSITIVE, NUMBERS, NUMBERS)
def test_a_challenge_never_takes_away(base: Fraction, value: Fraction, challenge: Fraction) -> None:
    assume(challenge != base)
    curve = Curve(Challenge(OnAttainment(Method.RATIO)))

    without = score(value, base, curve)
    with_it = score(value, base, curve, challenge=challenge)

    assert isinstance(without, Fraction)
    assert isinstance(with_it, Fraction)
    assert with_it >= without


@given(higher_curves(), POSITIVE, NUMBERS, st.integers(1, 12))
def test_a_stretched_curve_scores_a_sum_like_its_mean_month(
    curve: Curve, target: Fraction, value: Fraction, months: int
) -> None:
    """Twelve equal months have the score of one, whatever the curve looks at."""
    wide = stretched(curve, months)
    band = Curve(Band(OnValue(), (target, 2 * target, 3 * target, 5 * target)))

    assert points_of(months * value, target, stretched(band, months)) == points_of(
        value, target, band
    )
    assert points_of(months * value, months * target, wide) == points_of(value, target, curve)
