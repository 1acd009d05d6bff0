"""How long a thread may work out an answer from rows, beside what the engine does.

The engine counts its own time. What is worked out afterwards keeps the whole process from serving
others, so that it is bounded too: by the processor time of the thread, which neither waiting nor a
busy machine makes longer.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from server.errors import LimitReached

HINT = (
    "cut it to fewer periods or members, or drill down less; "
    "whoever runs Indicube may raise INDICUBE_MAX_EXECUTION_SECONDS"
)


@dataclass(frozen=True)
class Work:
    """The work of one thread from now on: so many seconds of processor time at most."""

    most: int
    spent: Callable[[], float] = time.thread_time  # seconds
    thread: int = field(default_factory=threading.get_ident)
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "begun", self.spent())

    def check(self) -> None:
        """`LimitReached` when it has taken longer; another thread's work is not counted."""
        if threading.get_ident() != self.thread or self.spent() - self.begun <= self.most:
            return
        raise LimitReached(f"the question to the facts takes longer than {self.most} s", hint=HINT)
