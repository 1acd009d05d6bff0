"""Deaths at named points, one after the other in one house."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.nursery import Nursery
from tests.chaos.scale import SEED
from tests.chaos.trials import Trials


@dataclass(frozen=True)
class Crashing:
    """A house whose processes die, with how often each point is passed in one round."""

    trials: Trials
    passages: Mapping[str, int]

    def die_at(self, point: str, occurrence: str) -> None:
        """A process that looks after the last one and dies at a passage of the point."""
        times = self.passages.get(point, 0)
        assert times, f"no step of a round passes by {point}"
        nth = {"first": 1, "second": min(2, times), "last": times}[occurrence]
        self.trials.crash(point, nth)


@contextmanager
def crashing(folder: Path) -> Iterator[Crashing]:
    """A new house in the folder, after one undisturbed round."""
    with Nursery(folder / "log") as nursery:
        trials = Trials(folder, nursery, SEED)
        yield Crashing(trials, trials.passages())
