"""A ClickHouse that fails on the way: drops answers, hangs, lies about rows, breaks off.

The house speaks to the HTTP front (see `front`). A fault may fail a step, in a sentence; it never
makes a figure wrong, neither then nor after the step was done again.
"""

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from server.errors import IndicubeError, StoreAway
from tests.chaos.doing import do, send
from tests.chaos.files import chance_of, till
from tests.chaos.front.faults import MODES, Fault, Mode
from tests.chaos.house import House, opened, settings_of
from tests.chaos.oracle import Oracle
from tests.chaos.processes import front
from tests.chaos.scale import SEED, scale
from tests.chaos.story import OF_THE_LEDGER, make_step
from tests.starting import free_port

pytestmark = pytest.mark.harness


class Fronted:
    """A house whose engine is behind the front, and what was acknowledged there."""

    def __init__(self, house: House, port: int) -> None:
        self.house = house
        self.oracle = Oracle()
        self._port = port

    def faults(self, **words: Any) -> dict[str, int]:
        """Tell the front; how often each fault was met so far."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/__faults", json.dumps(words).encode()
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            met: dict[str, int] = json.load(answer)["met"]
            return met

    def fault(self, mode: Mode, match: str) -> None:
        """The next statement with that text fails so."""
        self.faults(add=asdict(Fault(mode, match, seconds=0.3)))


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    folder, port = tmp_path_factory.mktemp("front"), free_port()
    address = f"http://127.0.0.1:{port}/indicube?reader=reader:secret"
    with (
        front(folder, port),
        opened(settings_of(folder / "house", INDICUBE_CLICKHOUSE=address)) as house,
    ):
        yield Fronted(house, port)


@pytest.mark.parametrize("mode", MODES)
def test_an_insert_that_fails_is_never_half_visible(fronted: Fronted, mode: Mode) -> None:
    sent = till(chance_of(SEED, mode, "insert"))
    before = fronted.oracle
    fronted.fault(mode, "INSERT")

    try:
        fronted.oracle = send(fronted.house, sent, before)
        assert mode not in ("lose_row", "double_row", "error")
    except IndicubeError:
        fronted.house.check(before)
        fronted.oracle = send(fronted.house, sent, before)
    fronted.house.check(fronted.oracle)
    fronted.house.verify()


@pytest.mark.parametrize("mode", MODES[:-2])
@pytest.mark.parametrize("statement", ["FROM", "sum(", "count("])
def test_a_check_that_fails_publishes_nothing_wrong(
    fronted: Fronted, mode: Mode, statement: str
) -> None:
    sent = till(chance_of(SEED, mode, statement))
    before = fronted.oracle
    fronted.fault(mode, statement)

    try:
        fronted.oracle = send(fronted.house, sent, before)
    except IndicubeError:
        fronted.faults(clear=True)
        fronted.house.check(before)
        fronted.oracle = send(fronted.house, sent, before)
    fronted.faults(clear=True)
    fronted.house.check(fronted.oracle)


@pytest.mark.parametrize("mode", MODES[:-2])
def test_a_question_that_fails_shows_no_wrong_figure(fronted: Fronted, mode: Mode) -> None:
    fronted.oracle = send(fronted.house, till(chance_of(SEED, mode, "ask")), fronted.oracle)
    wanted = fronted.oracle.figures()
    fronted.fault(mode, "GROUP BY")

    try:
        assert fronted.house.figures() == wanted
    except IndicubeError:
        assert fronted.house.figures() == wanted


def test_an_engine_that_refuses_for_a_while_is_waited_for_by_the_next_try(
    fronted: Fronted,
) -> None:
    sent = till(chance_of(SEED, "refuse"))
    fronted.faults(refuse=0.5)
    time.sleep(0.15)
    with pytest.raises(StoreAway):
        send(fronted.house, sent, fronted.oracle)
    time.sleep(0.5)

    fronted.oracle = send(fronted.house, sent, fronted.oracle)
    fronted.house.check(fronted.oracle)


def test_faults_by_chance_lose_and_double_nothing(fronted: Fronted) -> None:
    for number in range(scale().faults):
        step = make_step(
            SEED, number, chance_of(SEED, number).choice(OF_THE_LEDGER), fronted.oracle
        )
        fronted.faults(draw={"seed": SEED + number, "share": 0.15})
        before = fronted.oracle
        fronted.oracle = _until_done(fronted, lambda: do(fronted.house, step, before))  # noqa: B023
        fronted.faults(clear=True)
        fronted.house.check(fronted.oracle)
    fronted.house.recover()
    fronted.house.verify()
    assert sum(fronted.faults().values()) > scale().faults


def _until_done(fronted: Fronted, step: Any) -> Oracle:
    """Do a step again until no fault stops it, as an operator would."""
    for _attempt in range(40):
        try:
            done: Oracle = step()
        except IndicubeError:
            continue
        return done
    raise AssertionError(f"not done in forty tries; {fronted.faults()}")
