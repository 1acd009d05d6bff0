"""The benchmark asks what it says: its questions and its statements by hand mean the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bench import ledger, peer
from bench.aggregates import bare_reader, both_answers, hiding, own_cpu, prices
from bench.filling import CUBE, filled, settings_of
from bench.ledger import mirror_costs
from bench.questions import QUESTIONS, Question
from bench.rolled import FOLDED, exponents, gains_of, rolled_settings, small_gains
from bench.ssb import MONTHS, YEARS, days, sources
from server.ledger.publish import restore, withdraw
from server.runtime import Runtime
from tests.engine import fresh_database

ROWS = 60_000


@pytest.fixture(scope="module")
def order_lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime with order lines, loaded in seven loads of a year each."""
    home = tmp_path_factory.mktemp("bench")
    settings = settings_of(home, INDICUBE_CLICKHOUSE=fresh_database())
    with filled(settings, ROWS, YEARS) as runtime:
        yield runtime


def test_every_month_has_its_share_of_the_lines_to_the_line() -> None:
    parts = list(sources(1_000))

    assert [part.period for part in parts] == list(MONTHS)
    assert sum(part.count for part in parts) == 1_000
    assert [part.start for part in parts[1:]] == [one.start + one.count for one in parts[:-1]]


def test_the_lines_are_loaded_through_the_ledger(order_lines: Runtime) -> None:
    snapshot = order_lines.snapshot()

    total = order_lines.cubes.browser(CUBE, snapshot).aggregate(aggregates="lines").summary

    assert snapshot.number == len(YEARS)
    assert total == {"lines": ROWS}
    assert snapshot.first_dates[CUBE] == date(1992, 1, 1)
    assert snapshot.watermarks[CUBE] == date(1998, 12, 31)


def test_loading_again_adds_nothing(order_lines: Runtime) -> None:
    before = order_lines.snapshot()

    with filled(order_lines.settings, ROWS, YEARS) as again:
        assert again.snapshot().number == before.number


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: str(each.name))
def test_the_cube_and_the_statement_answer_the_same(
    order_lines: Runtime, question: Question
) -> None:
    client = bare_reader(order_lines)
    try:
        browser = order_lines.cubes.browser(CUBE, order_lines.snapshot())
        ours, by_hand = both_answers(browser, client, question)
    finally:
        client.close()

    assert ours == by_hand
    assert ours or question.name == "Q3.4"  # one month of four pairs of cities may have no line


def test_they_answer_the_same_when_a_load_is_hidden(order_lines: Runtime) -> None:
    question = next(each for each in QUESTIONS if each.name == "Q3.1")
    metadata, now = order_lines.metadata, order_lines.clock
    client = bare_reader(order_lines)
    whole = order_lines.cubes.browser(CUBE, order_lines.snapshot())
    withdraw(metadata, 2, "tester", "the year 1993", now())
    try:
        less = order_lines.cubes.browser(CUBE, order_lines.snapshot())
        ours, by_hand = both_answers(less, client, question)
        all_years, _ = both_answers(whole, client, question)
    finally:
        restore(metadata, 2, "tester", "it was right", now())
        client.close()

    assert ours == by_hand
    assert ours == [row for row in all_years if row[2] != 1993]


def test_hidden_batches_without_rows_change_no_answer(order_lines: Runtime) -> None:
    question = QUESTIONS[3]
    client = bare_reader(order_lines)
    snapshot = order_lines.snapshot()
    try:
        plain = both_answers(order_lines.cubes.browser(CUBE, snapshot), client, question)
        many = hiding(snapshot, 500)
        hidden = both_answers(order_lines.cubes.browser(CUBE, many), client, question)
    finally:
        client.close()

    assert len(many.hidden_in(CUBE)) == 500
    assert plain == hidden


