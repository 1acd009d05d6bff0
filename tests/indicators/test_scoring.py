"""Attainment, score and status: every vector worked out by hand."""

from fractions import Fraction

import pytest

from server.indicators.absence import Absence, Figure
from server.indicators.curve import (
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
)
from server.indicators.rounding import round_half_even
from server.indicators.scoring import (
    Bands,
    Status,
    attainment,
    curve_attainment,
    progress,
    score,
    shown,
    spider,
    status_of,
)

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
RATIO = OnAttainment(Method.RATIO)


def points(*pairs: tuple[str, int]) -> tuple[Point, ...]:
    return tuple(Point(Fraction(x), Fraction(height)) for x, height in pairs)


def scored(value: str, shape: Shape, target: str | None = None, cap: str = "120") -> str:
    """The score to two decimals, as a text."""
    goal = Absence.NO_TARGET if target is None else Fraction(target)
    figure = score(Fraction(value), goal, Curve(shape, Fraction(cap)))
    assert isinstance(figure, Fraction)
    return f"{round_half_even(figure, 2).normalize():f}"


@pytest.mark.parametrize(
    ("method", "direction", "worst", "target", "actual", "percent"),
    [
        (Method.RATIO, HIGHER, None, "80", "70", "87.50"),
        (Method.MIRROR, LOWER, None, "7.5", "8.2", "90.67"),
        (Method.MIRROR, LOWER, None, "7.5", "5.5", "126.67"),
        (Method.INVERSE, LOWER, None, "8", "10", "80.00"),
        (Method.SIGNED, HIGHER, None, "-100", "-50", "150.00"),
        (Method.SIGNED, HIGHER, None, "-100", "100", "300.00"),
        (Method.SIGNED, HIGHER, None, "-10000", "0", "200.00"),
        (Method.SIGNED, HIGHER, None, "-10000", "-20000", "0.00"),
        (Method.SIGNED, LOWER, None, "100", "80", "120.00"),
        (Method.TWO_ANCHOR, LOWER, "10", "0", "0", "100.00"),
        (Method.TWO_ANCHOR, LOWER, "10", "0", "2", "80.00"),
        (Method.TWO_ANCHOR, LOWER, "10", "0", "10", "0.00"),
        (Method.TWO_ANCHOR, LOWER, "10", "0", "12", "-20.00"),
        (Method.TWO_ANCHOR, HIGHER, "-50", "-10", "-30", "50.00"),
    ],
)
def test_attainment(
    method: Method, direction: Direction, worst: str | None, target: str, actual: str, percent: str
) -> None:
    reached = attainment(
        Fraction(actual),
        Fraction(target),
        method,
        direction=direction,
        worst=None if worst is None else Fraction(worst),
    )

    assert isinstance(reached, Fraction)
    assert str(round_half_even(100 * reached, 2)) == percent


@pytest.mark.parametrize(
    ("method", "actual", "target", "expected"),
    [
        (Method.RATIO, Fraction(1), Fraction(0), Absence.ZERO_DENOMINATOR),
        (Method.MIRROR, Fraction(1), Fraction(0), Absence.ZERO_DENOMINATOR),
        (Method.SIGNED, Fraction(1), Fraction(0), Absence.ZERO_DENOMINATOR),
        (Method.INVERSE, Fraction(0), Fraction(5), Absence.ZERO_DENOMINATOR),
        (Method.TWO_ANCHOR, Fraction(1), Fraction(2), Absence.DEFINITION_GAP),  # no worst
        (Method.RATIO, Fraction(1), Absence.NO_TARGET, Absence.NO_TARGET),
        (Method.RATIO, Absence.LATE, Fraction(5), Absence.LATE),
        (Method.RATIO, Absence.LATE, Absence.NO_TARGET, Absence.LATE),
    ],
)
def test_attainment_that_cannot_be_had_says_why(
    method: Method, actual: Figure, target: Figure, expected: Absence
) -> None:
    assert attainment(actual, target, method) is expected


def test_the_level_now_and_the_road_travelled_are_two_things() -> None:
    level = progress(Fraction(50), Fraction(0), Fraction(200))
    road = progress(Fraction(50), Fraction(40), Fraction(60))

    assert (level, road) == (Fraction(1, 4), Fraction(1, 2))
    assert progress(Fraction(5), Fraction(1), Fraction(1)) is Absence.ZERO_DENOMINATOR


@pytest.mark.parametrize(
    ("red", "goal", "value", "ten_points"),
    [
        (500, 700, 300, "0.00"),
        (500, 700, 500, "3.33"),
        (500, 700, 600, "5.00"),
        (500, 700, 700, "6.67"),
        (500, 700, 900, "10.00"),
        (500, 700, 1000, "10.00"),
        (700, 500, 900, "0.00"),
        (700, 500, 700, "3.33"),
        (700, 500, 500, "6.67"),
        (700, 500, 300, "10.00"),
    ],
)
def test_goal_and_red_flag(red: int, goal: int, value: int, ten_points: str) -> None:
    points_of_ten = spider(Fraction(value), Fraction(red), Fraction(goal))

    assert isinstance(points_of_ten, Fraction)
    assert str(round_half_even(points_of_ten, 2)) == ten_points


