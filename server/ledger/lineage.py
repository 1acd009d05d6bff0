"""Which loads took whose place: what a load replaced, and what replaced it."""

from server.ledger.difference import Change, difference_at
from server.metadata.loads import Load, find_load
from server.metadata.session import Metadata
from server.metadata.snapshots import published_over


def replaced_by(metadata: Metadata, load_id: int) -> tuple[Change, ...]:
    """What the load replaced when it was published, scope key by scope key."""
    with metadata.read() as session:
        first = find_load(session, load_id).first_snapshot
        difference = difference_at(session, first) if first is not None else ()
    return tuple(change for change in difference if change.before is not None)


def replacements_of(metadata: Metadata, load_id: int) -> tuple[Load, ...]:
    """The loads whose publication took the place of batches of this one."""
    with metadata.read() as session:
        return tuple(find_load(session, one) for one in published_over(session, load_id))
