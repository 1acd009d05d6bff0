"""Answers are given again as long as nothing that they depend on has changed; to nobody else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from loaders.context import context_of
from loaders.load import run_load
from server.access import EVERYTHING, Role, Scope, ScopeRule
from server.ledger.publish import withdraw
from server.metadata.definitions import apply_definitions, current_definitions
from server.metadata.repairs import begin_repair, end_repair
from server.metadata.users import create_user, set_rights
from server.runtime import Runtime
from tests.api.conftest import new_token
from tests.few_flights import few_flights, load_departures, rows_of
from tests.flights import SOURCE
from tests.hearing import heard
from tests.uncached import uncached
from tests.waiting import by_month_and_carrier
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, settle_people
from web.app import create_app

Asked = Callable[..., TestResponse]

FLIGHTS = "/api/v1/cubes/departures/aggregate?aggregates=flights&drilldown=organisation:carrier"
WEATHER = "/api/v1/cubes/weather/aggregate?aggregates=observations&drilldown=origin"
MEMBERS = "/api/v1/cubes/departures/members/organisation?depth=2"
FACTS = "/api/v1/cubes/departures/facts?cut=organisation:network,AA&page=0&pagesize=5"
CARD = "/api/v1/scorecards/punctuality?period=2013-01"
FIGURE = "/api/v1/indicators/on_time_arrival/value?period=2013-01"
ALL = (FLIGHTS, WEATHER, MEMBERS, FACTS, CARD, FIGURE, f"{FLIGHTS}&format=csv", "/api/v1/cubes")

GUIDING = (
    "ETag", "Vary", "Cache-Control", "Content-Location", "Expires", "Indicube-Snapshot",
    "Indicube-Watermark",
)  # fmt: skip


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The first of January 2013, by a contract, and people."""
    with few_flights(tmp_path_factory.mktemp("cache"), by_month_and_carrier) as runtime:
        load_departures(runtime, "first.csv", rows_of(1, 1))
        settings = replace(runtime.settings, api_requests_per_minute=1_000_000)
        runtime = replace(runtime, settings=settings)
        settle_people(runtime)
        yield runtime


@pytest.fixture(scope="module")
def tokens(stocked: Runtime) -> dict[str, str]:
    """A token of everyone."""
    return {name: new_token(stocked, name) for name in (ADMIN, ANALYST, VIEWER, OPS)}


def asking(app: Flask, tokens: dict[str, str]) -> Asked:
    """Asks an application with somebody's token."""

    def asked(path: str, name: str = ADMIN, json: Any = None, **headers: str) -> TestResponse:
        client, headers = app.test_client(), {"Authorization": f"Bearer {tokens[name]}", **headers}
        if json is None:
            return client.get(path, headers=headers)
        return client.post(path, json=json, headers=headers)

    return asked


@pytest.fixture
def ask(stocked: Runtime, tokens: dict[str, str]) -> Asked:
    """Asks an application whose cache is empty."""
    return asking(create_app(stocked), tokens)


def load_airports(runtime: Runtime, name: str) -> None:
    """Restate the airports, one of them under another name."""
    path = runtime.settings.home / f"airports {name}.csv"
    text = (SOURCE / "airports.csv").read_text("utf-8")
    path.write_text(text.replace("Lansdowne Airport", name), "utf-8")
    run_load(context_of(runtime), "airports", path, by=OPS)


def plain(answer: TestResponse) -> dict[str, Any]:
    """An answer without the number of the publication that it names."""
    found: dict[str, Any] = answer.get_json()
    return {name: value for name, value in found.items() if name != "snapshot"}


