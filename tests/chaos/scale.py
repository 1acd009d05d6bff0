"""How much is tried: what CI runs, or what `make soak` runs (`SOAK=small` for a taste of it).

Every random choice comes from one seed, which is printed: `CHAOS_SEED=7` repeats it. CI always
takes the same one, a soak another each time.
"""

import os
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How many of everything."""

    occurrences: tuple[str, ...]  # of each crash point: first, second, last
    writer_kills: int
    house_kills: int  # of a whole `indicube up`: its application, its Redis
    sequences: int
    steps: int  # of a sequence
    page_reads: int
    faults: int
    full_disks: int


_SCALES = {
    "ci": Scale(("first", "last"), 24, 4, 25, 12, 2_000, 30, 4),
    "small": Scale(("first", "second", "last"), 60, 6, 50, 20, 4_000, 60, 8),
    "full": Scale(("first", "second", "last"), 900, 100, 500, 30, 20_000, 500, 100),
}


def scale() -> Scale:
    """The scale that SOAK names."""
    return _SCALES[os.environ.get("SOAK") or "ci"]


def _seed() -> int:
    given = os.environ.get("CHAOS_SEED")
    if given is None:
        is_soak = os.environ.get("SOAK") in _SCALES
        given = str(random.SystemRandom().randrange(10**6) if is_soak else 2026)
        os.environ["CHAOS_SEED"] = given  # processes that are started from here take the same
    return int(given)


SEED = _seed()
