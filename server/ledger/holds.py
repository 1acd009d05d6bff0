"""What keeps an old snapshot answerable beyond the retention: whoever points at it.

Each hold names snapshots whose facts must stay. A new kind of thing that points at a snapshot (a
receipt, a closed period, an approval) is one more line in `HOLDS`.
"""

from collections.abc import Callable, Iterable

from server.metadata.exports import kept_snapshots
from server.metadata.session import Session

Hold = Callable[[Session], Iterable[int]]

# A file that is still there can be compared with the answer that it was made from.
HOLDS: tuple[Hold, ...] = (kept_snapshots,)


def held_snapshots(session: Session, holds: Iterable[Hold] = HOLDS) -> frozenset[int]:
    """Every snapshot that something points at."""
    return frozenset(number for hold in holds for number in hold(session))
