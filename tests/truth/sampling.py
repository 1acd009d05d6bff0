"""The same questions every time, in whichever process: a sample instead of a search."""

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.truth.parts import World
from tests.truth.questions import Question, questions


def some_questions(world: World, number: int) -> list[Question]:
    """So many different questions to the cube of a world."""
    found: list[Question] = []

    @seed(world.seed)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(questions(world))
    def keep(question: Question) -> None:
        found.append(question)

    keep()
    return found
