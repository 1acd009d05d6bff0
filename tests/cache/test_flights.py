"""Who asks what is being worked out waits for it, and is never worse off than alone."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from server.cache.answer import Answer
from server.cache.cache import Cache
from server.errors import Busy, InvalidInput, LimitReached
from server.store.asking import Asker, asking_for
from server.store.pool import Cancellation
from web.turns import Rules, Turns

ANSWER = Answer(b"1", "text/plain")


class Working:
    """Works as long as it is told to, and counts how often."""

    def __init__(self, *errors: Exception) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.times = 0
        self._errors = list(errors)

    def __call__(self) -> Answer:
        """The answer, or the next of the errors."""
        self.times += 1
        self.begun.release()
        assert self.go_on.wait(20)
        if self._errors:
            raise self._errors.pop(0)
        return ANSWER


def together(
    cache: Cache, work: Working, others: int, asker: Asker | None = None
) -> tuple["Future[Answer | None]", list["Future[Answer | None]"]]:
    """One who works, and others who wait for them; all have asked when this returns."""
    pool = ThreadPoolExecutor(others + 1)
    first = pool.submit(cache.answered, "key", work)
    assert work.begun.acquire(timeout=10)

    def ask() -> Answer | None:
        with asking_for(asker or Asker()):
            return cache.answered("key", work)

    found = [pool.submit(ask) for _ in range(others)]
    time.sleep(0.3)
    pool.shutdown(wait=False)
    return first, found


def test_one_works_for_all() -> None:
    cache, work = Cache(100_000), Working()
    first, others = together(cache, work, 31)
    work.go_on.set()

    assert [one.result(10) for one in (first, *others)] == [ANSWER] * 32
    assert work.times == 1
    assert cache.answered("key", work) == ANSWER
    assert work.times == 1


def test_whoever_works_and_goes_away_fails_nobody_else() -> None:
    gone = LimitReached("the question to the facts was cancelled", code="cancelled")
    cache, work = Cache(100_000), Working(gone)
    first, others = together(cache, work, 5)
    work.go_on.set()

    with pytest.raises(LimitReached):
        first.result(10)
    assert [one.result(10) for one in others] == [ANSWER] * 5
    assert work.times == 2


def test_whoever_was_refused_alone_fails_nobody_else() -> None:
    cache, work = Cache(100_000), Working(Busy("as many as one may have", retry_after=1))
    first, others = together(cache, work, 3)
    work.go_on.set()

    with pytest.raises(Busy):
        first.result(10)
    assert [one.result(10) for one in others] == [ANSWER] * 3


def test_what_is_wrong_with_the_question_is_wrong_for_all_and_not_kept() -> None:
    wrong = InvalidInput("no such day", field="cut", allowed=("a", "b"), hint="ask for another")
    cache, work = Cache(100_000), Working(wrong)
    first, others = together(cache, work, 5)
    work.go_on.set()

    for one in (first, *others):
        with pytest.raises(InvalidInput, match="no such day") as raised:
            one.result(10)
        assert raised.value.allowed == ("a", "b")
        assert (raised.value.field, raised.value.hint) == ("cut", "ask for another")
    assert work.times == 1
    assert cache.answered("key", work) == ANSWER


def test_a_fault_of_ours_is_met_by_each_alone() -> None:
    cache, work = Cache(100_000), Working(ZeroDivisionError())
    first, others = together(cache, work, 2)
    work.go_on.set()

    with pytest.raises(ZeroDivisionError):
        first.result(10)
    assert [one.result(10) for one in others] == [ANSWER] * 2


def test_whoever_waits_and_goes_away_is_let_go() -> None:
    cache, work, gone = Cache(100_000), Working(), Cancellation()
    first, others = together(cache, work, 1, Asker(cancellation=gone))
    gone.cancel()

    with pytest.raises(LimitReached) as raised:
        others[0].result(5)
    assert raised.value.code == "cancelled"
    work.go_on.set()
    assert first.result(10) == ANSWER


def test_whoever_has_waited_long_enough_works_too() -> None:
    cache, work = Cache(100_000, wait_seconds=0.1), Working()
    first, others = together(cache, work, 1)

    assert work.begun.acquire(timeout=10)
    work.go_on.set()
    assert [first.result(10), others[0].result(10)] == [ANSWER] * 2
    assert work.times == 2


def test_only_so_many_of_one_person_wait() -> None:
    turns = Turns(Rules(2, 0, 60))
    asker = Asker(waiting=lambda cancellation: turns.taken("ann", cancellation))
    cache, work = Cache(100_000), Working()
    first, others = together(cache, work, 5, asker)
    work.go_on.set()

    found = [one.exception(10) for one in others]
    assert sum(one is None for one in found) == 2
    assert sum(isinstance(one, Busy) for one in found) == 3
    assert first.result(10) == ANSWER


def test_a_cache_that_is_off_keeps_nothing_and_lets_everybody_work() -> None:
    cache, work = Cache(0), Working()
    work.go_on.set()

    assert [cache.answered("key", work) for _ in range(3)] == [ANSWER] * 3
    assert (work.times, cache.recalled("key")) == (3, None)


def test_what_cannot_be_kept_is_worked_out_anew() -> None:
    cache, found = Cache(100_000), iter([None, ANSWER])

    assert [cache.answered("key", lambda: next(found)) for _ in range(3)] == [None, ANSWER, ANSWER]
