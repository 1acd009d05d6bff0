"""Random cubes, random questions: every answer is what another engine says, to the last digit."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.counted import count
from tests.truth.kinds import KINDS, Kind
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.worlds import world_of

# Of 16 worlds 128 each usually; in `make soak`, as its profile says, of 25 worlds 2,000 each.
IS_USUAL = settings().max_examples <= 100
WORLDS, QUESTIONS = (16, 128) if IS_USUAL else (25, settings().max_examples)


@pytest.fixture(scope="module", params=range(WORLDS))
def engines(request: pytest.FixtureRequest) -> Iterator[tuple[OurEngine, OtherEngine]]:
    """One world in both engines."""
    world = world_of(request.param)
    ours, other = OurEngine(world), OtherEngine(world)
    yield ours, other
    ours.close()
    other.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_answer_is_what_the_other_engine_says(
    engines: tuple[OurEngine, OtherEngine], kind: Kind
) -> None:
    ours, other = engines

    @settings(max_examples=max(1, round(QUESTIONS * kind.part / 100)))
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        question = data.draw(kind.questions(ours.world))
        count(kind.features(question))

        assert kind.ask(ours, question) == kind.expect(other, question)

    ask()
