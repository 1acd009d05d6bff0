"""The kinds of questions that both engines are asked, and how many of each a world gets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.truth.across import across_questions, ask_across, expect_across
from tests.truth.across_along import (
    across_along_questions,
    ask_across_along,
    expect_across_along,
)
from tests.truth.answers import answer_to
from tests.truth.asking import asked, browser_for
from tests.truth.features import features_of
from tests.truth.members import ask_members, expect_members, members_questions
from tests.truth.modified import ask_modified, modified_questions
from tests.truth.modified_answers import expect_modified
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.parts import World
from tests.truth.questions import Question, questions
from tests.truth.single_facts import ask_facts, expect_facts, facts_questions
from tests.truth.tables import ask_table, expect_table, table_questions


@dataclass(frozen=True)
class Kind:
    """One kind of question: how to make one, to ask it, and to know the answer that must come."""

    name: str
    part: int  # of each hundred questions
    questions: Callable[[World], st.SearchStrategy[Any]]
    ask: Callable[[OurEngine, Any], Any]
    expect: Callable[[OtherEngine, Any], Any]

    def features(self, question: Any) -> list[str]:
        """What the question has, in words by which questions are counted."""
        return [self.name, *features_of(question)]


def _ask_plain(ours: OurEngine, question: Question) -> Any:
    return asked(browser_for(ours, question), question)


KINDS = (
    Kind("aggregate", 25, questions, _ask_plain, answer_to),
    Kind("table", 6, table_questions, ask_table, expect_table),
    Kind("along time", 30, modified_questions, ask_modified, expect_modified),
    Kind("several cubes", 5, across_questions, ask_across, expect_across),
    Kind(
        "several cubes along time",
        3,
        across_along_questions,
        ask_across_along,
        expect_across_along,
    ),
    Kind("members", 19, members_questions, ask_members, expect_members),
    Kind("facts", 12, facts_questions, ask_facts, expect_facts),
)
