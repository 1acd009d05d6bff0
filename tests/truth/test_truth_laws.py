"""Random cubes, random questions: every figure is what another engine says, to the last digit."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.answers import answer_to
from tests.truth.asking import asked, browser_for
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.questions import questions
from tests.truth.worlds import world_of

# The profile says how many questions each world is asked: 100 usually, 2,000 in `make soak`.
WORLDS = 20 if settings().max_examples <= 100 else 25


@pytest.fixture(scope="module", params=range(WORLDS))
def engines(request: pytest.FixtureRequest) -> Iterator[tuple[OurEngine, OtherEngine]]:
    """One world in both engines."""
    world = world_of(request.param)
    ours, other = OurEngine(world), OtherEngine(world)
    yield ours, other
    ours.close()
    other.close()


@given(data=st.data())
def test_every_answer_is_what_the_other_engine_says(
    engines: tuple[OurEngine, OtherEngine], data: st.DataObject
) -> None:
    ours, other = engines
    question = data.draw(questions(ours.world))

    answer = asked(browser_for(ours, question), question)

    expected = answer_to(other, question)
    assert answer.summary == expected.summary
    assert answer.rows == expected.rows
    assert answer.count == expected.count
