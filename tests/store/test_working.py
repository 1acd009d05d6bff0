"""What is worked out from rows ends when nobody waits for it, or when it is too much."""

from collections.abc import Iterator
from threading import Thread

import pytest

from server.errors import LimitReached
from server.store.asking import Asker, asking_for, still_asked
from server.store.pool import Cancellation
from server.store.working import Work


class Ticking:
    """The processor time of a thread, a second for every look at it."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


def _looks(asker: Asker) -> Iterator[int]:
    with asking_for(asker):
        for number in range(1, 100):
            still_asked()
            yield number


def test_work_ends_when_it_has_taken_its_time() -> None:
    looks = _looks(Asker(work=Work(3, Ticking())))

    assert [next(looks) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(LimitReached, match=r"^the question to the facts takes longer than 3 s$"):
        next(looks)


def test_work_ends_when_whoever_asked_is_gone() -> None:
    gone = Cancellation()
    looks = _looks(Asker(cancellation=gone))

    assert next(looks) == 1
    gone.cancel()
    with pytest.raises(LimitReached) as refused:
        next(looks)
    assert refused.value.code == "cancelled"


def test_jobs_and_commands_may_work_for_as_long_as_they_need() -> None:
    assert [*_looks(Asker())][-1] == 99


def test_what_another_thread_works_is_not_counted() -> None:
    ticking = Ticking()
    work = Work(1, ticking)
    done: list[int] = []
    thread = Thread(target=lambda: done.extend(_looks(Asker(work=work))))
    thread.start()
    thread.join()

    assert len(done) == 99
    assert ticking.seconds == 1  # when it was made
