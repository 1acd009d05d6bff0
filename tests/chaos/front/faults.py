"""What goes wrong, and when: told one by one, or drawn from a seed."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal, get_args

Mode = Literal[
    "drop_before",  # the connection is closed, nothing was done
    "drop_after",  # it was done, and the answer never comes
    "truncate",  # it was done, and the answer breaks off in the middle
    "hang",  # nothing is done or said for a while, then the connection is closed
    "slow",  # it is done and answered, a little at a time
    "error",  # an exception of the engine, with its code
    "late_error",  # 200, some of the answer, then the exception in the body
    "lose_row",  # an insert is acknowledged without its last row
    "double_row",  # an insert is acknowledged with its last row twice
]
MODES: tuple[Mode, ...] = get_args(Mode)
NAMES = {202: "TOO_MANY_SIMULTANEOUS_QUERIES", 241: "MEMORY_LIMIT_EXCEEDED", 252: "TOO_MANY_PARTS"}


@dataclass(frozen=True)
class Fault:
    """One way to fail, for the next requests whose statement holds a text."""

    mode: Mode
    match: str = ""
    times: int = 1
    code: int = 252
    seconds: float = 2.0


class Faults:
    """The faults that wait, and those that chance brings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._chance: random.Random | None = None
        self._share = 0.0
        self.met: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        """Let the next matching requests fail."""
        with self._lock:
            self._waiting.append(fault)

    def draw(self, seed: int, share: float) -> None:
        """From now on let this share of all requests fail, in ways that the seed decides."""
        with self._lock:
            self._chance, self._share = random.Random(seed), share  # noqa: S311

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._waiting.clear()
            self._chance = None

    def take(self, statement: str) -> Fault | None:
        """The fault that this statement meets, if any."""
        with self._lock:
            fault = self._told(statement) or self._drawn(statement)
            if fault is not None:
                self.met[fault.mode] += 1
            return fault

    def _told(self, statement: str) -> Fault | None:
        for place, fault in enumerate(self._waiting):
            if fault.match in statement:
                self._waiting[place : place + 1] = (
                    [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                )
                return fault
        return None

    def _drawn(self, statement: str) -> Fault | None:
        if self._chance is None or self._chance.random() >= self._share:
            return None
        modes = MODES if statement.startswith("INSERT") else MODES[:-2]
        code = self._chance.choice(sorted(NAMES))
        return Fault(self._chance.choice(modes), code=code, seconds=0.3)
