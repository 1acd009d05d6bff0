"""What is done to a house, step by step, made from a seed alone: the same seed, the same story.

A step depends on the seed, its number and what the oracle says is there, so that a process that
was killed can be told again where it was. A round is a fixed list of steps that passes by every
named crash point; between rounds nothing is left open.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.chaos.files import chance_of, months, orders, stalls, till
from tests.chaos.oracle import Oracle, Sent

Kind = Literal[
    "till",  # a file is sent
    "book",
    "orders",
    "stalls",
    "again",  # a visible file is sent once more
    "broken",  # a file that is refused
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
    {"till", "book", "orders", "stalls", "again", "approve", "refuse"}
)

ROUND: Sequence[Kind] = (
    "stalls",
    "till",
    "till",
    "again",
    "broken",
    "book",
    "orders",
    "withdraw",
    "orphans",
    "book",
    "orders",
    "export",
    "approve",
    "refuse",
    "approve",
    "refuse",
    "mirror",
    "withdraw",
    "restore",
    "schedule",
    "damage",
    "stalls",
    "restore",
    "orders",
    "withdraw",
    "export",
    "orphans",
    "mirror",
    "damage",
    "break",
    "purge",
    "broken",
)
_FILES: Mapping[Kind, Callable[[random.Random], Sent]] = {
    "book": lambda chance: months(chance, "book"),
    "approve": lambda chance: months(chance, "desk"),
    "refuse": lambda chance: months(chance, "desk"),
    "orders": orders,
    "stalls": stalls,
}
LOADS: Sequence[Kind] = tuple(kind for kind in ROUND if kind not in ("export", "schedule"))
# What is done to a ledger when its store is not to be damaged.
KIND: Sequence[Kind] = tuple(kind for kind in LOADS if kind not in ("damage", "break", "purge"))


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


def step_of_round(seed: int, number: int, oracle: Oracle) -> Step:
    """The step of that number in a story that goes round and round."""
    return make_step(seed, number, ROUND[number % len(ROUND)], oracle)


def random_step(seed: int, number: int, oracle: Oracle) -> Step:
    """The step of that number in a story without an order."""
    return make_step(seed, number, chance_of(seed, number, "kind").choice(ROUND), oracle)


def make_step(seed: int, number: int, kind: Kind, oracle: Oracle) -> Step:
    """A step of a kind; one that cannot be done now becomes another file of the tills."""
    chance = chance_of(seed, number)
    if kind in ("withdraw", "restore"):
        loads = _visible(oracle) if kind == "withdraw" else _restorable(oracle)
        return Step(number, kind, load=chance.choice(loads)) if loads else _other(number, chance)
    if kind == "again":
        visible = oracle.visible()
        return Step(number, kind, chance.choice(visible)[1]) if visible else _other(number, chance)
    return Step(number, kind, _FILES.get(kind, till)(chance))


def _other(number: int, chance: random.Random) -> Step:
    return Step(number, "till", till(chance))


def _visible(oracle: Oracle) -> list[int]:
    return [load for load, _ in oracle.visible()]


def _restorable(oracle: Oracle) -> list[int]:
    """Withdrawn loads whose file is not visible as another load."""
    sent = dict(oracle.sent)
    return [load for load in oracle.withdrawn() if oracle.twin_of(sent[load]) is None]