def test_what_was_answered_once_asks_the_facts_nothing_more(stocked: Runtime, ask: Asked) -> None:
    first = {path: ask(path) for path in ALL}
    with heard(stocked) as statements:
        again = {path: ask(path) for path in ALL}

    assert statements == []
    for path in ALL:
        assert (again[path].status_code, again[path].data) == (200, first[path].data), path
        assert dict(again[path].headers) == dict(first[path].headers), path
        assert first[path].headers["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= set(first[path].vary)


def test_a_question_by_post_shares_the_answer_of_the_same_by_get(
    stocked: Runtime, ask: Asked
) -> None:
    got = ask(FLIGHTS)
    path = FLIGHTS.partition("?")[0]
    body = {"aggregates": ["flights"], "drilldown": ["organisation@default:carrier"], "cut": []}
    with heard(stocked) as statements:
        sent = ask(path, json=body)

    assert (statements, sent.data) == ([], got.data)
    assert "ETag" not in sent.headers


def test_who_has_the_answer_is_told_so_before_anything_is_asked(
    stocked: Runtime, ask: Asked, tokens: dict[str, str]
) -> None:
    tags = {path: ask(path).headers["ETag"] for path in ALL}
    cold = asking(create_app(stocked), tokens)
    with heard(stocked) as statements:
        told = {path: cold(path, **{"If-None-Match": tag}) for path, tag in tags.items()}

    assert {one.status_code for one in told.values()} == {304}
    assert {one.headers["ETag"] for one in told.values()} == set(tags.values())
    assert statements == []
    assert tags[FLIGHTS].startswith('W/"')
    assert tags[f"{FLIGHTS}&format=csv"].startswith('"')
    assert len(set(tags.values())) == len(ALL)


@pytest.mark.parametrize("path", [FLIGHTS, CARD, FIGURE, f"{FLIGHTS}&format=csv", "/api/v1/cubes"])
def test_what_is_unchanged_says_again_what_guides_whoever_keeps_it(ask: Asked, path: str) -> None:
    """RFC 9110, 15.4.5; state and last date with facts are named as everywhere."""
    told = {name: ask(path).headers.get(name) for name in GUIDING}
    again = ask(path, **{"If-None-Match": str(told["ETag"])})

    assert (again.status_code, again.data) == (304, b"")
    assert {name: again.headers.get(name) for name in GUIDING} == told
    assert told["Indicube-Watermark"] == (None if path == "/api/v1/cubes" else "2013-01-01")
    assert "Content-Type" not in again.headers


@pytest.mark.parametrize("wrong", [".2013-01-32x", ".", ".Set-Cookie: a", ".２０１３-01-01"])
def test_a_tag_that_we_did_not_give_is_not_told_again(ask: Asked, wrong: str) -> None:
    tag = ask(FLIGHTS).headers["ETag"].replace(".2013-01-01", wrong).encode()
    again = ask(FLIGHTS, **{"If-None-Match": tag.decode("latin-1")})

    assert again.headers.get("Indicube-Watermark") in (None, "2013-01-01")


def test_a_star_is_not_an_answer_that_somebody_has(ask: Asked) -> None:
    assert ask(FLIGHTS, **{"If-None-Match": "*"}).status_code == 200


def test_a_publication_leaves_the_answers_of_other_cubes_fresh(
    stocked: Runtime, ask: Asked
) -> None:
    before = {path: ask(path) for path in (FLIGHTS, WEATHER, MEMBERS)}
    load_departures(stocked, "second.csv", rows_of(2, 2))
    with heard(stocked) as statements:
        weather = ask(WEATHER)
        assert statements == []
    flights = ask(FLIGHTS)

    assert weather.headers["ETag"] == before[WEATHER].headers["ETag"]
    assert plain(weather) == plain(before[WEATHER])
    now = stocked.snapshot().number
    assert weather.get_json()["snapshot"] == now == before[WEATHER].get_json()["snapshot"] + 1
    assert weather.headers["Indicube-Snapshot"] == str(now)
    assert flights.headers["ETag"] != before[FLIGHTS].headers["ETag"]
    counted = sum(cell["flights"] for cell in flights.get_json()["cells"])
    assert counted == len(rows_of(1, 1)) + len(rows_of(2, 2))
    tag = before[FLIGHTS].headers["ETag"]
    assert ask(FLIGHTS, **{"If-None-Match": tag}).status_code == 200


def test_a_withdrawal_is_seen_at_once(stocked: Runtime, ask: Asked) -> None:
    before = ask(FLIGHTS)
    loaded = load_departures(stocked, "third.csv", rows_of(3, 3))
    with_it = ask(FLIGHTS)
    withdraw(stocked.metadata, loaded.load, OPS, "wrong", stocked.clock())

    assert plain(with_it) != plain(before) == plain(ask(FLIGHTS))


def test_a_dimension_that_both_read_makes_both_stale(stocked: Runtime, ask: Asked) -> None:
    before = [ask(path).headers["ETag"] for path in (FLIGHTS, WEATHER)]
    load_airports(stocked, "Elsewhere")

    after = [ask(path).headers["ETag"] for path in (FLIGHTS, WEATHER)]
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_change_of_definitions_makes_scorecards_stale_and_no_aggregate(
    stocked: Runtime, ask: Asked
) -> None:
    before = {path: ask(path) for path in ALL}
    with stocked.metadata.write() as session:
        known = current_definitions(session, "indicator")
        bodies = {code: dict(one.body) for code, one in known.items()}
        bodies["on_time_arrival"]["name"] = {"en": "On time", "zh": "准点"}
        apply_definitions(session, "indicator", bodies, ADMIN, "shorter", stocked.clock())
    with heard(stocked) as statements:
        after = {path: ask(path) for path in (FLIGHTS, MEMBERS, WEATHER)}

    assert statements == []
    for path, answer in after.items():
        assert answer.headers["ETag"] == before[path].headers["ETag"]
        assert answer.get_json()["definitions"] == before[path].get_json()["definitions"] + 1
    for path in (CARD, FIGURE):
        assert ask(path).headers["ETag"] != before[path].headers["ETag"]
    assert "On time" in ask(CARD).text


def test_time_that_passes_changes_what_depends_on_a_contract(
    stocked: Runtime, tokens: dict[str, str]
) -> None:
    later = replace(stocked, clock=lambda: stocked.clock() + timedelta(days=40))
    now, then = (asking(create_app(one), tokens) for one in (stocked, later))

    tags = [[ask(path).headers["ETag"] for ask in (now, then)] for path in (FLIGHTS, WEATHER)]
    assert tags[0][0] != tags[0][1]
    assert tags[1][0] == tags[1][1]  # nothing was promised of the weather


def test_rights_that_change_change_the_answer(stocked: Runtime, tokens: dict[str, str]) -> None:
    with stocked.metadata.write() as writing:
        bob = create_user(writing, "bob", Role.ANALYST, stocked.clock(), scope=EVERYTHING)
    ask = asking(create_app(stocked), {**tokens, "bob": new_token(stocked, "bob")})
    whole = ask(FLIGHTS, "bob")
    assert plain(whole) == plain(ask(FLIGHTS))  # and it is the administrator's answer

    with stocked.metadata.write() as writing:
        only = Scope((ScopeRule("organisation", ("network", "AA")),))
        set_rights(writing, bob.id, scope=only)
    confined = ask(FLIGHTS, "bob", **{"If-None-Match": whole.headers["ETag"]})
    assert confined.status_code == 200
    assert {cell["organisation.carrier"] for cell in confined.get_json()["cells"]} == {"AA"}


@pytest.mark.parametrize("order", [(ADMIN, ANALYST), (ANALYST, ADMIN)])
def test_nobody_is_given_what_another_may_see(
    stocked: Runtime, tokens: dict[str, str], order: tuple[str, str]
) -> None:
    alone = {name: asking(create_app(stocked), tokens) for name in order}
    wanted = {(name, path): alone[name](path, name) for name in order for path in ALL}
    shared = asking(create_app(stocked), tokens)
    for name in order:
        for path in ALL:
            found = shared(path, name)
            assert found.data == wanted[name, path].data, (name, path)
            assert found.headers["ETag"] == wanted[name, path].headers["ETag"]
    with_figures = [one for one in ALL if one not in ("/api/v1/cubes", WEATHER)]
    for path in with_figures:
        assert wanted[ADMIN, path].headers["ETag"] != wanted[ANALYST, path].headers["ETag"], path


def test_two_people_at_once_each_see_their_own(stocked: Runtime, tokens: dict[str, str]) -> None:
    alone = {name: asking(create_app(stocked), tokens) for name in (ADMIN, ANALYST)}
    paths = (FLIGHTS, MEMBERS, CARD)
    wanted = {(name, path): alone[name](path, name).data for name in alone for path in paths}
    many = replace(stocked.settings, questions_per_person=64)
    ask = asking(create_app(replace(stocked, settings=many)), tokens)
    turns = [(name, path) for _ in range(8) for path in paths for name in (ADMIN, ANALYST)]

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda one: ask(one[1], one[0]).data, turns))
    assert [wanted[one] == data for one, data in zip(turns, found, strict=True)] == [True] * 48


