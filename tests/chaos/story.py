"""What is done to a house, step by step, made from a seed alone: the same seed, the same story.

A step depends on the seed, its number and what the oracle says is there, so that a process that
was killed can be told again where it was. The rounds are fixed lists of steps; together they pass
by every named crash point, and between rounds nothing is left open.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.chaos.files import broken, chance_of, months, orders, stalls, till
from tests.chaos.oracle import Oracle, Sent

Kind = Literal[
    "till",  # a file is sent
    "book",
    "orders",
    "stalls",
    "again",  # a visible file is sent once more
    "group",  # a file is sent in two parts, which are loaded together
    "broken",  # a file of many mistakes, which is held and refused
    "forgive",  # such a file, which is loaded all the same
    "orphans",  # loads of processes that are gone
    "approve",  # a restatement that somebody must decide on
    "refuse",
    "withdraw",
    "restore",
    "export",
    "schedule",
    "damage",  # the store loses or changes rows
    "break",  # the disk changes a byte of the store
    "mirror",
    "purge",
]
SENDING: frozenset[Kind] = frozenset(
    {"till", "book", "orders", "stalls", "again", "group", "approve", "refuse", "forgive"}
)

# Rounds by what they are about: each point is passed in one that is short.
ROUNDS: Mapping[str, Sequence[Kind]] = {
    "loads": (
        *("stalls", "till", "again", "book", "orphans", "broken", "orphans", "forgive"),
        *("group", "group"),
    ),
    "changes": (
        *("book", "orders", "withdraw", "book", "orders", "restore", "approve", "withdraw"),
        *("refuse", "approve", "orders", "withdraw", "refuse", "restore", "orders"),
    ),
    "exports": ("till", "export", "schedule", "withdraw", "export"),
    "care": (
        *("till", "orders", "mirror", "damage", "book", "mirror", "break", "damage", "withdraw"),
        *("purge", "restore"),
    ),
}
KINDS: Sequence[Kind] = tuple(kind for steps in ROUNDS.values() for kind in steps)

_FILES: Mapping[Kind, Callable[[random.Random], Sent]] = {
    "book": lambda chance: months(chance, "book"),
    "approve": lambda chance: months(chance, "desk"),
    "refuse": lambda chance: months(chance, "desk"),
    "orders": orders,
    "stalls": stalls,
    "broken": broken,
    "forgive": broken,
}
# What is done where neither the store is to be damaged nor a file to be made.
OF_THE_LEDGER: Sequence[Kind] = tuple(
    kind for kind in KINDS if kind not in ("damage", "break", "purge", "export", "schedule")
)


@dataclass(frozen=True)
class Step:
    """One thing that is done; `sent` is the file, `load` what is withdrawn or restored."""

    number: int
    kind: Kind
    sent: Sent | None = None
    load: int | None = None

    def expected(self, oracle: Oracle) -> Oracle:
        """What the oracle will say when the step is done."""
        top = oracle.last + 1
        if self.load is not None:
            return oracle.changed(self.load, top, is_shown=self.kind == "restore")
        if self.kind not in SENDING or self.sent is None or oracle.twin_of(self.sent):
            return oracle
        if self.kind == "refuse" and oracle.is_restated_by(self.sent):
            return oracle
        return oracle.published(0, self.sent, top)


def step_of(story: str, seed: int, number: int, oracle: Oracle) -> Step:
    """The step of that number in a round that is done again and again, or in a random story."""
    steps = ROUNDS.get(story)
    chosen = steps[number % len(steps)] if steps else chance_of(seed, number, "kind").choice(KINDS)
    return make_step(seed, number, chosen, oracle)


def length_of(story: str) -> int:
    """The steps of a round; a random story goes by steps."""
    return len(ROUNDS.get(story, ("one",)))


def make_step(seed: int, number: int, kind: Kind, oracle: Oracle) -> Step:
    """A step of a kind; one that cannot be done now becomes another file of the tills."""
    chance = chance_of(seed, number)
    if kind in ("withdraw", "restore"):
        loads = _visible(oracle) if kind == "withdraw" else _restorable(oracle)
        return Step(number, kind, load=chance.choice(loads)) if loads else _other(number, chance)
    if kind == "again":
        visible = oracle.visible()
        return _again(number, chance.choice(visible)[1]) if visible else _other(number, chance)
    return Step(number, kind, _FILES.get(kind, till)(chance))


def _again(number: int, sent: Sent) -> Step:
    """The file once more; one that restates by now may need a decision once more."""
    return Step(number, "approve" if sent.source == "desk" else "again", sent)


def _other(number: int, chance: random.Random) -> Step:
    return Step(number, "till", till(chance))


def _visible(oracle: Oracle) -> list[int]:
    return [load for load, _ in oracle.visible()]


def _restorable(oracle: Oracle) -> list[int]:
    """Withdrawn loads whose file is not visible as another load."""
    sent = dict(oracle.sent)
    return [load for load in oracle.withdrawn() if oracle.twin_of(sent[load]) is None]
