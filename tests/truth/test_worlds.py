"""The random worlds: each is one that a model allows, so that a long run is never broken off."""

from tests.truth.our_engine import model_of
from tests.truth.worlds import world_of

WORLDS = 120  # seeds: in a quarter of them pieces have 64 bits


def test_every_world_of_a_long_run_is_a_model_without_mistakes() -> None:
    for seed in range(WORLDS):
        assert model_of(world_of(seed)).cubes, seed
