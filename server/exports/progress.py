"""How far a file is: rows are counted as they pass, and told now and then."""

from collections.abc import Callable, Iterable, Iterator

from server.exports.document import Row

Told = Callable[[int], None]
EVERY = 5_000  # rows


def counted(rows: Iterable[Row], told: Told) -> Iterator[Row]:
    """The rows in turn; `told` hears their number, and may raise to stop the work."""
    number = 0
    for number, row in enumerate(rows, 1):
        if number % EVERY == 0:
            told(number)
        yield row
    told(number)
