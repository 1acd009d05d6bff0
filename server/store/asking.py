"""On whose behalf a thread asks the facts, and who hears of its questions.

Whoever serves a request says once who asks; every question of that thread then waits for the
asker's turn, is stopped when the asker is gone, and is told to whoever explains the answer.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from server.errors import LimitReached
from server.store.pool import Cancellation
from server.store.working import Work


class HasText(Protocol):
    """A statement as it was sent."""

    @property
    def sql(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class Answered:
    """A question that was answered, and what that took."""

    statement: HasText
    seconds: float
    rows_read: int
    rows: int


Turn = Callable[[Cancellation], AbstractContextManager[object]]
Hearer = Callable[[Answered], None]


def _at_once(_cancellation: Cancellation) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True)
class Asker:
    """Whoever asks: how they wait, what stops their questions, who else hears of them."""

    turn: Turn = _at_once
    stream_turn: Turn = _at_once
    waiting: Turn = _at_once  # while somebody else works out the same answer
    cancellation: Cancellation | None = None
    hearer: Hearer | None = None
    work: Work | None = None


NOBODY = Asker()  # jobs and commands: they wait for no turn
_asker: ContextVar[Asker] = ContextVar("asker", default=NOBODY)


def present_asker() -> Asker:
    """On whose behalf this thread asks."""
    return _asker.get()


def still_asked() -> None:
    """Called for every row that is worked out here: go on only while somebody waits for it.

    Raises:
        LimitReached: whoever asked is gone, or so much work is more than a question may make.
    """
    asker = _asker.get()
    if asker.cancellation is not None and asker.cancellation.is_cancelled:
        raise LimitReached("the question to the facts was cancelled", code="cancelled")
    if asker.work is not None:
        asker.work.check()


def ask_for(asker: Asker) -> None:
    """From here on this thread asks on their behalf."""
    _asker.set(asker)


@contextmanager
def asking_for(asker: Asker) -> Iterator[None]:
    """Ask on their behalf within the block."""
    before = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(before)