def test_who_asks_the_same_at_the_same_time_asks_the_facts_once(stocked: Runtime) -> None:
    with stocked.metadata.write() as writing:
        for number in range(8):
            create_user(writing, f"p{number}", Role.ANALYST, stocked.clock(), scope=EVERYTHING)
    theirs = {f"p{number}": new_token(stocked, f"p{number}") for number in range(8)}
    ask = asking(create_app(stocked), theirs)
    together = threading.Barrier(32)

    def asked(number: int) -> tuple[int, bytes]:
        together.wait()
        found = ask(f"{FLIGHTS}&cut=time:2013,1,1", f"p{number % 8}")
        return found.status_code, found.data

    with heard(stocked) as statements, ThreadPoolExecutor(32) as pool:
        found = list(pool.map(asked, range(32)))
    assert len(statements) == 1
    assert found == [found[0]] * 32
    assert found[0][0] == 200


def test_a_mistake_is_told_each_time_and_never_kept(ask: Asked) -> None:
    for path in (f"{FLIGHTS}&page=1", "/api/v1/cubes/nothing/aggregate", f"{FLIGHTS}&as_of=999"):
        found = [ask(path) for _ in range(2)]
        assert [one.status_code for one in found] in ([400, 400], [404, 404]), path
        assert "ETag" not in found[1].headers
        assert found[1].headers["Cache-Control"] == "no-store"


