"""A process dies at the first passage of every named point; the next one finds nothing wrong.

Each trial is a real process with real chDB and real SQLite that ends itself at the point with
`os._exit`. The next process recovers as at every start, compares the store with the ledger, finds
the figures of before or after the step, does the step again, and compares with the oracle.
"""

from collections.abc import Iterator

import pytest

from tests.chaos.crashing import Crashing, crashing
from tests.chaos.points import named_points

pytestmark = pytest.mark.harness


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashing]:
    with crashing(tmp_path_factory.mktemp("first")) as opened:
        yield opened


def test_every_named_point_is_passed_in_some_round(house: Crashing) -> None:
    assert house.points == named_points()


@pytest.mark.parametrize("point", sorted(named_points()))
def test_a_death_at_the_first_passage_loses_and_doubles_nothing(
    house: Crashing, point: str
) -> None:
    house.die_at(point, "first")


def test_every_story_goes_on_to_the_end_of_a_round(house: Crashing) -> None:
    house.look_after()
