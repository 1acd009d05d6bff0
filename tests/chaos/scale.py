"""How much is tried: what CI runs, what `make harness` runs, or what `make soak` runs.

SOAK names the scale: `ci` unless told otherwise, `harness` for `make harness`, `small` and `full`
for `make soak`. Every random choice comes from one seed, which is printed: `CHAOS_SEED=7` repeats
it. CI and the harness always take the same one, a soak another each time. CI tries later passages
of a third of the crash points: CHAOS_THIRD says which, and `.ci/run` takes another each day.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How many of everything."""

    occurrences: tuple[str, ...]  # of each crash point: first, second, last
    thirds: int  # of the points whose later passages are tried
    writer_kills: int
    house_kills: int  # of the parts of `indicube up`, and of the production shape
    sequences: int
    steps: int  # of a sequence
    page_reads: int
    faults: int
    full_disks: int


_SCALES = {
    "ci": Scale(("first", "last"), 1, 12, 4, 15, 12, 800, 20, 3),
    "harness": Scale(("first", "last"), 3, 24, 8, 25, 12, 2_000, 30, 4),
    "small": Scale(("first", "second", "last"), 3, 60, 8, 50, 20, 4_000, 60, 8),
    "full": Scale(("first", "second", "last"), 3, 900, 100, 500, 30, 20_000, 500, 100),
}
_SOAKS = ("small", "full")


def scale() -> Scale:
    """The scale that SOAK names."""
    return _SCALES[os.environ.get("SOAK") or "ci"]


def tried_later(points: Sequence[str]) -> list[str]:
    """The points whose later passages are tried: all of them, or the third that is due."""
    due = int(os.environ.get("CHAOS_THIRD") or 0)
    thirds = {(due + more) % 3 for more in range(scale().thirds)}
    return [point for number, point in enumerate(points) if number % 3 in thirds]


def _seed() -> int:
    given = os.environ.get("CHAOS_SEED")
    if given is None:
        is_soak = os.environ.get("SOAK") in _SOAKS
        given = str(random.SystemRandom().randrange(10**6) if is_soak else 2026)
        os.environ["CHAOS_SEED"] = given  # processes that are started from here take the same
    return int(given)


SEED = _seed()