def test_how_an_answer_was_worked_out_is_worked_out_anew(ask: Asked) -> None:
    ask(FLIGHTS)
    told = [ask(f"{FLIGHTS}&explain=true") for _ in range(2)]

    assert all(len(one.get_json()["explain"]["statements"]) == 1 for one in told)
    assert all("ETag" not in one.headers for one in told)
    assert "explain" not in ask(FLIGHTS).get_json()


def test_a_long_list_of_facts_is_sent_as_it_is_read(ask: Asked) -> None:
    path = f"{FACTS.partition('?')[0]}?format=csv&cut=organisation:network,AA"
    first, again = ask(path), ask(path)

    assert first.is_streamed
    assert again.is_streamed
    assert sorted(first.data.splitlines()) == sorted(again.data.splitlines())
    assert ask(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_an_earlier_state_has_answers_of_its_own(stocked: Runtime, ask: Asked) -> None:
    number = stocked.snapshot().number
    latest, same = ask(FLIGHTS), ask(f"{FLIGHTS}&as_of={number}")
    earlier = ask(f"{FLIGHTS}&as_of=1")

    assert len({one.headers["ETag"] for one in (latest, same, earlier)}) == 3
    assert earlier.get_json()["snapshot"] == 1
    assert ask(f"{FLIGHTS}&as_of=1").data == earlier.data


def test_while_rows_are_put_back_nothing_is_given_of_them_and_later_all_is_asked_anew(
    stocked: Runtime, ask: Asked
) -> None:
    before = ask(FLIGHTS)
    with stocked.metadata.write() as session:
        repair = begin_repair(session, "departures", 4, [4], OPS, stocked.clock())
    tag = {"If-None-Match": before.headers["ETag"]}
    assert [ask(FLIGHTS).status_code, ask(FLIGHTS, **tag).status_code] == [503, 503]
    assert ask(WEATHER).status_code == 200

    with stocked.metadata.write() as session:
        end_repair(session, repair, stocked.clock())
    with heard(stocked) as statements:
        assert plain(ask(FLIGHTS)) == plain(before)
    assert statements


def test_while_the_facts_are_away_programs_are_told_so(stocked: Runtime, ask: Asked) -> None:
    ask(FLIGHTS)
    stocked.store.pulse.hold()
    try:
        assert ask(FLIGHTS).status_code == 503
    finally:
        stocked.store.pulse.release()
    assert ask(FLIGHTS).status_code == 200


def test_where_the_cache_is_off_every_question_is_asked(
    stocked: Runtime, tokens: dict[str, str]
) -> None:
    ask = asking(create_app(uncached(stocked)), tokens)
    with heard(stocked) as statements:
        tag = ask(FLIGHTS).headers["ETag"]
        ask(FLIGHTS)

    assert len(statements) == 2
    assert ask(FLIGHTS, **{"If-None-Match": tag}).status_code == 304
