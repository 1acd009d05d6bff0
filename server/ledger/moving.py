"""By how much a restatement moves what is published, so that only great moves wait for somebody."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import zip_longest

from server.ledger.difference import Change, Side
from server.metadata.loads import Load
from server.store.tables import ROW_COLUMN

# The parameter of a load that waits only when it moves published rows by more, in percent.
HOLD_OVER = "hold_over_percent"


def moves_enough(load: Load, restated: Iterable[Change]) -> bool:
    """Whether the source's own limit, if it has one, is passed by any scope key."""
    limit = (load.parameters or {}).get(HOLD_OVER)
    return limit is None or any(moves_by_more(each, Decimal(limit)) for each in restated)


def moves_by_more(change: Change, percent: Decimal) -> bool:
    """Whether the rows of a scope key, or any of their control sums, move by more than that."""
    if change.before is None or change.after is None:
        return True  # published rows that go altogether, or the other way round
    pairs = [(Decimal(change.before.rows), Decimal(change.after.rows))]
    columns = change.before.sums.keys() | change.after.sums.keys()
    for column in columns - {ROW_COLUMN}:  # where a line stands in its file moves no figure
        pairs += zip_longest(
            _numbers(change.before, column), _numbers(change.after, column), fillvalue=Decimal(0)
        )
    return any(abs(after - before) * 100 > abs(before) * percent for before, after in pairs)


def _numbers(side: Side, column: str) -> list[Decimal]:
    """The parts of a control sum, such as how many values there are and what they add up to."""
    return [_number(part) for part in side.sums.get(column, "").split()]


def _number(part: str) -> Decimal:
    try:
        return Decimal(part)
    except InvalidOperation:  # a word of a sum that is no number moves whenever it differs
        return Decimal(int.from_bytes(part.encode(), "big"))