def test_the_peers_statements_by_hand_mean_the_same(order_lines: Runtime, tmp_path: Path) -> None:
    """What the peer is compared with in SQLite answers what the cube answers from the facts."""
    browser = order_lines.cubes.browser(CUBE, order_lines.snapshot())
    client = bare_reader(order_lines)
    try:
        database = peer._database(tmp_path / "lines.db", client)
        ours = {each.name: both_answers(browser, client, each)[0] for each in QUESTIONS}
    finally:
        client.close()
    with closing(sqlite3.connect(database)) as lines:
        theirs = {
            each.name: lines.execute(str(peer.peer_question(each)["sql"])).fetchall()
            for each in QUESTIONS
        }

    for name, answer in ours.items():
        wanted = [tuple(map(peer._plain, row)) for row in answer]
        assert sorted(tuple(map(peer._plain, row)) for row in theirs[name]) == wanted, name


def test_the_peers_questions_are_those_of_the_cube() -> None:
    asked = {each.name: peer.peer_question(each) for each in QUESTIONS}

    assert asked["Q1.1"]["cuts"] == [
        ("point", "time", [1993]),
        ("range", "discount", [1, 3]),
        ("range", "quantity", [None, 24]),
    ]
    assert asked["Q1.3"]["cuts"][0] == ("point", "week", [1994, 6])
    assert asked["Q3.4"]["cuts"][0] == ("set", "customer_city", ["UNITED KI1", "UNITED KI5"])
    assert asked["Q4.1"]["measure"] == "profit"
    assert asked["Q2.1"]["drilldown"] == [("time", None, "year"), ("part_brand", None, None)]


def test_a_roll_up_answers_what_the_facts_and_the_hand_do(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Every question is compared three ways; with a year a load the roll-up is far smaller."""
    home = tmp_path_factory.mktemp("rolled") / "home"
    settings = rolled_settings(home, INDICUBE_CLICKHOUSE=fresh_database())
    with filled(settings, 200_000, YEARS) as runtime:
        found = gains_of(runtime, 200_000, turns=1)

    assert 0 < found.roll_up_rows <= 84 * 5 * 5 * 25
    assert all(each.ratio > 0 for each in (*found.questions, *found.folded))
    assert len(found.folded) == len(FOLDED)
    assert exponents(replace(found, rows=100_000), found) == (0, 0, 0)


def test_small_loads_are_spread_over_all_days_and_no_load_is_left_out() -> None:
    few, many = days(4), days(5_000)

    assert [day.first_day.isoformat() for day in few] == [
        "1992-01-01", "1993-10-01", "1995-07-02", "1997-04-01",
    ]  # fmt: skip
    assert len(many) == 5_000
    assert len(set(many)) == 2_557  # seven years, two of them leap years
    assert list(many) == sorted(many)


def test_a_roll_up_is_kept_while_small_loads_come_and_tells_the_same(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("small") / "home"
    settings = rolled_settings(home, INDICUBE_CLICKHOUSE=fresh_database())

    found = small_gains(settings, 3_000, turns=1, loads=30)  # every question compares its answers

    with filled(settings, 3_000, days(30)) as runtime:
        assert runtime.snapshot().number == 30
    assert 0 < found.roll_up_rows <= 3_000
    assert all(each.ratio > 0 for each in (*found.questions, *found.folded))


def test_every_question_is_measured(order_lines: Runtime) -> None:
    measured = prices(order_lines, turns=1)

    assert [each.name for each in measured] == [each.name for each in QUESTIONS]
    assert all(each.ratio > 0 and each.own_cpu >= 0 for each in measured)
    assert own_cpu(order_lines, QUESTIONS[0], 3) >= 0


def test_long_hidden_lists_change_no_answer_by_either_way(order_lines: Runtime) -> None:
    costs = mirror_costs(order_lines, turns=1)  # compares the answers of all questions

    assert len(costs) == 4
    assert all(cost > 0 for cost in costs.values())


def test_publishing_is_measured_among_many_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BATCHES", 300)
    monkeypatch.setattr(ledger, "WITHDRAWN", 100)

    costs = ledger.metadata_costs(tmp_path, turns=2)

    assert set(costs) == {"publish", "withdraw", "open_next", "open_first"}
    assert all(milliseconds > 0 for milliseconds in costs.values())
