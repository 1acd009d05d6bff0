"""`python -m tests.truth.soak`: tens of thousands of questions to both engines, world after world.

The seed is printed first; the same seed asks the same questions. With `--notes FILE` every world
that is done is written down, and a run that was broken off goes on after the last of them.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.truth.counted import told
from tests.truth.kinds import KINDS, Kind
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.sampling import some_of
from tests.truth.worlds import world_of

PER_WORLD = 500


@dataclass
class Done:
    """What became of one world: what was asked, and every question whose answer was not right."""

    seed: int
    questions: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Ask all that is not asked yet; 1 when an answer was not right."""
    chosen = _chosen(arguments)
    first = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1_000_000)
    sys.stdout.write(f"seed {first}\n")
    before = _noted(chosen.notes)
    every: list[Done] = []
    begun = time.monotonic()
    for seed in range(first, first + -(-chosen.questions // PER_WORLD)):
        done = before.get(seed) or _world(seed)
        if seed not in before and chosen.notes:
            with chosen.notes.open("a", encoding="utf-8") as notes:
                notes.write(f"\n{json.dumps(vars(done))}")
        every.append(done)
        asked, wrong = sum(each.questions for each in every), sum(len(each.wrong) for each in every)
        took = time.monotonic() - begun
        sys.stdout.write(f"world {seed}: {asked:,} questions, {wrong} wrong, {took:,.0f} s\n")
        sys.stdout.flush()
    sys.stdout.write(f"{told(sum((each.counts for each in every), Counter()))}\n")
    return int(any(each.wrong for each in every))


def _world(seed: int) -> Done:
    world, done = world_of(seed), Done(seed)
    ours, other = OurEngine(world), OtherEngine(world)
    for kind in KINDS:
        number = max(1, PER_WORLD * kind.part // sum(each.part for each in KINDS))
        for question in some_of(kind.questions(world), number, seed):
            done.questions += 1
            done.counts.update(kind.features(question))
            if not _is_right(kind, ours, other, question):
                done.wrong.append(f"{kind.name}: {question}")
                sys.stdout.write(f"wrong in world {seed}, {done.wrong[-1]}\n")
    ours.close()
    other.close()
    return done


def _is_right(kind: Kind, ours: OurEngine, other: OtherEngine, question: object) -> bool:
    try:
        return bool(kind.ask(ours, question) == kind.expect(other, question))
    except Exception as error:  # noqa: BLE001  # a question that cannot be answered is told with the others
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return False


def _noted(notes: Path | None) -> dict[int, Done]:
    lines = notes.read_text(encoding="utf-8").splitlines() if notes and notes.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("]}")]  # one may be torn
    return {
        each["seed"]: Done(each["seed"], each["questions"], Counter(each["counts"]), each["wrong"])
        for each in found
    }


def _chosen(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=50_000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--notes", type=Path, help="a file of what is done, to go on from")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
