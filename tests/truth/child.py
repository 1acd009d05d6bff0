"""`python -m tests.truth.child FOLDER SEED NUMBER fill|ask`: a process with an engine of its own.

`fill` puts a world into the engine's folder, `ask` opens the folder again; both write the answers
to the same questions, so many, one a line.
"""

import sys

from tests.truth.asking import asked, browser_for
from tests.truth.our_engine import OurEngine
from tests.truth.sampling import some_questions
from tests.truth.worlds import world_of


def main(folder: str, seed: int, number: int, what: str) -> None:
    """Fill the folder or open it, and ask."""
    world = world_of(seed)
    engine = OurEngine(world, f"chdb://{folder}?database=truth", is_filled=what == "ask")
    for question in some_questions(world, number):
        answer = asked(browser_for(engine, question), question)
        sys.stdout.write(f"{(question, answer)!a}\n")
    engine.store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
