"""A process dies at a later passage of every named point: see `test_crash_first`."""

from collections.abc import Iterator

import pytest

from tests.chaos.crashing import Crashing, crashing
from tests.chaos.points import named_points
from tests.chaos.scale import scale, tried_later

pytestmark = pytest.mark.harness


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashing]:
    with crashing(tmp_path_factory.mktemp("last")) as opened:
        yield opened


@pytest.mark.parametrize("occurrence", [one for one in scale().occurrences if one != "first"])
@pytest.mark.parametrize("point", tried_later(sorted(named_points())))
def test_a_death_at_a_later_passage_loses_and_doubles_nothing(
    house: Crashing, point: str, occurrence: str
) -> None:
    house.die_at(point, occurrence)


def test_every_story_goes_on_to_the_end_of_a_round(house: Crashing) -> None:
    house.look_after()
