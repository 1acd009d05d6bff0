"""What is done to a house, step by step, made from a seed alone: the same seed, the same story.

A step depends on the seed, its number and what the oracle says is there, so that a process that
was killed can be told again where it was. A round is a fixed list of steps that passes by every
named crash point; between rounds nothing is left open.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tests.chaos.oracle import Oracle, Sent, Taking

Kind = Literal[
    "stalls", "till", "again", "broken", "orphans", "withdraw", "restore", "export", "schedule"
]
ALIKE = ("broken", "orphans", "export", "schedule")  # after which the figures are the same

STALLS = tuple(f"stall {number}" for number in range(8))
REGIONS = ("north", "south", "harbour")
ROWS = 24  # of a file: several chunks of the small size that the child stores
FIRST = date(2026, 1, 1)

ROUND: Sequence[Kind] = (
    "stalls",
    "till",
    "till",
    "again",
    "broken",
    "withdraw",
    "orphans",
    "till",
    "export",
    "restore",
    "schedule",
    "stalls",
    "withdraw",
    "broken",
    "export",
    "orphans",
)


@dataclass(frozen=True)
class Step:
    """One thing that is done; `sent` is the file, `load` what is withdrawn or restored."""

    number: int
    kind: Kind
    sent: Sent | None = None
    load: int | None = None


def chance_of(*parts: object) -> random.Random:
    """Chance that is the same in every run with these parts."""
    return random.Random(repr(parts))  # noqa: S311 -- made to be repeated


def step_of_round(seed: int, number: int, oracle: Oracle) -> Step:
    """The step of that number in a story that goes round and round."""
    return make_step(seed, number, ROUND[number % len(ROUND)], oracle)


def random_step(seed: int, number: int, oracle: Oracle) -> Step:
    """The step of that number in a story without an order."""
    return make_step(seed, number, chance_of(seed, number, "kind").choice(ROUND), oracle)


def random_load_step(seed: int, number: int, oracle: Oracle) -> Step:
    """The same, without exports."""
    kinds = [kind for kind in ROUND if kind not in ("export", "schedule")]
    return make_step(seed, number, chance_of(seed, number, "kind").choice(kinds), oracle)


def make_step(seed: int, number: int, kind: Kind, oracle: Oracle) -> Step:
    """A step of a kind; one that cannot be done now becomes another file of the tills."""
    chance = chance_of(seed, number)
    loads = {
        "withdraw": [load for load, _ in oracle.visible()],
        "restore": _restorable(oracle),
    }.get(kind)
    if loads:
        return Step(number, kind, load=chance.choice(loads))
    if kind == "again" and oracle.visible():
        return Step(number, kind, sent=chance.choice(oracle.visible())[1])
    if kind == "stalls":
        return Step(number, kind, sent=stalls(chance))
    if kind in ALIKE:
        return Step(number, kind, sent=till(chance))
    return Step(number, "till", sent=till(chance))


def till(chance: random.Random, rows: int = ROWS) -> Sent:
    """A file of the tills; no two are alike."""
    return Sent("till", "append", "takings", tuple(_taking(chance) for _ in range(rows)))


def stalls(chance: random.Random) -> Sent:
    """A version of the stalls: most of them, each in some region."""
    known = sorted(chance.sample(STALLS, len(STALLS) - 1))
    regions = tuple((stall, chance.choice(REGIONS)) for stall in known)
    return Sent("stalls", "complete", "stalls", regions=regions)


def text_of(sent: Sent) -> str:
    """The file's text."""
    if sent.mode == "complete":
        lines = [f"{stall},{region}" for stall, region in sent.regions]
        return "\n".join(["stall,region", *lines, ""])
    lines = [f"{one.day},{one.stall},{one.pieces},{one.amount}" for one in sent.takings]
    return "\n".join(["day,stall,pieces,amount", *lines, ""])


def broken_text_of(sent: Sent) -> str:
    """The same file with so many bad amounts that the load is held, after some rows are stored."""
    head, *lines = text_of(sent).splitlines()
    half = len(lines) // 3
    bad = [line.rpartition(",")[0] + ",much" for line in lines[half:]]
    return "\n".join([head, *lines[:half], *bad, ""])


def _taking(chance: random.Random) -> Taking:
    return Taking(
        day=FIRST + timedelta(days=chance.randrange(120)),
        stall=chance.choice(STALLS),
        pieces=chance.randint(-3, 9),
        amount=Decimal(chance.randint(-99_999, 9_999_999)) / 100,
    )


def _restorable(oracle: Oracle) -> list[int]:
    """Withdrawn loads whose file is not visible as another load."""
    sent = dict(oracle.sent)
    return [load for load in oracle.withdrawn() if oracle.twin_of(sent[load]) is None]
