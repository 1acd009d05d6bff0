"""Which loads a load replaced when it was published, and which replaced it since."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.ledger.difference import Change, difference_at
from server.metadata.load_list import covering_snapshots
from server.metadata.loads import Load, find_load
from server.metadata.session import Session


@dataclass(frozen=True)
class Relative:
    """Another load that has, or had, the place of some scope keys."""

    load: int
    snapshot: int  # from which on
    scope_keys: tuple[str, ...]
    rows: int  # that gave way in them


def replaced_by_load(session: Session, load: Load) -> tuple[Relative, ...]:
    """The loads whose rows gave way to this one's, at its first publication."""
    if load.first_snapshot is None:
        return ()
    changes = difference_at(session, load.first_snapshot)
    return _grouped(
        load.first_snapshot,
        (
            (one.before.load, one)
            for one in changes
            if one.before and one.after and one.after.load == load.id != one.before.load
        ),
    )


def replacing_load(session: Session, load: Load) -> tuple[Relative, ...]:
    """The loads published after it whose rows took the place of this one's, whenever that was.

    What is seen again because it was withdrawn itself replaced nothing.
    """
    found: list[Relative] = []
    for number in covering_snapshots(session, load.id):
        found += _grouped(
            number,
            (
                (one.after.load, one)
                for one in difference_at(session, number)
                if one.before and one.after and one.before.load == load.id != one.after.load
            ),
        )
    return tuple(one for one in found if _is_later(session, one.load, load))


def _is_later(session: Session, other: int, load: Load) -> bool:
    return (find_load(session, other).first_snapshot or 0) > (load.first_snapshot or 0)


def _grouped(number: int, pairs: Iterable[tuple[int, Change]]) -> tuple[Relative, ...]:
    changes: dict[int, list[Change]] = {}
    for load, change in pairs:
        changes.setdefault(load, []).append(change)
    return tuple(
        Relative(
            load,
            number,
            tuple(one.scope_key for one in found),
            sum(one.before.rows for one in found if one.before),
        )
        for load, found in sorted(changes.items())
    )
