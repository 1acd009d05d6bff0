"""The horizon: the snapshot from which on every answer is whole, and what is asked before it."""

from server.errors import Gone
from server.metadata.purges import horizon, is_whole
from server.metadata.session import Session
from server.metadata.snapshots import state_at


def refuse_purged(session: Session, number: int) -> None:
    """`Gone` when rows that the snapshot showed were purged; never a wrong number.

    An older snapshot than the horizon is still answered when nothing that it shows is missing.
    """
    earliest = horizon(session)
    if number >= earliest or is_whole(session, number):
        return
    state = state_at(session, earliest)
    since = f", of {state.at:%Y-%m-%d %H:%M} UTC" if state else ""
    raise Gone(
        f"rows that snapshot {number} showed are purged; from snapshot {earliest}{since}, on "
        "everything can be asked",
        field="as_of",
        allowed=(str(earliest),),
        code="purged",
    )
