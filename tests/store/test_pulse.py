"""A store that does not answer: told within two seconds, not asked for a while, taken up again."""

import threading
import time
from collections.abc import Iterator

import pytest

from server.errors import InvalidInput, StoreAway
from server.store.address import parse_address
from server.store.pulse import ANSWER_WITHIN, PATIENCE, Pulse
from tests.store.silent import Silent

HERE = parse_address("chdb:///nowhere")
BUSY = 2.0  # seconds that a machine with other work may add; taking turns would take longer


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A server that answers, refuses or says nothing, as it is told."""
    with Silent() as found:
        yield found


def test_an_answer_that_comes_late_is_waited_for_while_the_store_is_alive(silent: Silent) -> None:
    pulse = Pulse(silent.address)

    def slow() -> str:
        time.sleep(1.5)
        return "at last"

    assert pulse.watch(slow) == "at last"
    assert pulse.away_since is None


def test_a_store_that_says_nothing_is_given_up_within_two_seconds(silent: Silent) -> None:
    pulse, released = Pulse(silent.address), threading.Event()
    silent.mode = "hang"
    began = time.monotonic()

    with pytest.raises(StoreAway, match="does not answer since"):
        pulse.watch(released.wait)

    assert time.monotonic() - began < 2 + BUSY
    assert PATIENCE + 2 * ANSWER_WITHIN < 2
    released.set()


def test_many_who_wait_at_once_are_all_told_together(silent: Silent) -> None:
    pulse, released = Pulse(silent.address), threading.Event()
    silent.mode = "hang"
    took: list[float] = []

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(StoreAway):
            pulse.watch(released.wait)
        took.append(time.monotonic() - began)

    asking = [threading.Thread(target=ask) for _ in range(12)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    released.set()
    assert len(took) == 12
    assert max(took) < 2 + BUSY  # one after the other: 12 times 1.2


def test_while_it_is_away_nobody_asks_and_afterwards_everybody_does(silent: Silent) -> None:
    pulse = Pulse(silent.address)
    silent.mode = "refuse"
    with pytest.raises(StoreAway):
        pulse.look()
    asked = silent.asked
    with pytest.raises(StoreAway):
        pulse.check()
    assert silent.asked == asked

    silent.mode = "answer"
    time.sleep(2.1)
    pulse.check()
    assert pulse.away_since is None


def test_a_lost_answer_of_a_store_that_lives_does_not_stop_the_others(silent: Silent) -> None:
    pulse = Pulse(silent.address)

    def lost() -> None:
        raise StoreAway("the line was cut")

    with pytest.raises(StoreAway, match="the line was cut"):
        pulse.watch(lost)
    pulse.check()


def test_an_error_of_the_question_is_no_sign_that_the_store_is_away() -> None:
    pulse = Pulse(HERE)

    def wrong() -> None:
        raise InvalidInput("wrong")

    with pytest.raises(InvalidInput):
        pulse.watch(wrong)
    pulse.check()


def test_the_engine_in_this_process_is_given_a_rest_after_it_failed() -> None:
    pulse = Pulse(HERE)

    def broken() -> None:
        raise StoreAway("the engine broke")

    with pytest.raises(StoreAway, match="broke"):
        pulse.watch(broken)
    with pytest.raises(StoreAway, match="does not answer since"):
        pulse.check()
    time.sleep(2.1)
    pulse.check()  # the next question finds out
    assert pulse.watch(lambda: 1) == 1
    assert pulse.away_since is None


def test_a_store_that_is_not_opened_yet_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """Commands that need no facts, and every start, hold it."""
    pulse = Pulse(HERE)
    pulse.hold()
    with pytest.raises(StoreAway, match="does not answer since"):
        pulse.check()
    pulse.release()

    pulse.check()
    assert caplog.records == []
