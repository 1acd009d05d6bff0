"""Trials: a child dies at a named point or at a random moment, and the next one looks after it."""

import random
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from server.ledger.crashpoint import EXIT_CODE
from tests.chaos.child import STOPPED, Task
from tests.chaos.disks import full
from tests.chaos.journal import Journal
from tests.chaos.nursery import Nursery
from tests.chaos.story import length_of

PATIENCE = 120.0  # seconds for a start on a busy machine
KILLED = -9


@dataclass(frozen=True)
class Trials:
    """A home in which one child after the other goes on with one story."""

    folder: Path
    nursery: Nursery
    seed: int
    story: str
    reserve: int | None = None  # bytes that loads keep free, if not the usual ones
    elsewhere: Path | None = None  # where the journal is kept, if not in the home

    @property
    def journal(self) -> Journal:
        return Journal((self.elsewhere or self.folder) / "journal")

    @property
    def task(self) -> Task:
        journal = str(self.journal.path)
        return Task(str(self.folder), self.seed, self.story, journal, reserve=self.reserve)

    def passages(self) -> dict[str, int]:
        """How often each point is passed in one round, told by a child that nothing happens to."""
        self._expect(replace(self.task, steps=length_of(self.story), counts=True), 0)
        passed = self._noted("passed")
        assert isinstance(passed, dict)
        return {str(name): int(times) for name, times in passed.items()}

    def finish_round(self) -> None:
        """A child that looks after the one before it and goes on to the end of the open round."""
        self._expect(replace(self.task, to_end=True), 0)

    def some_steps(self, steps: int) -> None:
        """A child that ends by itself."""
        self._expect(replace(self.task, steps=steps), 0)

    def crash(self, point: str, nth: int) -> None:
        """A child that looks after the one before it and dies at the nth passage of a point."""
        self._expect(replace(self.task, crash=f"{point}:{nth}"), EXIT_CODE)

    def crash_early(self, point: str, nth: int) -> None:
        """A child that dies at a passage counted from its start, in its recovery for example."""
        self._expect(replace(self.task, crash_early=f"{point}:{nth}"), EXIT_CODE)

    def kill(self, chance: random.Random, longest: float) -> None:
        """A child that is killed at a random moment, at its start or in the middle of its work."""
        self.nursery.bear(self.task)
        if chance.random() < 0.8:
            self._wait_ready()
        time.sleep(chance.uniform(0, longest))
        self.nursery.kill()
        ended = self.nursery.wait()
        assert ended == KILLED, self._trouble(ended)

    def starve(self, chance: random.Random) -> str:
        """A child whose disk becomes full while it works; what it said when it stopped."""
        self.nursery.bear(self.task)
        self._wait_ready()
        time.sleep(chance.uniform(0, 0.5))
        with full(self.folder, leave=chance.choice((0, 0, 100_000, 1_000_000))):
            timer = threading.Timer(15, self.nursery.kill)
            timer.start()
            ended = self.nursery.wait()
            timer.cancel()
        assert ended in (STOPPED, KILLED), self._trouble(ended)
        return str(self._noted("stopped")) if ended == STOPPED else ""

    def refused(self) -> str:
        """A child that cannot do its first step; what it said."""
        self._expect(self.task, STOPPED)
        return str(self._noted("stopped"))

    def _expect(self, task: Task, code: int) -> None:
        self.nursery.bear(task)
        ended = self.nursery.wait()
        assert ended == code, f"{task} ended with {ended}: {self._trouble(ended)}"

    def _wait_ready(self) -> None:
        begun = len(self.journal.lines())
        deadline = time.monotonic() + PATIENCE
        while not any({"ready", "wrong"} & line.keys() for line in self.journal.lines()[begun:]):
            assert time.monotonic() < deadline, "the child does not start"
            time.sleep(0.01)

    def _noted(self, name: str) -> object:
        return next(line[name] for line in reversed(self.journal.lines()) if name in line)

    def _trouble(self, ended: int) -> str:
        told = [line for line in self.journal.lines() if "wrong" in line]
        last = told[-1] if told else self.journal.lines()[-3:]
        return f"seed {self.seed}, {self.story}, exit {ended}: {last}"
