"""Deaths at named points, one after the other; each kind of round in a house of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.nursery import Nursery
from tests.chaos.scale import SEED
from tests.chaos.story import ROUNDS
from tests.chaos.trials import Trials


@dataclass(frozen=True)
class Crashing:
    """Houses whose processes die, with how often each point is passed in one of their rounds."""

    houses: tuple[tuple[Trials, Mapping[str, int]], ...]

    @property
    def points(self) -> set[str]:
        """Every point that some round passes by."""
        return {point for _, passages in self.houses for point in passages}

    def die_at(self, point: str, occurrence: str) -> None:
        """A process looks after the last one, begins a round and dies at a passage of the point."""
        for trials, passages in self.houses:
            times = passages.get(point, 0)
            if times:
                trials.crash(point, _passage(occurrence, times))
                return
        raise AssertionError(f"no round passes by {point}")

    def look_after(self) -> None:
        """What the last processes left is looked after, and their rounds are done to the end."""
        for trials, _ in self.houses:
            trials.finish_round()


def _passage(occurrence: str, times: int) -> int:
    """Which of so many passages is meant; one that has another name too is tried by that name."""
    if occurrence != "first" and times == 1:
        pytest.skip("a round passes by it once: the first passage is the last")
    if occurrence == "second" and times == 2:
        pytest.skip("a round passes by it twice: the second passage is the last")
    return {"first": 1, "second": 2, "last": times}[occurrence]


@contextmanager
def crashing(folder: Path) -> Iterator[Crashing]:
    """New houses in the folder, each after one undisturbed round."""
    with Nursery(folder / "log") as nursery:
        houses = []
        for story in ROUNDS:
            (folder / story).mkdir()
            trials = Trials(folder / story, nursery, SEED, story)
            houses.append((trials, trials.passages()))
        yield Crashing(tuple(houses))
