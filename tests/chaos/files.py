"""Files that are sent: made by chance, and their text."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from tests.chaos.oracle import Mode, Sent, Taking

STALLS = tuple(f"stall {number}" for number in range(8))
REGIONS = ("north", "south", "harbour")
MONTHS = tuple(date(2026, month, 1) for month in range(1, 5))
NUMBERS = tuple(f"A{number:03}" for number in range(60))  # of orders
ROWS = 24  # of a file: several chunks of the small size that the child stores


def chance_of(*parts: object) -> random.Random:
    """Chance that is the same in every run with these parts."""
    return random.Random(repr(parts))  # noqa: S311 -- made to be repeated


def till(chance: random.Random, rows: int = ROWS) -> Sent:
    """What the tills add; no two files are alike."""
    return Sent("till", "append", "takings", _takings(chance, MONTHS, rows))


def broken(chance: random.Random) -> Sent:
    """A file of the tills with so many bad rows that it is held, after some are stored."""
    return replace(till(chance, ROWS // 3), bad_rows=ROWS // 2)


def months(chance: random.Random, source: str, rows: int = ROWS) -> Sent:
    """One or two whole months of `book` or `desk`; sometimes one of them is empty."""
    covered = chance.sample(MONTHS, chance.choice((1, 2)))
    filled = covered[: chance.choice((1, 1, 1, len(covered), 0))]
    takings = _takings(chance, filled, rows) if filled else ()
    return Sent(source, "replace", "takings", takings, frozenset(f"{m:%Y-%m}" for m in covered))


def orders(chance: random.Random, rows: int = ROWS // 2) -> Sent:
    """Some orders, most of which are there already."""
    numbers = chance.sample(NUMBERS, rows)
    return Sent("orders", "upsert", "orders", _takings(chance, MONTHS, rows, numbers))


def stalls(chance: random.Random) -> Sent:
    """A version of the stalls: most of them, each in some region."""
    known = sorted(chance.sample(STALLS, len(STALLS) - 1))
    regions = tuple((stall, chance.choice(REGIONS)) for stall in known)
    return Sent("stalls", "complete", "stalls", regions=regions)


def text_of(sent: Sent) -> str:
    """The file's text."""
    lines = [_COLUMNS[sent.mode]]
    lines += [f"{stall},{region}" for stall, region in sent.regions]
    for one in sent.takings:
        number = f"{one.key}," if sent.mode == "upsert" else ""
        lines.append(f"{number}{one.day},{one.stall},{one.pieces},{one.amount}")
    lines += [f"2026-01-01,stall 1,{number},much" for number in range(sent.bad_rows)]
    return "\n".join([*lines, ""])


def scope_of(sent: Sent) -> tuple[str, ...]:
    """What is said when it is loaded: the months that it covers."""
    return tuple(f"month={month}" for month in sorted(sent.covers))


_COLUMNS: dict[Mode, str] = {
    "append": "day,stall,pieces,amount",
    "replace": "day,stall,pieces,amount",
    "upsert": "number,day,stall,pieces,amount",
    "complete": "stall,region",
}


def _takings(
    chance: random.Random, within: Sequence[date], rows: int, keys: Sequence[str] = ()
) -> tuple[Taking, ...]:
    return tuple(
        Taking(
            day=chance.choice(within) + timedelta(days=chance.randrange(28)),
            stall=chance.choice(STALLS),
            pieces=chance.randint(-3, 9),
            amount=Decimal(chance.randint(-99_999, 9_999_999)) / 100,
            key=keys[number] if keys else "",
        )
        for number in range(rows)
    )
