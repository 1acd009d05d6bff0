"""The geometry of small drawings, worked out by hand."""

from fractions import Fraction

from server.indicators.absence import Absence
from server.periods import Period
from server.scorecards.views import Point
from web.sparks import Bar, bars, of_score, spark


def _points(*pairs: tuple[int | None, int]) -> list[Point]:
    return [
        Point(
            Period("month", 2013, month),
            Absence.NOT_LOADED if value is None else Fraction(value),
            Fraction(target),
        )
        for month, (value, target) in enumerate(pairs, start=1)
    ]


def test_the_line_runs_from_the_lowest_to_the_highest() -> None:
    """120 × 30 with a margin of 4: x from 4 to 116, y from 26 (low) to 4 (high)."""
    drawn = spark(_points((0, 5), (10, 5), (5, 5)))

    assert drawn.actual == "M4.0 26.0L60.0 4.0L116.0 15.0"
    assert drawn.target == "M4.0 15.0L60.0 15.0L116.0 15.0"
    assert drawn.dot == (116.0, 15.0)


def test_a_missing_period_leaves_a_gap() -> None:
    drawn = spark(_points((0, 5), (None, 5), (10, 5), (5, 5)))

    assert drawn.actual.count("M") == 2
    assert drawn.target.count("M") == 1


def test_nothing_known_draws_nothing() -> None:
    assert spark([]).actual == ""
    assert spark([]).dot is None


def test_bars_of_one_table_share_one_scale() -> None:
    """The scale ends 2 % beyond the greatest of values and plans: 102."""
    short, long, none = bars(
        [Fraction(51), Fraction(102, 2) * 2, Absence.LATE], [Fraction(100)] * 3
    )

    assert short == Bar(start=0.0, width=49.02, zero=0.0, mark=96.12)
    assert long == Bar(start=0.0, width=98.04, zero=0.0, mark=96.12)
    assert none is None


def test_a_negative_value_grows_to_the_left_of_zero() -> None:
    (left,) = bars([Fraction(-50)], [Fraction(50)])

    assert left is not None
    assert left.start == 0
    assert round(left.start + left.width, 2) == left.zero


def test_a_score_lies_on_the_scale_to_120() -> None:
    assert of_score(Fraction(60)) == 50
    assert of_score(Fraction(130)) == 100
    assert of_score(Fraction(-10)) == 0
    assert of_score(Absence.NO_TARGET) is None
