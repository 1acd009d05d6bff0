"""A figure that is not there says why: on the real flights of 2013, and never as a zero."""

from fractions import Fraction

from server.access import Person, Role
from server.indicators.absence import Absence
from server.indicators.scoring import Status
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.indicator import indicator_view
from server.scorecards.slicing import Cuts
from server.scorecards.views import Standing

VIEWER = Person("viewer", Role.VIEWER)


def _standing(flights: Runtime, code: str, period: str, **paths: tuple[str, ...]) -> Standing:
    asked = Asked(VIEWER, Cuts.of(dict(paths)), Period.parse(period))
    return indicator_view(flights, asked, code).standing


def test_the_pack_opens_on_its_last_full_month(flights: Runtime) -> None:
    """Facts run to 31 December 2013, so December is the screen's today."""
    view = evaluate_scorecard(flights, Asked(VIEWER), "punctuality")

    assert str(view.frame.slice.period) == "2013-12"
    assert str(view.frame.data_to) == "2013-12-31"


def test_the_year_before_the_facts_is_not_loaded(flights: Runtime) -> None:
    """There is no 2012, so year-on-year is absent and not a fall from zero."""
    standing = _standing(flights, "on_time_arrival", "2013-12")

    assert standing.year_earlier is Absence.NOT_LOADED
    assert standing.change_year.absolute is Absence.NOT_LOADED
    assert isinstance(standing.previous, Fraction)


def test_a_period_without_facts_has_no_score(flights: Runtime) -> None:
    """Every row of 2014 is absent, and so is the score of the whole."""
    view = evaluate_scorecard(flights, Asked(VIEWER, period=Period.parse("2014-01")), "punctuality")

    assert {row.standing.value for row in view.rows} == {Absence.NOT_LOADED}
    assert view.rolled.status is Status.NO_DATA
    assert view.rolled.coverage == 0


def test_a_filter_on_a_dimension_that_the_cube_lacks_is_not_applicable(flights: Runtime) -> None:
    """The weather belongs to no carrier."""
    standing = _standing(flights, "low_visibility", "2013-12", organisation=("network",))

    assert standing.value is Absence.NOT_APPLICABLE
    assert standing.status is Status.NO_DATA


def test_the_company_plan_of_a_volume_is_nobody_elses(flights: Runtime) -> None:
    """Seat-miles of one carrier or to one region are not held against the plan of all."""
    for paths in ({"organisation": ("network", "UA")}, {"region": ("America/Denver",)}):
        standing = _standing(flights, "seat_miles", "2013-12", **paths)
        assert isinstance(standing.value, Fraction)
        assert standing.target is Absence.NO_TARGET
        assert standing.score is Absence.NO_TARGET


def test_a_missing_score_lowers_the_coverage_by_its_weight(flights: Runtime) -> None:
    """Without seat-miles (half of the capacity perspective's 25 %) 87.5 % of the weight is left."""
    asked = Asked(VIEWER, Cuts.of({"organisation": ("network", "UA")}), Period.parse("2013-12"))
    view = evaluate_scorecard(flights, asked, "punctuality")

    assert view.rolled.coverage == Fraction(875, 1000)


def test_a_month_with_facts_and_none_in_the_slice_counts_zero(flights: Runtime) -> None:
    """SkyWest flew nothing from New York in February: 0 flights arrived, shares have no base."""
    view = indicator_view(
        flights,
        Asked(VIEWER, Cuts.of({"organisation": ("regional", "OO")}), Period.parse("2013-02")),
        "cancellations",
    )

    assert {name: figure for name, _, figure in view.operands} == {
        "cancelled": Fraction(0),
        "flights": Fraction(0),
    }
    assert view.standing.value is Absence.ZERO_DENOMINATOR
