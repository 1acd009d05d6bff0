"""Files that are sent: made by chance, and their text."""

import io
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from tests.chaos.sent import Sent, Span, Taking

STALLS = tuple(f"stall {number}" for number in range(8))
REGIONS = ("north", "south", "harbour")
KEEPERS = ("ada", "bo", "cem", "dee")
MONTHS = tuple(date(2026, month, 1) for month in range(1, 5))
NUMBERS = tuple(f"A{number:03}" for number in range(60))  # of orders
OPEN = "open"  # for a day that is not given
SLIPS = NUMBERS[:8]  # few numbers on few days: they meet at times
ROWS = 24  # of a file: several chunks of the small size that the child stores


def chance_of(*parts: object) -> random.Random:
    """Chance that is the same in every run with these parts."""
    return random.Random(repr(parts))  # noqa: S311 -- made to be repeated


def till(chance: random.Random, rows: int = ROWS) -> Sent:
    """What the tills add, with some bad rows at times; no two files are alike."""
    takings = _takings(chance, MONTHS, rows)
    return Sent("till", "append", "takings", takings, bad=_bad(chance, MONTHS))


def broken(chance: random.Random) -> Sent:
    """A file of the tills with so many bad rows that it is held, after some are stored."""
    bad = _takings(chance, MONTHS, ROWS // 2)
    return replace(till(chance, ROWS // 3), bad=bad)


def parquet(chance: random.Random) -> Sent:
    """A file of facts of some source, typed by whoever wrote it."""
    ways = (till, orders, lambda chance: months(chance, "book"))
    return replace(chance.choice(ways)(chance), format="parquet")


def push(chance: random.Random) -> Sent:
    """What a till pushes; no file."""
    return replace(till(chance), format="push")


def push_months(chance: random.Random) -> Sent:
    """Whole months that the book-keeper pushes."""
    return replace(months(chance, "book"), format="push")


def months(chance: random.Random, source: str, rows: int = ROWS) -> Sent:
    """One or two whole months of `book`, `desk` or `counts`; sometimes one of them is empty."""
    covered = chance.sample(MONTHS, chance.choice((1, 2)))
    filled = covered[: chance.choice((1, 1, 1, len(covered), 0))]
    takings = _takings(chance, filled, rows) if filled else ()
    bad = _bad(chance, filled) if filled else ()
    covers = frozenset(f"{month:%Y-%m}" for month in covered)
    return Sent(source, "replace", "takings", takings, covers, bad=bad)


def orders(chance: random.Random, rows: int = ROWS // 2) -> Sent:
    """Some orders, most of which are there already."""
    numbers = chance.sample(NUMBERS, rows)
    return Sent("orders", "upsert", "orders", _takings(chance, MONTHS, rows, numbers))


def slips(chance: random.Random, rows: int = ROWS // 4) -> Sent:
    """Some slips, each with its number and day; some may be there already."""
    numbers = chance.sample(SLIPS, rows)
    takings = tuple(
        replace(one, day=chance.choice(MONTHS) + timedelta(days=chance.randrange(2)))
        for one in _takings(chance, MONTHS, rows, numbers)
    )
    return Sent("slips", "append", "orders", takings)


def counted_again(chance: random.Random, shown: Sequence[Taking], month: str) -> Sent:
    """A month as it is seen, with one amount moved by a little, or by much."""
    takings = list(shown)
    if takings:
        place = chance.randrange(len(takings))
        more = Decimal(chance.randint(1, 99)) * chance.choice((Decimal("0.01"), Decimal(9_999)))
        takings[place] = replace(takings[place], amount=takings[place].amount + more)
    return Sent("counts", "replace", "takings", tuple(takings), frozenset((month,)))


def stalls(chance: random.Random) -> Sent:
    """A version of the stalls: most of them, each in some region."""
    known = sorted(chance.sample(STALLS, len(STALLS) - 1))
    regions = tuple((stall, chance.choice(REGIONS)) for stall in known)
    return Sent("stalls", "complete", "stalls", regions=regions)


def keepers(chance: random.Random) -> Sent:
    """Who keeps each of most stalls, and from when to when."""
    known = sorted(chance.sample(STALLS, len(STALLS) - 1))
    return Sent("keepers", "complete", "keepers", spans=_spans(chance, known))


def some_keepers(chance: random.Random) -> Sent:
    """Who keeps one or two stalls; the others stay as they are."""
    named = sorted(chance.sample(STALLS, chance.choice((1, 2))))
    return Sent("some_keepers", "merge", "keepers", spans=_spans(chance, named))


def name_of(sent: Sent) -> str:
    """What the file is called."""
    return f"{sent.source}.{sent.format}"


def bytes_of(sent: Sent) -> bytes:
    """The file."""
    return _parquet_of(sent) if sent.format == "parquet" else text_of(sent).encode()


def text_of(sent: Sent) -> str:
    """The file's text."""
    lines = [_COLUMNS[sent.source]]
    lines += [f"{stall},{region}" for stall, region in sent.regions]
    lines += [
        f"{one.stall},{one.keeper},{one.first or 'open'},{one.last or 'open'}" for one in sent.spans
    ]
    lines += [line_of(one, str(one.amount)) for one in sent.takings]
    lines += [line_of(one, "much") for one in sent.bad]
    return "\n".join([*lines, ""])


def line_of(taking: Taking, amount: str) -> str:
    """A line of a file of takings."""
    number = f"{taking.key}," if taking.key else ""
    return f"{number}{taking.day},{taking.stall},{taking.pieces},{amount}"


def scope_of(sent: Sent) -> tuple[str, ...]:
    """What is said when it is loaded: the months that it covers."""
    return tuple(f"month={month}" for month in sorted(sent.covers))


_FACTS = "day,stall,pieces,amount"
_COLUMNS = {
    **dict.fromkeys(("till", "book", "desk", "counts"), _FACTS),
    **dict.fromkeys(("orders", "slips"), f"number,{_FACTS}"),
    "stalls": "stall,region",
    **dict.fromkeys(("keepers", "some_keepers"), "stall,keeper,since,until"),
}


def _parquet_of(sent: Sent) -> bytes:
    """The same rows as columns; an amount that is bad is none."""
    rows = (*sent.takings, *sent.bad)
    amounts = [*(one.amount for one in sent.takings), *(None for _ in sent.bad)]
    columns = {
        "day": pa.array([one.day for one in rows], pa.date32()),
        "stall": pa.array([one.stall for one in rows], pa.string()),
        "pieces": pa.array([one.pieces for one in rows], pa.int64()),
        "amount": pa.array(amounts, pa.decimal128(12, 2)),
    }
    if sent.mode == "upsert":
        columns = {"number": pa.array([one.key for one in rows], pa.string()), **columns}
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, row_group_size=10)
    return file.getvalue()


def _bad(chance: random.Random, within: Sequence[date]) -> tuple[Taking, ...]:
    return _takings(chance, within, chance.choice((0, 0, 1, 3)))


def _spans(chance: random.Random, stalls: Sequence[str]) -> tuple[Span, ...]:
    """The spans of each stall, one after the other; at times the ends are open."""
    return tuple(span for stall in stalls for span in _spans_of(chance, stall))


def _spans_of(chance: random.Random, stall: str) -> tuple[Span, ...]:
    days = sorted(chance.sample(range(1, 118), chance.choice((2, 3, 4))))
    starts = [date(2026, 1, 1) + timedelta(days=day) for day in days]
    spans = [
        Span(stall, chance.choice(KEEPERS), first, following - timedelta(days=1))
        for first, following in pairwise(starts)
    ]
    if chance.random() < 0.7:
        spans[0] = replace(spans[0], first=None)
    if chance.random() < 0.7:
        spans[-1] = replace(spans[-1], last=None)
    return tuple(spans)


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
