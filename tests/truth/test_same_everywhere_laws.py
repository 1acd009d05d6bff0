"""The same questions, the same answers: whatever runs them, and however the rows are kept."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.cube.statement import Statement
from server.store.readers import Rows, Threads
from tests.chaos.processes import front
from tests.starting import free_port
from tests.truth.answers import answer_to
from tests.truth.asking import asked, browser_for
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.questions import questions
from tests.truth.sampling import some_questions
from tests.truth.worlds import world_of

NUMBER = settings().max_examples // 2
LAWS = settings(max_examples=NUMBER)
SEED = 4  # a world with roll-ups, two tables and dated members


class Threaded:
    """Readers that run every statement with so many threads."""

    def __init__(self, ours: OurEngine, threads: Threads) -> None:
        self._readers, self._threads = ours.store.readers, threads

    def query(self, statement: Statement) -> Rows:
        """The answer."""
        return self._readers.query(statement, threads=self._threads)


@pytest.fixture(scope="module")
def ours() -> Iterator[OurEngine]:
    engine = OurEngine(world_of(SEED))
    yield engine
    engine.close()


@LAWS
@given(data=st.data())
def test_one_thread_and_all_threads_answer_alike(ours: OurEngine, data: st.DataObject) -> None:
    question = data.draw(questions(ours.world))

    one, every = (
        asked(browser_for(ours, question, readers=Threaded(ours, threads)), question)
        for threads in ("one", "all")
    )

    assert one == every


@LAWS
@given(data=st.data())
def test_a_roll_up_changes_no_answer(ours: OurEngine, data: st.DataObject) -> None:
    roll_up = data.draw(st.sampled_from(ours.model.cubes["facts"].roll_ups))
    names = {key.dimension for key in roll_up.keys}
    within = replace(
        ours.world,
        dimensions=tuple(each for each in ours.world.dimensions if each.name in names),
        aggregates=ours.world.chosen(roll_up.aggregates),
    )
    question = data.draw(questions(within))

    served, plain = (
        asked(browser_for(ours, question, is_rolled=is_rolled), question)
        for is_rolled in (True, False)
    )

    assert served == plain


def test_merging_the_parts_of_the_tables_changes_no_answer() -> None:
    engine = OurEngine(world_of(SEED + 1))
    asking = some_questions(engine.world, NUMBER)
    before = [asked(browser_for(engine, each), each) for each in asking]

    with engine.store.writer() as writer:
        for table in ("facts", *(name for name, _ in engine.world.tables)):
            writer.run(f"OPTIMIZE TABLE `{table}` FINAL")

    assert [asked(browser_for(engine, each), each) for each in asking] == before
    engine.close()


def test_closing_the_engine_and_opening_it_again_changes_no_answer(
    tmp_path: Path,
) -> None:
    first, second = (_child(tmp_path, what) for what in ("fill", "ask"))

    assert len(first) == NUMBER
    assert first == second


def test_over_http_the_answers_are_those_of_the_other_engine(tmp_path: Path) -> None:
    world = world_of(SEED + 3)
    other, program = OtherEngine(world), front(tmp_path, port := free_port())
    address = f"http://127.0.0.1:{port}/truth?reader=reader:secret"
    with program:
        engine = OurEngine(world, address)
        for question in some_questions(world, NUMBER):
            assert asked(browser_for(engine, question), question) == answer_to(other, question)
        engine.close()
    other.close()


def _child(folder: Path, what: str) -> list[str]:
    module = [sys.executable, "-m", "tests.truth.child"]
    command = [*module, str(folder / "facts"), str(SEED), str(NUMBER), what]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    return done.stdout.splitlines()
