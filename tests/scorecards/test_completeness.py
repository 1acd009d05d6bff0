"""Three of ten carriers hold February back: what has come is told, and the same part compared."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from loaders.context import context_of
from loaders.load import run_load
from server.access import Person, Role, Scope, ScopeRule
from server.arrivals.coverage import Arrival
from server.indicators.absence import Absence
from server.indicators.scoring import Status
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.comparing import Basis
from server.scorecards.contributing import Branch
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.indicator import indicator_view
from server.scorecards.slicing import NO_CUTS, Cuts
from server.scorecards.views import Standing
from server.scorecards.why import Subject, why
from server.slices.ask import ask
from server.slices.question import Axis, SliceQuestion, Value
from tests.few_flights import BY, few_flights, header, load_departures, rows_of
from tests.waiting import (
    CARRIERS,
    FEBRUARY,
    HELD_BACK,
    JANUARY,
    SENT,
    VIEWER,
    by_month_and_carrier,
    cancelled,
    days_of,
    on_the_tenth_of_march,
    waiting_for_three,
)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with waiting_for_three(tmp_path_factory.mktemp("waiting")) as opened:
        yield opened


def standing(
    runtime: Runtime, code: str, period: Period | None = FEBRUARY, cuts: Cuts = NO_CUTS
) -> Standing:
    return indicator_view(runtime, Asked(VIEWER, cuts, period), code).standing


def test_the_part_that_has_come_is_counted(waiting: Runtime) -> None:
    found = standing(waiting, "cancellations")

    assert found.coverage is not None
    assert (found.coverage.arrived, found.coverage.expected) == (7, 10)
    assert found.coverage.missing == HELD_BACK
    assert found.status is Status.PARTIAL
    assert found.value == cancelled(2, *SENT)


def test_both_sides_are_compared_over_the_seven(waiting: Runtime) -> None:
    found = standing(waiting, "cancellations")
    now, before = cancelled(2, *SENT), cancelled(1, *SENT)

    assert before != cancelled(1, *CARRIERS)
    assert found.previous == before
    assert found.change.absolute == now - before
    assert found.previous_basis == Basis("units", 7, 10)


def test_the_target_of_a_whole_month_is_not_held_against_a_part(waiting: Runtime) -> None:
    assert standing(waiting, "cancellations").variance.absolute is Absence.PARTIAL


def test_a_carrier_that_has_sent_nothing_is_late_and_not_zero(waiting: Runtime) -> None:
    found = standing(waiting, "cancellations", cuts=Cuts.of({"organisation": ("network", "US")}))

    assert found.value is Absence.LATE
    assert found.change.absolute is Absence.LATE


def test_a_late_carrier_stands_in_the_breakdown_of_its_group(waiting: Runtime) -> None:
    asked = Asked(VIEWER, Cuts.of({"organisation": ("network",)}), FEBRUARY)
    rows = {
        row.member.path[-1]: row.standing
        for broken in indicator_view(waiting, asked, "cancellations").breakdowns
        if broken.dimension == "organisation"
        for row in broken.rows
    }

    assert rows["US"].value is Absence.LATE
    assert rows["UA"].value == cancelled(2, "UA")
    assert rows["UA"].status is not Status.PARTIAL


def test_a_group_of_which_all_have_sent_is_whole(waiting: Runtime) -> None:
    """Of the regional carriers 9E, EV and MQ are expected, and all have sent."""
    found = standing(waiting, "cancellations", cuts=Cuts.of({"organisation": ("regional",)}))

    assert found.coverage is not None
    assert found.coverage.state is Arrival.WHOLE
    assert found.previous_basis is None
    assert found.change.absolute == cancelled(2, "9E", "EV", "MQ") - cancelled(1, "9E", "EV", "MQ")


def test_a_person_is_told_of_the_own_part_alone(waiting: Runtime) -> None:
    regional = Person("r", Role.ANALYST, Scope((ScopeRule("organisation", ("regional",)),)))
    found = indicator_view(waiting, Asked(regional, period=FEBRUARY), "cancellations").standing

    assert found.coverage is not None
    assert (found.coverage.arrived, found.coverage.expected) == (3, 3)


def test_screens_open_on_the_last_month_that_all_have_sent(waiting: Runtime) -> None:
    """Facts run to the third of February; three carriers have sent January alone."""
    snapshot = waiting.snapshot()

    assert snapshot.watermarks["departures"] == date(2013, 2, 3)
    assert snapshot.today("departures") == date(2013, 1, 31)
    assert evaluate_scorecard(waiting, Asked(VIEWER), "punctuality").frame.slice.period == JANUARY


def test_the_scorecard_is_partial_up_to_the_top(waiting: Runtime) -> None:
    view = evaluate_scorecard(waiting, Asked(VIEWER, period=FEBRUARY), "punctuality")
    statuses = {one.perspective.code: one.rolled.status for one in view.perspectives}

    assert view.rolled.status is Status.PARTIAL
    assert statuses["passengers"] is Status.PARTIAL
    assert [one.rolled.status is Status.PARTIAL for one in view.strip] == [False, True]


def test_march_was_not_due_and_is_not_loaded(waiting: Runtime) -> None:
    assert standing(waiting, "cancellations", Period.parse("2013-03")).value is Absence.NOT_LOADED


def test_like_for_like_compares_those_who_are_on_both_sides(waiting: Runtime) -> None:
    asked = Asked(VIEWER, NO_CUTS, FEBRUARY, like_for_like=True)
    found = indicator_view(waiting, asked, "cancellations").standing

    assert found.previous_basis == Basis("like_for_like", 7, 10)
    assert found.change.absolute == cancelled(2, *SENT) - cancelled(1, *SENT)


def test_the_split_of_the_change_is_that_of_the_seven(waiting: Runtime) -> None:
    asked, snapshot = Asked(VIEWER), waiting.snapshot()
    indicator = read_catalogue(waiting.metadata, snapshot.definitions).indicator("cancellations")
    subject = Subject(waiting.cubes.model.cube("departures"), indicator.formula, indicator)
    found = why(waiting, asked, subject, FEBRUARY, "previous", snapshot, "organisation:carrier")

    assert isinstance(found.branch, Branch)
    assert {row.member.path[-1] for row in found.branch.rows} == set(SENT)
    assert found.change == cancelled(2, *SENT) - cancelled(1, *SENT)
    assert sum(row.part.amount for row in found.branch.rows) == found.change
    assert found.basis == Basis("units", 7, 10)


def test_the_slicer_says_late_partial_and_how_much_has_come(waiting: Runtime) -> None:
    months = Axis("time", "ymd", "month")
    flights = Value("flights", show=("value", "change"))
    carriers = Axis("organisation", "default", "carrier")
    question = SliceQuestion("departures", (months,), (carriers,), (flights,), ("time:2013,1",))
    found = ask(waiting, VIEWER, question, "en")
    carrier = [column.paths[0][-1] for column in found.columns]
    february = dict(zip(carrier, found.rows[-1].cells[::2], strict=True))

    assert found.coverage is not None
    assert (found.coverage.arrived, found.coverage.expected) == (17, 20)
    assert [february[one] for one in HELD_BACK] == [Absence.LATE] * 3
    assert february["UA"] == len(days_of(2, "UA"))


def test_what_comes_late_makes_it_whole_and_an_empty_file_has_come(
    tmp_path: Path,
) -> None:
    """US and FL send February; WN says that it had no flights: its 0 is a 0."""
    with few_flights(tmp_path, by_month_and_carrier) as opened:
        load_departures(opened, "january.csv", days_of(1, *CARRIERS))
        load_departures(opened, "february.csv", days_of(2, *SENT, "US", "FL"))
        empty = tmp_path / "empty.csv"
        empty.write_text(header(), "utf-8")
        run_load(context_of(opened), "departures", empty, scope=["month=2013-02,carrier=WN"], by=BY)
        runtime = on_the_tenth_of_march(opened)
        nobody = Cuts.of({"organisation": ("low_cost", "WN")})
        view = indicator_view(runtime, Asked(VIEWER, nobody, FEBRUARY), "cancellations")

        assert {name: figure for name, _, figure in view.operands} == {
            "cancelled": Fraction(0),
            "flights": Fraction(0),
        }
        whole = standing(runtime, "cancellations")
        assert whole.coverage is not None
        assert whole.coverage.state is Arrival.WHOLE
        assert whole.change.absolute == (cancelled(2, *SENT, "US", "FL") - cancelled(1, *CARRIERS))


def test_without_a_contract_as_many_days_of_each_are_compared(tmp_path: Path) -> None:
    """February has two days so far, and they are held against the first two of January."""
    with few_flights(tmp_path) as opened:
        rows = [line for day in (1, 2, 3) for line in rows_of(1, day)]
        load_departures(opened, "departures_2013-01.csv", rows)
        rows = [line for day in (1, 2) for line in rows_of(2, day)]
        load_departures(opened, "departures_2013-02.csv", rows)
        found = standing(opened, "cancellations")
        before = [line.split(",") for day in (1, 2) for line in rows_of(1, day)]

        assert found.status is Status.PARTIAL
        assert found.previous_basis == Basis("days", days=2)
        assert found.previous == Fraction(sum(one[3] == "NA" for one in before), len(before))
        assert isinstance(found.change.absolute, Fraction)
        assert found.change_year.absolute is Absence.NOT_LOADED