@pytest.mark.parametrize(
    ("value", "expected"),
    [("300", "0"), ("500", "50"), ("600", "75"), ("700", "100"), ("800", "120")],
)
def test_goal_and_red_flag_on_our_scale_put_the_goal_at_100(value: str, expected: str) -> None:
    assert scored(value, Spider(Fraction(500), Fraction(700))) == expected
    assert scored(value, Spider(Fraction(500)), target="700") == expected


THRESHOLD_TARGET_CHALLENGE = Breakpoints(
    RATIO, points(("0.8", 60), ("1", 100), ("1.2", 120)), below=Fraction(0)
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("79", "0"),
        ("80", "60"),
        ("90", "80"),
        ("100", "100"),
        ("110", "110"),
        ("120", "120"),
        ("150", "120"),
    ],
)
def test_breakpoints_on_attainment(value: str, expected: str) -> None:
    assert scored(value, THRESHOLD_TARGET_CHALLENGE, target="100") == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "120"), ("5", "110"), ("10", "100"), ("15", "80"), ("20", "60")]
)
def test_breakpoints_on_value_need_no_target(value: str, expected: str) -> None:
    shape = Breakpoints(OnValue(), points(("0", 120), ("10", 100), ("20", 60)))

    assert scored(value, shape) == expected


def test_without_a_cliff_breakpoints_are_flat_outside() -> None:
    shape = Breakpoints(OnValue(), points(("80", 60), ("100", 100)))

    assert (scored("10", shape), scored("1000", shape)) == ("60", "100")


def test_a_cliff_above_is_for_values_that_should_be_small() -> None:
    shape = Breakpoints(OnValue(), points(("10", 100), ("20", 60)), above=Fraction(0))

    assert (scored("20", shape), scored("20.001", shape)) == ("60", "0")


def test_straight_line_from_half_at_the_threshold_to_150_at_the_maximum() -> None:
    """50 % payable at the threshold, 150 % at the maximum, none below it."""
    shape = Breakpoints(
        OnValue(), points(("80", 50), ("100", 100), ("120", 150)), below=Fraction(0)
    )
    values = ("79.9", "80", "90", "100", "110", "120", "130")

    assert [scored(value, shape, cap="150") for value in values] == [
        "0",
        "50",
        "75",
        "100",
        "125",
        "150",
        "150",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("79.9", "0"),
        ("80", "50"),
        ("89.9", "50"),
        ("90", "80"),
        ("99.9", "80"),
        ("100", "100"),
        ("109.9", "100"),
        ("110", "120"),
        ("120", "150"),
        ("200", "150"),
    ],
)
def test_steps(value: str, expected: str) -> None:
    steps = points(("0.8", 50), ("0.9", 80), ("1", 100), ("1.1", 120), ("1.2", 150))

    assert scored(value, Steps(RATIO, steps), target="100", cap="150") == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "120"), ("2", "120"), ("2.1", "100"), ("5", "100"), ("5.1", "0")]
)
def test_steps_reached_from_above(value: str, expected: str) -> None:
    steps = Steps(OnValue(), points(("2", 120), ("5", 100)), is_at_most=True)

    assert scored(value, steps) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("80", "0"),
        ("90", "66.67"),
        ("95", "100"),
        ("100", "100"),
        ("105", "100"),
        ("110", "66.67"),
        ("120", "0"),
        ("70", "0"),
        ("130", "0"),
    ],
)
def test_band(value: str, expected: str) -> None:
    limits = (Fraction(80), Fraction(95), Fraction(105), Fraction(120))

    assert scored(value, Band(OnValue(), limits)) == expected
    inner = tuple(limit / 100 for limit in limits)
    assert scored(value, Band(RATIO, (inner[0], inner[1], inner[2], inner[3])), "100") == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "100"), ("2", "80"), ("10", "0"), ("12", "0")]
)
def test_two_anchors_score_accidents_against_a_target_of_none(value: str, expected: str) -> None:
    shape = Linear(OnAttainment(Method.TWO_ANCHOR, LOWER, Fraction(10)))

    assert scored(value, shape, target="0") == expected


def test_milestone_is_all_or_nothing() -> None:
    at_least, at_most = Milestone(HIGHER), Milestone(LOWER, at=Fraction(3))

    assert [scored(value, at_least, target="1") for value in ("0", "1", "2")] == ["0", "100", "100"]
    assert [scored(value, at_most) for value in ("2", "3", "4")] == ["100", "100", "0"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("80", "80"), ("100", "100"), ("110", "110"), ("120", "120"), ("150", "120")],
)
def test_base_and_challenge(value: str, expected: str) -> None:
    curve = Curve(Challenge(RATIO, bonus=Fraction(20)))

    figure = score(Fraction(value), Fraction(100), curve, challenge=Fraction(120))

    assert figure == Fraction(expected)


