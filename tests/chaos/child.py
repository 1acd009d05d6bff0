"""A process that does a story to a house until it is killed, and says what it does in a journal.

At its start it looks at what the process before it left: recovery runs as at every start, the
store is compared with the ledger, the figures must be those before the open step or those after
it, and the step is done (again). From then on every step is checked against the oracle, at the
last snapshot and at an earlier one, with the keepers as they were and as they are.
"""

import os
import sys
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from server.cube.elements import MEMBERSHIPS
from server.errors import IndicubeError
from server.ledger import crashpoint
from tests.chaos.doing import do
from tests.chaos.files import chance_of
from tests.chaos.house import (
    House,
    NoRoomError,
    WrongError,
    opened,
    settings_of,
    store_in_small_chunks,
)
from tests.chaos.journal import Journal, learn
from tests.chaos.oracle import Oracle
from tests.chaos.story import Step, length_of, step_of

WRONG = 3
STOPPED = 4  # a step could not be done, and said so
MOST = 10_000


@dataclass(frozen=True)
class Task:
    """What a child is told."""

    home: str
    seed: int
    story: str  # the name of a round, or "random"
    journal: str  # the file that outlives the process
    crash_early: str = ""  # point:nth, counted from the very start
    crash: str = ""  # point:nth, counted from the first step of a new round
    steps: int = MOST  # ends by itself after so many whole steps
    to_end: bool = False  # ends by itself when the open round is over
    counts: bool = False  # note how often each point is passed in one round
    reserve: int | None = None  # bytes that loads keep free, if not the usual ones


def main(task: Task) -> int:
    """Do the task; the exit code says whether everything was right."""
    store_in_small_chunks()
    os.environ[crashpoint.VARIABLE] = task.crash_early or "none:0"
    journal = Journal(Path(task.journal))
    try:
        with opened(settings_of(Path(task.home, "house"), **_variables(task))) as house:
            _Telling(task, journal, house).tell()
    except CannotError as cannot:
        journal.note(stopped=str(cannot))
        return STOPPED
    except Exception as error:  # noqa: BLE001 -- the journal is read by the parent
        journal.note(wrong=f"{type(error).__name__}: {error}", trace=traceback.format_exc())
        return WRONG
    return 0


class CannotError(Exception):
    """A step was refused or broke; everything that was there can be read all the same."""


class _Telling:
    """The story from where the journal ends."""

    def __init__(self, task: Task, journal: Journal, house: House) -> None:
        self._task = task
        self._journal = journal
        self._house = house
        self._round = length_of(task.story)
        self._crash = task.crash

    def _make(self, number: int, oracle: Oracle) -> Step:
        return step_of(self._task.story, self._task.seed, number, oracle)

    def tell(self) -> None:
        oracle, number, is_open = self._read()
        self._house.recover()
        if is_open and self._make(number, oracle).kind in ("damage", "break"):
            self._house.mend()
        self._house.verify()
        self._check_start(oracle, number, is_open)
        self._journal.note(ready=number)
        done = 0
        while done < self._task.steps and not self._is_over(number, is_open):
            if number % self._round == 0 and not is_open:
                self._arm()
            if not is_open:
                self._journal.begin(number)
            oracle = self._do(number, oracle)
            number, done = number + 1, done + 1
            if is_open and self._task.crash:
                number = self._skip_to_next_round(number)
            is_open = False
        if self._task.counts:
            self._journal.note(passed=dict(_passed()))

    def _is_over(self, number: int, is_open: bool) -> bool:
        return self._task.to_end and not is_open and number % self._round == 0

    def _read(self) -> tuple[Oracle, int, bool]:
        """What is known, the number of the next step, and whether it was begun already."""
        oracle, number, is_open = Oracle(), 0, False
        for line in self._journal.lines():
            if "done" in line:
                oracle = learn(oracle, self._make(number, oracle), line)
                number, is_open = number + 1, False
            elif "skipped_to" in line:
                number = int(str(line["skipped_to"]))
            elif "begun" in line:
                is_open = True
        return oracle, number, is_open

    def _skip_to_next_round(self, number: int) -> int:
        following = -(-number // self._round) * self._round
        self._journal.note(skipped_to=following)
        return following

    def _check_start(self, oracle: Oracle, number: int, is_open: bool) -> None:
        """All or nothing: the figures are those of before the open step, or those of after it."""
        shown = self._house.figures()
        allowed = [oracle.figures()]
        if is_open:
            allowed.append(self._make(number, oracle).expected(oracle).figures())
        if shown not in allowed:
            raise WrongError(f"step {number}: {shown} is neither of {allowed}")

    def _do(self, number: int, before: Oracle) -> Oracle:
        step = self._make(number, before)
        try:
            after = do(self._house, step, before)
        except NoRoomError as error:  # the next start heals what this step has damaged
            raise CannotError(f"{step.kind}: {error}") from error
        except (IndicubeError, OSError, SQLAlchemyError) as error:
            self._check_start(before, number, is_open=True)
            raise CannotError(f"{step.kind}: {error}") from error
        self._house.check(after)
        if after.last:
            earlier = chance_of(self._task.seed, number, "earlier").randint(1, after.last)
            self._house.check(after, earlier, (MEMBERSHIPS[number % 2],))
        self._journal.done(number, before, after)
        return after

    def _arm(self) -> None:
        _passed().clear()
        if self._task.crash:
            # What a round passes by depends on what there is: if this one did so less often than
            # the one that was counted, the next one dies at the first passage.
            os.environ[crashpoint.VARIABLE] = self._crash
            self._crash = f"{self._task.crash.partition(':')[0]}:1"


def _variables(task: Task) -> dict[str, str]:
    return {} if task.reserve is None else {"INDICUBE_DISK_RESERVE_BYTES": str(task.reserve)}


def _passed() -> Counter[str]:
    counted: Counter[str] = vars(crashpoint)["_passed"]
    return counted


if __name__ == "__main__":
    home, seed, story, steps = sys.argv[1:5]
    journal = str(Path(home, "journal"))
    sys.exit(main(Task(home, int(seed), story, journal, steps=int(steps), counts=True)))
