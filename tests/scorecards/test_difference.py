"""Which figures moved between two snapshots: those that did, by how much, through which load."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from server.access import EVERYTHING, Person, Role, Scope, ScopeRule
from server.errors import Conflict, InvalidInput, NotFound
from server.indicators.absence import Absence
from server.ledger.publish import restore, withdraw
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.difference import Difference, difference, difference_of_load, foreseen
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.figures import Question, operands_by_period
from tests.few_flights import few_flights, load_departures, rows_of

JANUARY, FEBRUARY = Period("month", 2013, 1), Period("month", 2013, 2)
EVERYONE = Asked(Person("olga", Role.ADMINISTRATOR, EVERYTHING))


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """One day of January, one of February, then January restated without its last 42 rows.

    Whoever withdraws something restores it.
    """
    with few_flights(tmp_path_factory.mktemp("difference")) as found:
        january = rows_of(1, 1)
        load_departures(found, "january.csv", january)
        load_departures(found, "february.csv", rows_of(2, 1))
        load_departures(found, "january again.csv", january[:-42])
        yield found


def moved(found: Difference, name: str) -> dict[Period, tuple[object, object]]:
    """Before and after of an aggregate or indicator, by period."""
    return {
        one.period: (one.before, one.after)
        for one in (*found.aggregates, *found.indicators)
        if one.code == name
    }


def test_a_restatement_moves_its_month_alone_and_names_its_load(runtime: Runtime) -> None:
    found = difference(runtime, EVERYONE, 5, 6)

    before = len(rows_of(1, 1))
    assert moved(found, "flights") == {JANUARY: (Fraction(before), Fraction(before - 42))}
    (flights,) = (one for one in found.aggregates if one.code == "flights")
    assert (flights.difference, flights.loads) == (Fraction(-42), (6,))
    assert {one.period for one in found.aggregates} == {JANUARY}
    (key,) = found.ledger.keys
    assert (key.scope_key, key.rows_before, key.rows_after) == ("month=2013-01", 842, 800)
    assert key.sums["_row"] != ("", "")


def test_indicators_move_with_the_facts_they_are_made_of(runtime: Runtime) -> None:
    found = difference(runtime, EVERYONE, 5, 6)

    def punctual(rows: list[str]) -> Fraction:
        arrived = [row.split(",")[8] for row in rows]
        return Fraction(sum(late != "NA" and int(late) < 15 for late in arrived), len(rows))

    before, after = moved(found, "on_time_arrival")[JANUARY]
    january = rows_of(1, 1)
    assert (before, after) == (punctual(january), punctual(january[:-42]))


def test_distinct_counts_move_by_what_is_there_no_more(runtime: Runtime) -> None:
    """Aircraft, and days of aircraft that departed, counted in the lines of the source."""
    found = difference(runtime, EVERYONE, 5, 6)

    def counted(rows: list[str]) -> tuple[Fraction, Fraction]:
        lines = [row.split(",") for row in rows]
        tails = {one[11] for one in lines if one[11] != "NA"}
        days = {(one[11], one[2]) for one in lines if "NA" not in (one[11], one[3])}
        return Fraction(len(tails)), Fraction(len(days))

    january = rows_of(1, 1)
    before, after = counted(january), counted(january[:-42])
    assert before[0] != after[0] != before[0] - 42  # no difference of sums would give it
    assert moved(found, "aircraft") == {JANUARY: (before[0], after[0])}
    assert moved(found, "aircraft_days") == {JANUARY: (before[1], after[1])}


def test_scores_move_as_the_scorecard_shows_them(runtime: Runtime) -> None:
    """Of the whole and of every perspective, as the scorecard's own page tells them."""
    found = difference(runtime, EVERYONE, 5, 6)
    assert found.scorecard is not None
    asked = replace(EVERYONE, period=JANUARY)
    sides = [
        evaluate_scorecard(runtime, asked, found.scorecard.code, runtime.snapshot(number))
        for number in (5, 6)
    ]
    shown = [
        {"": one.rolled.score, **{p.perspective.code: p.rolled.score for p in one.perspectives}}
        for one in sides
    ]
    assert {one.code: (one.before, one.after) for one in found.scores} == {
        code: (shown[0][code], shown[1][code])
        for code in shown[0]
        if shown[0][code] != shown[1][code]
    }
    whole, *_ = found.scores
    assert (whole.code, whole.period, whole.loads) == ("", JANUARY, (6,))
    assert isinstance(whole.difference, Fraction)
    assert whole.difference != 0


def test_a_score_is_the_weighted_mean_of_its_perspectives(runtime: Runtime) -> None:
    """The whole score's move, worked out from the perspectives' own scores and weights."""
    found = difference(runtime, EVERYONE, 5, 6)
    assert found.scorecard is not None
    view = evaluate_scorecard(
        runtime, replace(EVERYONE, period=JANUARY), found.scorecard.code, runtime.snapshot(6)
    )
    scored = [(one.perspective.weight, one.rolled.score) for one in view.perspectives]
    judged = [(weight, score) for weight, score in scored if isinstance(score, Fraction)]
    mean = sum(weight * score for weight, score in judged) / sum(weight for weight, _ in judged)
    assert found.scores[0].after == mean