def test_cap_and_bonus_have_their_usual_values() -> None:
    curve = Curve(Challenge(RATIO))

    assert curve.cap == 120
    assert score(Fraction(150), Fraction(100), curve, challenge=Fraction(120)) == 120
    assert score(Fraction(110), Fraction(100), curve, challenge=Fraction(120)) == 110


def test_without_a_challenge_only_the_base_counts() -> None:
    curve = Curve(Challenge(RATIO))

    assert score(Fraction(150), Fraction(100), curve) == 100
    assert score(Fraction(150), Fraction(100), curve, challenge=Absence.NO_TARGET) == 100
    assert score(Fraction(150), Fraction(100), curve, challenge=Fraction(100)) == 100


def test_the_cap_is_applied_at_the_leaf() -> None:
    linear = Linear(RATIO)

    assert scored("500", linear, target="100") == "120"
    assert scored("110", linear, target="100", cap="100") == "100"


def test_a_negative_score_is_zero_unless_deductions_are_declared() -> None:
    axis = OnAttainment(Method.TWO_ANCHOR, LOWER, Fraction(10))
    value, target = Fraction(12), Fraction(0)

    assert score(value, target, Curve(Linear(axis))) == 0
    assert score(value, target, Curve(Linear(axis), may_deduct=True)) == -20


def test_an_inverse_attainment_is_best_at_zero() -> None:
    curve = Curve(Linear(OnAttainment(Method.INVERSE, LOWER)))

    assert score(Fraction(10), Fraction(8), curve) == 80
    assert score(Fraction(0), Fraction(8), curve) == 120
    assert score(Fraction(1), Fraction(1, 2), curve) == 50


@pytest.mark.parametrize(
    ("value", "target", "shape", "expected"),
    [
        (Fraction(5), Absence.NO_TARGET, Linear(RATIO), Absence.NO_TARGET),
        (Absence.LATE, Fraction(5), Linear(RATIO), Absence.LATE),
        (Absence.LATE, Absence.NO_TARGET, Linear(RATIO), Absence.LATE),
        (Absence.LATE, Absence.NO_TARGET, Spider(Fraction(1), Fraction(2)), Absence.LATE),
        (Fraction(5), Absence.NO_TARGET, Spider(Fraction(1)), Absence.NO_TARGET),
        (Fraction(5), Absence.NO_TARGET, Milestone(HIGHER), Absence.NO_TARGET),
        (Fraction(5), Absence.NO_TARGET, Challenge(RATIO), Absence.NO_TARGET),
    ],
)
def test_a_score_that_cannot_be_had_says_why(
    value: Figure, target: Figure, shape: Shape, expected: Absence
) -> None:
    assert score(value, target, Curve(shape)) is expected


def test_a_curve_on_values_shows_no_attainment() -> None:
    by_range = Curve(Breakpoints(OnValue(), points(("0", 0), ("1", 100))))

    assert curve_attainment(Fraction(1), Fraction(2), by_range) is Absence.NOT_APPLICABLE
    assert curve_attainment(Fraction(1), Fraction(2), Curve(Linear(RATIO))) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("points_scored", "expected"),
    [
        ("120", Status.EXCEEDED),
        ("100.1", Status.EXCEEDED),
        ("100.06", Status.EXCEEDED),
        ("100.05", Status.ON_TARGET),  # shown as 100.0, a tie goes to the even digit
        ("100", Status.ON_TARGET),
        ("90", Status.ON_TARGET),
        ("89.96", Status.ON_TARGET),  # shown as 90.0
        ("89.94", Status.WATCH),
        ("60", Status.WATCH),
        ("59.96", Status.WATCH),
        ("59.9", Status.OFF),
        ("0", Status.OFF),
        ("-5", Status.OFF),
    ],
)
def test_status_is_judged_on_the_score_as_shown(points_scored: str, expected: Status) -> None:
    assert status_of(Fraction(points_scored)) is expected
    assert status_of(Fraction(shown(Fraction(points_scored)))) is expected


def test_bands_can_be_set() -> None:
    strict = Bands(exceeded=Fraction(110), on_target=Fraction(100), watch=Fraction(80))

    assert status_of(Fraction(105), strict) is Status.ON_TARGET
    assert status_of(Fraction(99), strict) is Status.WATCH


@pytest.mark.parametrize("absence", Absence)
def test_an_absence_has_no_status_of_performance(absence: Absence) -> None:
    expected = Status.PARTIAL if absence is Absence.PARTIAL else Status.NO_DATA

    assert status_of(absence) is expected
