"""Rows that a screen is made of are asked of the facts once, as long as the cube shows the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.access import EVERYTHING, Person, Role, Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from server.errors import StoreAway
from server.ledger.foreseeing import foresee
from server.metadata.repairs import begin_repair, end_repair
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.evaluate import evaluate_scorecard
from server.slices.ask import ask
from server.slices.question import read_question
from server.store.asking import Answered, Asker, asking_for
from tests.few_flights import few_flights, load_departures, rows_of
from tests.hearing import heard

ADMIN = Person("admin", Role.ADMINISTRATOR)
AMERICAN = Scope((ScopeRule("organisation", ("network", "AA")),))


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The first of January 2013."""
    with few_flights(tmp_path_factory.mktemp("rows")) as runtime:
        load_departures(runtime, "first.csv", rows_of(1, 1))
        yield runtime


def departures(runtime: Runtime, scope: Scope = EVERYTHING) -> ClickHouseBrowser:
    """The cube at the state of the moment."""
    return runtime.cubes.browser("departures", runtime.snapshot(), scope)


def flights(runtime: Runtime, scope: Scope = EVERYTHING) -> int:
    """How many there are."""
    found: int = departures(runtime, scope).aggregate(aggregates="flights").summary["flights"]
    return found


def test_the_same_rows_are_asked_once(stocked: Runtime) -> None:
    whole = flights(stocked)
    with heard(stocked) as questions:
        assert flights(stocked) == whole == len(rows_of(1, 1))
        assert questions == []
        assert flights(stocked, AMERICAN) < whole
        assert len(questions) == 1
        assert flights(stocked, AMERICAN) < flights(stocked) == whole
    assert len(questions) == 1


def test_a_slice_is_made_of_rows_that_are_known(stocked: Runtime) -> None:
    pairs = [("rows", "organisation:carrier"), ("value", "flights"), ("totals", "1")]
    cube = stocked.cubes.model.cube("departures")
    question = read_question(pairs, cube, stocked.snapshot().today("departures"))
    first = ask(stocked, ADMIN, question, "en", stocked.snapshot())
    with heard(stocked) as questions:
        again = ask(stocked, ADMIN, question, "en", stocked.snapshot())

    assert (again.rows, questions) == (first.rows, [])


def test_a_scorecard_is_made_of_rows_that_are_known(stocked: Runtime) -> None:
    asked = Asked(ADMIN, period=Period.parse("2013-01"))
    first = evaluate_scorecard(stocked, asked, "punctuality")
    with heard(stocked) as questions:
        again = evaluate_scorecard(stocked, asked, "punctuality")

    assert (again.rolled, questions) == (first.rolled, [])


def test_a_publication_of_its_own_makes_rows_stale_and_one_of_another_cube_does_not(
    stocked: Runtime,
) -> None:
    before = flights(stocked)
    load_departures(stocked, "second.csv", rows_of(2, 2))
    assert flights(stocked) == before + len(rows_of(2, 2))

    here = stocked.snapshot()
    elsewhere = {**here.changed, "weather": "another"}
    later = replace(here, number=here.number + 1, top=here.top + 5, changed=elsewhere)
    with heard(stocked) as questions:
        found = stocked.cubes.browser("departures", later).aggregate(aggregates="flights")
    assert (found.summary["flights"], questions) == (flights(stocked), [])


def test_a_state_that_is_only_foreseen_is_never_taken_for_another(stocked: Runtime) -> None:
    first = load_departures(stocked, "fifth.csv", rows_of(3, 5))
    second = load_departures(stocked, "sixth.csv", rows_of(4, 6))
    now, left = stocked.clock(), []
    for load in (first.load, second.load):
        seen = foresee(stocked.metadata, load, "withdrawn", now).snapshot
        found = stocked.cubes.browser("departures", seen).aggregate(aggregates="flights")
        left.append(found.summary["flights"])

    whole = flights(stocked)
    assert left == [whole - len(rows_of(3, 5)), whole - len(rows_of(4, 6))]


def test_who_wants_to_hear_of_each_question_has_all_asked(stocked: Runtime) -> None:
    flights(stocked)
    own: list[Answered] = []
    with asking_for(Asker(hearer=own.append)):
        flights(stocked)

    assert len(own) == 1


def test_after_a_repair_all_is_asked_anew(stocked: Runtime) -> None:
    before = flights(stocked)
    with stocked.metadata.write() as session:
        repair = begin_repair(session, "departures", 4, [4], "olga", stocked.clock())
    with pytest.raises(StoreAway):
        flights(stocked)
    with stocked.metadata.write() as session:
        end_repair(session, repair, stocked.clock())

    with heard(stocked) as questions:
        assert flights(stocked) == before
    assert len(questions) == 1


def test_while_the_store_is_away_nothing_is_given(stocked: Runtime) -> None:
    flights(stocked)
    stocked.store.pulse.hold()
    with pytest.raises(StoreAway):
        flights(stocked)
    stocked.store.pulse.release()