def test_what_is_not_listed_did_not_move(runtime: Runtime) -> None:
    """The whole cube at both snapshots, asked month by month, holds no other difference."""
    found = difference(runtime, EVERYONE, 4, 6)
    cube = runtime.cubes.model.cube("departures")
    months = tuple(Period("month", 2013, month) for month in range(1, 5))
    names = tuple(one.name for one in cube.aggregates)
    answers = []
    for number in (4, 6):
        snapshot = runtime.snapshot(number)
        browser = runtime.cubes.browser("departures", snapshot, EVERYTHING)
        answers.append(operands_by_period(browser, cube, Question(names, months), snapshot))

    differing = {
        (name, month): (answers[0][month][name], answers[1][month][name])
        for name in names
        for month in months
        if answers[0][month][name] != answers[1][month][name]
    }
    assert {(one.code, one.period): (one.before, one.after) for one in found.aggregates} == (
        differing
    )


def test_the_scorecard_is_the_first_that_looks_at_what_changed(flights: Runtime) -> None:
    """Departures concern both scorecards, the weather the second alone."""
    departures, weather = difference(flights, EVERYONE, 3, 4), difference(flights, EVERYONE, 4, 5)
    chosen = difference(flights, EVERYONE, 4, 5, "punctuality")

    cards = [one.scorecard.code if one.scorecard else "" for one in (departures, weather, chosen)]
    assert cards == ["punctuality", "weather_operations", "punctuality"]
    assert {one.code for one in weather.indicators} == {"cancellations_in_low_visibility"}
    assert chosen.indicators == chosen.scores == ()


def test_cells_that_cannot_have_moved_are_not_asked(runtime: Runtime) -> None:
    """One month of one cube: its aggregates, and the indicators of the scorecard over it."""
    found = difference(runtime, EVERYONE, 5, 6)
    cube = runtime.cubes.model.cube("departures")
    assert found.scorecard is not None
    catalogue = read_catalogue(runtime.metadata)
    over_departures = [
        code
        for code in found.scorecard.indicator_codes
        if catalogue.indicator(code).cube == "departures"
    ]

    assert found.compared == len(cube.aggregates) + len(over_departures)


def test_the_first_load_of_a_month_moves_it_from_not_loaded(runtime: Runtime) -> None:
    found = difference_of_load(runtime, EVERYONE, 5)

    assert moved(found, "flights") == {FEBRUARY: (Absence.NOT_LOADED, Fraction(len(rows_of(2, 1))))}
    assert [(one.what, one.load) for one in found.ledger.events] == [("published", 5)]


def test_what_is_foreseen_is_what_comes(runtime: Runtime) -> None:
    for change in (withdraw, restore):
        kind = "withdrawn" if change is withdraw else "restored"
        told = foreseen(runtime, EVERYONE, 6, kind)  # type: ignore[arg-type]
        now = runtime.snapshot().number
        number = change(runtime.metadata, 6, "olga", "a try", runtime.clock())
        came = difference(runtime, EVERYONE, number - 1, number)

        assert number == now + 1  # foreseeing left nothing behind
        assert told.is_foreseen
        assert told.indicators == came.indicators != ()
        assert told.aggregates == came.aggregates
        assert told.scores == came.scores != ()
        assert told.ledger.keys == came.ledger.keys


def test_withdrawing_a_restatement_brings_back_what_it_replaced(runtime: Runtime) -> None:
    told = foreseen(runtime, EVERYONE, 6, "withdrawn")

    assert moved(told, "flights") == {JANUARY: (Fraction(800), Fraction(842))}


def test_withdrawing_what_is_replaced_already_moves_nothing(runtime: Runtime) -> None:
    told = foreseen(runtime, EVERYONE, 4, "withdrawn")

    assert (told.indicators, told.aggregates, told.ledger.keys) == ((), (), ())


def test_back_and_forth_is_no_difference_but_is_told(runtime: Runtime) -> None:
    number = runtime.snapshot().number
    withdraw(runtime.metadata, 6, "olga", "wrong", runtime.clock())
    restore(runtime.metadata, 6, "olga", "right after all", runtime.clock())
    found = difference(runtime, EVERYONE, number, number + 2)

    assert (found.indicators, found.aggregates, found.ledger.keys) == ((), (), ())
    assert [(one.what, one.reason) for one in found.ledger.events] == [
        ("withdrawn", "wrong"),
        ("restored", "right after all"),
    ]


def test_everyone_sees_what_moved_within_their_own_scope(runtime: Runtime) -> None:
    scope = Scope((ScopeRule("organisation", ("network", "AA")),))
    asked = Asked(Person("ann", Role.ANALYST, scope))
    gone = [row for row in rows_of(1, 1)[-42:] if row.split(",")[9] == "AA"]
    found = difference(runtime, asked, 5, 6)

    before, after = moved(found, "flights")[JANUARY]
    assert isinstance(before, Fraction)
    assert isinstance(after, Fraction)
    assert before - after == len(gone) > 0


@pytest.mark.parametrize(("first", "last"), [(6, 5), (5, 5)])
def test_a_difference_goes_forward(runtime: Runtime, first: int, last: int) -> None:
    with pytest.raises(InvalidInput, match="to a later one"):
        difference(runtime, EVERYONE, first, last)


def test_what_is_not_there_is_said(runtime: Runtime) -> None:
    with pytest.raises(NotFound, match="no snapshot 99; the latest is "):
        difference(runtime, EVERYONE, 5, 99)
    with pytest.raises(NotFound, match="no scorecard"):
        difference(runtime, EVERYONE, 5, 6, "nonsense")
    with pytest.raises(Conflict):
        foreseen(runtime, EVERYONE, 6, "restored")
