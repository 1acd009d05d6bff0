"""The log of questions says by which levels was asked, and never about whom or by whom."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.access import Scope, ScopeRule
from server.metadata.query_log import LoggedQuery, forget_queries, log_queries, logged_queries
from server.metadata.session import Metadata, open_metadata
from server.query_log import QueryLog
from server.runtime import Runtime
from tests.stores import place_metadata
from tests.web.people import Clock


@pytest.fixture
def metadata(tmp_path: Path) -> Metadata:
    """A database of its own."""
    return open_metadata(place_metadata(tmp_path))


@pytest.fixture
def runtime(flights: Runtime, metadata: Metadata) -> Runtime:
    """The real flights, with that database to write to."""
    return replace(flights, metadata=metadata, clock=Clock())


def one_query(clock: Clock, **changed: object) -> LoggedQuery:
    """A question, remembered."""
    found = LoggedQuery(
        at=clock(),
        kind="aggregate",
        cube="departures",
        levels=("time:month",),
        cuts=(),
        aggregates=("flights",),
        served_by="facts",
        microseconds=1500,
        rows_read=336776,
        rows=12,
    )
    return replace(found, **changed)  # type: ignore[arg-type]


def test_a_question_is_noted_by_its_levels_with_what_it_took(
    flights: Runtime, runtime: Runtime
) -> None:
    query_log = QueryLog(runtime, seconds=0.05)
    query_log.start()
    scope = Scope((ScopeRule("organisation", ("network",)),))
    browser = runtime.cubes.browser("departures", flights.snapshot(), scope)

    browser.aggregate("time:2013,4", "flights", "time:month|organisation:carrier", summary=False)
    query_log.close()

    with runtime.metadata.read() as session:
        (noted,) = logged_queries(session)
    assert noted.cube == "departures"
    assert noted.levels == ("time:month", "organisation:carrier")
    assert noted.cuts == ("organisation:group", "time:quarter")
    assert noted.aggregates == ("flights",)
    assert noted.rows_read > noted.rows > 3
    assert noted.microseconds > 0


def test_no_member_and_no_person_is_ever_written(flights: Runtime, runtime: Runtime) -> None:
    query_log = QueryLog(runtime, seconds=60)
    query_log.start()
    browser = runtime.cubes.browser("departures", flights.snapshot())
    browser.aggregate("organisation:network,AA|!region:unknown", "flights", "time:month")
    browser.members("time:2013,4", "organisation", level="carrier", search="air")
    query_log.close()

    with runtime.metadata.read() as session:
        noted = logged_queries(session)
    told = json.dumps([[one.levels, one.cuts, one.aggregates, one.kind] for one in noted])
    assert {one.kind for one in noted} == {"aggregate", "members"}
    for member in ("AA", "network", "unknown", "2013", "air"):
        assert member not in told.replace("aircraft", "")


def test_nothing_is_noted_where_the_log_is_off(flights: Runtime, runtime: Runtime) -> None:
    off = replace(runtime, settings=replace(runtime.settings, query_log_days=0))
    query_log = QueryLog(off, seconds=0.05)
    query_log.start()
    off.cubes.browser("departures", flights.snapshot()).aggregate(aggregates="flights")
    query_log.close()

    with off.metadata.read() as session:
        assert logged_queries(session) == ()


def test_what_is_old_or_too_much_is_forgotten(metadata: Metadata) -> None:
    clock = Clock()
    with metadata.write() as session:
        log_queries(session, [one_query(clock, rows=number) for number in range(5)])
    clock.pass_by(days=20)
    with metadata.write() as session:
        log_queries(session, [one_query(clock, rows=number) for number in range(5, 10)])
        forget_queries(session, clock(), days=30, most=7)
        kept = [one.rows for one in logged_queries(session)]
    clock.pass_by(days=20)
    with metadata.write() as session:
        forget_queries(session, clock(), days=30, most=7)
        later = [one.rows for one in logged_queries(session, clock() - timedelta(days=25))]

    assert kept == [3, 4, 5, 6, 7, 8, 9]
    assert later == [5, 6, 7, 8, 9]


def test_a_question_is_answered_though_nothing_can_be_noted(
    flights: Runtime, runtime: Runtime
) -> None:
    query_log = QueryLog(runtime, seconds=0.05)
    query_log.start()
    browser = runtime.cubes.browser("departures", flights.snapshot())
    runtime.metadata.close()
    Path(runtime.metadata._engine.url.database or "").write_bytes(b"not a database")

    assert browser.aggregate(aggregates="flights").summary["flights"] == 336776
    query_log.close()
