"""What a program is told of an indicator is what the screen shows, without the screen's work."""

from dataclasses import replace
from typing import Any

import pytest

from server.access import EVERYTHING, Person, Role, Scope, ScopeRule
from server.cube.browser import Cubes
from server.cube.statement import Statement
from server.errors import NotFound
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.figure import indicator_figure
from server.scorecards.indicator import indicator_view
from server.scorecards.slicing import Cuts

ADMIN = Person("admin", Role.ADMINISTRATOR, EVERYTHING)
NETWORK = Person("ana", Role.ANALYST, Scope((ScopeRule("organisation", ("network",)),)))
DECEMBER = Period.parse("2013-12")


class Spied:
    """Readers that also keep what they are asked."""

    def __init__(self, runtime: Runtime) -> None:
        self.asked: list[str] = []
        self._readers = runtime.store.readers

    def query(self, statement: Statement) -> Any:
        """The answer of the readers."""
        self.asked.append(statement.sql)
        return self._readers.query(statement)


@pytest.mark.parametrize("person", [ADMIN, NETWORK], ids=lambda one: str(one.name))
@pytest.mark.parametrize(
    "paths",
    [
        {},
        {"organisation": ("network", "AA")},
        {"organisation": ("network",), "region": ("America/Chicago",)},
        {"origin": ("EWR",)},
    ],
    ids=lambda one: "+".join(one) or "whole",
)
@pytest.mark.parametrize("code", ["on_time_arrival", "cancellations", "seat_miles"])
def test_it_is_what_the_screen_shows(
    flights: Runtime, code: str, paths: dict[str, tuple[str, ...]], person: Person
) -> None:
    asked = Asked(person, Cuts.of(paths), DECEMBER, "zh")

    found = indicator_figure(flights, asked, code, flights.snapshot())
    shown = indicator_view(flights, asked, code)

    assert found.standing == shown.standing
    assert found.slice == shown.frame.slice
    assert (found.snapshot, found.data_to) == (shown.frame.snapshot, shown.frame.data_to)


@pytest.mark.parametrize(
    ("paths", "statements"), [({}, 1), ({"organisation": ("network", "AA")}, 2)]
)
def test_the_facts_are_asked_once_and_once_for_each_member_that_is_cut(
    flights: Runtime, paths: dict[str, tuple[str, ...]], statements: int
) -> None:
    spied = Spied(flights)
    runtime = replace(flights, cubes=Cubes(flights.cubes.model, spied))
    asked = Asked(ADMIN, Cuts.of(paths), DECEMBER, "en")

    indicator_figure(runtime, asked, "on_time_arrival", flights.snapshot())

    assert len(spied.asked) == statements


@pytest.mark.parametrize(
    ("person", "path", "allowed"),
    [
        (ADMIN, ("network", "nobody"), ("low_cost", "network", "regional")),
        (NETWORK, ("low_cost", "B6"), ("network",)),
    ],
)
def test_a_member_that_is_not_there_or_not_theirs_is_named_with_those_that_are(
    flights: Runtime, person: Person, path: tuple[str, ...], allowed: tuple[str, ...]
) -> None:
    asked = Asked(person, Cuts.of({"organisation": path}), DECEMBER, "en")

    with pytest.raises(NotFound) as refusal:
        indicator_figure(flights, asked, "on_time_arrival", flights.snapshot())

    assert sorted(refusal.value.allowed) == list(allowed)
