"""How an answer was worked out: told to those who may audit, with their own scope alone."""

import re
from dataclasses import replace
from typing import Any

import pytest

from server.access import Scope, ScopeRule
from server.cube.workings import noting_workings, workings
from server.runtime import Runtime
from tests.api.conftest import Ask
from tests.shop import Question
from tests.web.people import ANALYST

FLIGHTS = "/api/v1/cubes/departures/aggregate"
MONTHS = f"{FLIGHTS}?aggregates=flights&drilldown=time:month&cut=organisation:network,AA"


def explained(ask: Ask, path: str) -> Any:
    answer = ask(f"{path}&explain=true")
    assert answer.status_code == 200, answer.text
    return answer.get_json()["explain"]


def test_every_statement_is_told_with_its_values_and_what_it_took(ask: Ask) -> None:
    (statement,) = explained(ask, MONTHS)["statements"]

    assert statement["sql"].startswith(("SELECT", "WITH"))
    assert "AA" in statement["parameters"].values()
    assert "AA" not in statement["sql"]
    names = set(re.findall(r"\{(\w+):", statement["sql"]))
    assert names == set(statement["parameters"])
    assert statement["served_by"] == "facts"
    assert [one["source"].split(".")[-1] for one in statement["reads"]] == ["departures"]
    assert statement["rows"] == 12
    assert 336776 >= statement["rows_read"] > 12
    assert statement["milliseconds"] > 0


def test_the_answer_is_the_same_with_and_without(ask: Ask) -> None:
    plain, told = ask(MONTHS).get_json(), ask(f"{MONTHS}&explain=true").get_json()
    told.pop("explain")
    posted = ask(
        FLIGHTS,
        json={
            "aggregates": ["flights"],
            "drilldown": ["time:month"],
            "cut": ["organisation:network,AA"],
            "explain": True,
        },
    ).get_json()

    assert told == plain
    assert posted.pop("explain")["statements"]
    assert posted == plain


def test_who_may_not_audit_is_refused(ask: Ask) -> None:
    answer = ask(f"{MONTHS}&explain=true", ANALYST)

    assert answer.status_code == 403
    assert "'audit'" in answer.get_json()["error"]["message"]
    assert ask(f"{MONTHS}&explain=false", ANALYST).status_code == 200


def test_what_is_not_json_cannot_be_explained(ask: Ask) -> None:
    answer = ask(f"{MONTHS}&explain=true&format=csv")

    assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, "explain")


@pytest.mark.parametrize("word", ["1", "yes", "TRUE"])
def test_a_slip_of_the_pen_is_told(ask: Ask, word: str) -> None:
    assert ask(f"{MONTHS}&explain={word}").status_code == 400


def test_only_the_own_questions_are_heard_and_only_within(flights: Runtime) -> None:
    """Another person's questions beside it, with their scope, are never in an explanation."""
    mine = Scope((ScopeRule("organisation", ("low_cost",)),))
    browser = flights.cubes.browser("departures", flights.snapshot(), mine)
    other = flights.cubes.browser("departures", flights.snapshot())
    other.aggregate("organisation:network,UA", "flights")
    with noting_workings() as heard:
        browser.aggregate(aggregates="flights")
    other.aggregate("organisation:network,UA", "flights")

    (told,) = workings(flights.store.readers, heard)
    assert "low_cost" in told.parameters.values()
    assert "UA" not in told.parameters.values()


def test_long_lists_of_values_are_cut_short(flights: Runtime) -> None:
    with noting_workings() as heard:
        flights.store.readers.query(
            Question("SELECT {many:Array(UInt32)}", {"many": list(range(5000))})
        )

    (told,) = workings(flights.store.readers, [replace(heard[0])])
    assert told.parameters["many"].endswith("18, 19, … 4,980 more]")
    assert told.reads == ()
