"""A writer is killed at random moments, again and again: nothing is lost, nothing counts twice.

Every process looks after the one before it (see `child`), so that each kill is judged by the next.
"""

from pathlib import Path

import pytest

from tests.chaos.files import chance_of
from tests.chaos.nursery import Nursery
from tests.chaos.scale import SEED, scale
from tests.chaos.trials import Trials

pytestmark = pytest.mark.harness

KILLS_OF_A_HOUSE = 50  # then a new house, as the old one gets long to look after


@pytest.mark.parametrize("first", range(0, scale().writer_kills, KILLS_OF_A_HOUSE))
def test_a_writer_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, first: int
) -> None:
    chance = chance_of(SEED, first, "kills")
    with Nursery(tmp_path / "log") as nursery:
        trials = Trials(tmp_path, nursery, SEED + first, story="random")
        for _ in range(min(KILLS_OF_A_HOUSE, scale().writer_kills - first)):
            trials.kill(chance, longest=0.8)
        trials.some_steps(3)
