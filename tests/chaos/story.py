"""What is done to a house, step by step, made from a seed alone: the same seed, the same story.

A step depends on the seed, its number and what the oracle says is there, so that a process that
was killed can be told again where it was. The rounds are fixed lists of steps; together they pass
by every named crash point, and between rounds nothing is left open.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.chaos.files import (
    broken,
    chance_of,
    counted_again,
    keepers,
    months,
    orders,
    parquet,
    push,
    push_months,
    slips,
    some_keepers,
    stalls,
    till,
)
from tests.chaos.oracle import Oracle, Sent

Kind = Literal[
    "till",  # a file is sent
    "book",
    "orders",
    "stalls",
    "keepers",  # of a dated dimension: all members, or some of them
    "some keepers",
    "parquet",
    "push",  # facts are pushed: appended ones, which wait for others
    "push months",  # and such that replace others
    "again",  # a visible file is sent once more
    "replay",  # a file that was loaded once is read anew from the spool
    "group",  # a file is sent in two parts, which are loaded together
    "split",  # two files that cannot be loaded together, for one is full of mistakes
    "broken",  # a file of many mistakes, which is held and refused
    "forgive",  # such a file, which is loaded all the same
    "correct",  # refused rows of a load are mended
    "orphans",  # loads of processes that are gone
    "approve",  # a restatement that somebody must decide on
    "refuse",
    "slips",  # added rows with a key; whether those that are there already count is decided
    "refuse slips",
    "count",  # a month once more, on which is decided where it moves by much
    "refuse count",
    "withdraw",
    "restore",  # refused where its keys are seen elsewhere
    "export",
    "schedule",
    "damage",  # the store loses or changes rows
    "break",  # the disk changes a byte of the store
    "mirror",
    "purge",  # whatever the last snapshot does not show
    "forget",  # whatever an earlier snapshot and those after it do not show
]
NOT_SENDING: frozenset[Kind] = frozenset(
    (
        *("broken", "correct", "orphans", "withdraw", "restore", "export", "schedule"),
        *("damage", "break", "mirror", "purge", "forget"),
    )
)

REFUSING: frozenset[Kind] = frozenset(("refuse", "refuse slips", "refuse count"))

# Rounds by what they are about: each point is passed in one that is short.
ROUNDS: Mapping[str, Sequence[Kind]] = {
    "loads": (
        *("stalls", "till", "again", "book", "orphans", "broken", "orphans", "forgive"),
        *("group", "group", "push", "push months", "push"),
    ),
    "changes": (
        *("book", "orders", "withdraw", "book", "orders", "restore", "approve", "withdraw"),
        *("refuse", "approve", "orders", "withdraw", "refuse", "restore", "orders"),
    ),
    "decisions": (
        *("slips", "count", "slips", "count", "refuse slips", "refuse count", "withdraw", "slips"),
        *("restore", "count", "again", "replay"),
    ),
    "purging": ("till", "withdraw", "purge", "restore"),
    "mending": (
        *("keepers", "till", "forgive", "correct", "parquet", "book", "correct", "split"),
        *("some keepers", "forget", "replay", "withdraw", "keepers", "correct", "purge", "restore"),
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
    "slips": slips,
    "refuse slips": slips,
    "stalls": stalls,
    "broken": broken,
    "forgive": broken,
    "keepers": keepers,
    "some keepers": some_keepers,
    "parquet": parquet,
    "push": push,
    "push months": push_months,
}
# What is done where neither the store is to be damaged nor a file to be made.
OF_THE_LEDGER: Sequence[Kind] = tuple(
    kind
    for kind in KINDS
    if kind not in ("damage", "break", "purge", "forget", "export", "schedule")
)


@dataclass(frozen=True)
class Step:
    """One thing that is done; `sent` is the file, `load` what is changed or read anew."""

    number: int
    kind: Kind
    sent: Sent | None = None
    load: int | None = None
    rows: tuple[int, ...] = ()  # of the load's bad ones, which are mended
    kept_from: int = 0  # the snapshot from which on everything is kept

    def expected(self, oracle: Oracle) -> Oracle:
        """What the oracle will say when the step is done."""
        top = oracle.last + 1
        if self.load is not None and self.kind == "correct":
            return oracle.corrected(self.load, top, self.rows)
        if self.load is not None and self.kind == "restore" and not oracle.may_return(self.load):
            return oracle
        if self.load is not None and self.kind in ("withdraw", "restore"):
            return oracle.changed(self.load, top, is_shown=self.kind == "restore")
        if self.kind in NOT_SENDING or self.sent is None or oracle.twin_of(self.sent):
            return oracle
        if self.kind in REFUSING and oracle.must_wait(self.sent):
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
    made = _FILES.get(kind)
    if made is not None:
        return Step(number, kind, made(chance))
    choose = _CHOICES.get(kind)
    chosen = choose(number, chance, oracle) if choose else Step(number, kind, till(chance))
    return chosen or Step(number, "till", till(chance))


def _withdraw(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
    loads = [load for load, _ in oracle.visible()]
    return Step(number, "withdraw", load=chance.choice(loads)) if loads else None


def _restore(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
    """Show a withdrawn load again whose file is not visible as another load."""
    sent = dict(oracle.sent)
    loads = [load for load in oracle.withdrawn() if oracle.twin_of(sent[load]) is None]
    return Step(number, "restore", load=chance.choice(loads)) if loads else None


def _again(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
    """The file once more; one that restates by now may need a decision once more."""
    visible = oracle.visible()
    if not visible:
        return None
    sent = chance.choice(visible)[1]
    return Step(number, _DECIDED.get(sent.source, "again"), sent)


def _replay(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
    """Read a file anew that nobody has to decide on, whatever became of its load.

    What was loaded in spite of its mistakes keeps the decision on them.
    """
    loads = [
        (load, sent)
        for load, sent in oracle.sent
        if oracle.twin_of(sent) is not None or not oracle.must_wait(sent)
    ]
    if not loads:
        return None
    load, sent = chance.choice(loads)
    return Step(number, "replay", sent, load)


def _correct(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
    """Mend some bad rows of a visible load, or all that are left."""
    left = {
        load: rows
        for load, sent in oracle.visible()
        if sent.mode in ("append", "replace") and sent.format == "csv"
        if (rows := bad_rows_of(oracle, load))
    }
    if not left:
        return None
    load = chance.choice(sorted(left))
    most = len(left[load])
    chosen = chance.sample(left[load], chance.choice((most, chance.randint(1, most))))
    return Step(number, "correct", load=load, rows=tuple(sorted(chosen)))


def bad_rows_of(oracle: Oracle, load: int) -> tuple[int, ...]:
    """The bad rows of a load that were not mended yet."""
    mended = {row for event in oracle.mended(load) for row in event.mended}
    return tuple(row for row in range(len(dict(oracle.sent)[load].bad)) if row not in mended)


def _count(kind: Kind) -> Callable[[int, random.Random, Oracle], Step | None]:
    """Count months that are new at times, or one once more that is shown."""

    def choose(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
        shown = sorted(month for source, month in oracle.owners() if source == "counts")
        if not shown or chance.random() < 0.3:
            return Step(number, kind, months(chance, "counts"))
        month = chance.choice(shown)
        takings = oracle.shown_takings("counts", month)
        return Step(number, kind, counted_again(chance, takings, month))

    return choose


def _forget(number: int, chance: random.Random, oracle: Oracle) -> Step | None:
    earliest = max((purge.kept_from for purge in oracle.purges), default=1)
    if not oracle.last:
        return None
    return Step(number, "forget", kept_from=chance.randint(earliest, oracle.last))


_CHOICES: Mapping[Kind, Callable[[int, random.Random, Oracle], Step | None]] = {
    "withdraw": _withdraw,
    "restore": _restore,
    "again": _again,
    "replay": _replay,
    "correct": _correct,
    "forget": _forget,
    "count": _count("count"),
    "refuse count": _count("refuse count"),
}
_DECIDED: Mapping[str, Kind] = {"desk": "approve", "counts": "count", "slips": "slips"}
