"""The same questions every time, in whichever process: a sample instead of a search."""

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.truth.parts import World
from tests.truth.questions import Question, questions

Drawn = TypeVar("Drawn")


def some_questions(world: World, number: int) -> list[Question]:
    """So many different questions to the cube of a world."""
    return some_of(questions(world), number, world.seed)


def some_of(every: st.SearchStrategy[Drawn], number: int, start: int) -> list[Drawn]:
    """So many of them, the same ones for the same start."""
    found: list[Drawn] = []

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(every)
    def keep(drawn: Drawn) -> None:
        found.append(drawn)

    keep()
    return found
