"""What may be asked after a purge, worked out from what was seen when: it knows no batches.

What is seen consists of pieces: an appended file, a month of a replaced one, a version of a
dimension, some mended rows. A purge that keeps the snapshots from some number on deletes every
piece that none of them shows, and nothing points at; an older snapshot that shows such a piece is
gone. Of upserts the buckets would have to be known, so of older snapshots that show one it is said
only that they are right or gone.
"""

from collections.abc import Hashable, Iterator
from typing import Literal

from tests.chaos.oracle import Oracle, Purge

Kept = Literal["whole", "gone", "either"]


def kept(oracle: Oracle, at: int | None) -> Kept:
    """Whether a snapshot can be asked."""
    if at is None:
        return "whole"
    touching = [one for one in oracle.purges if at < one.kept_from and at not in one.held]
    shown = frozenset(_pieces(oracle, at))
    if any(shown - _kept_by(oracle, purge) for purge in touching):
        return "gone"
    has_upsert = any(sent.mode == "upsert" for _, sent in oracle.visible(at))
    return "either" if touching and has_upsert else "whole"


def _kept_by(oracle: Oracle, purge: Purge) -> frozenset[Hashable]:
    seen = (*range(purge.kept_from, purge.last + 1), *purge.held)
    shown = {piece for number in seen for piece in _pieces(oracle, number)}
    return frozenset({*shown, *_merged_over(oracle, purge.last)})


def _merged_over(oracle: Oracle, last: int) -> Iterator[Hashable]:
    """Versions that published ones took members over from."""
    for load, sent in oracle.visible(last):
        if sent.mode == "merge":
            before = oracle.shown_of(sent.table, oracle.first_shown(load) - 1)
            yield "version", before


def _pieces(oracle: Oracle, at: int) -> Iterator[Hashable]:
    owners = oracle.owners(at)
    for load, sent in oracle.visible(at):
        months = {month for (source, month), owner in owners.items() if owner == load}
        if sent.mode == "append":
            yield "load", load
        elif sent.mode == "replace":
            yield from (("month", load, month) for month in months)
        elif sent.mode != "upsert" and oracle.shown_of(sent.table, at) == load:
            yield "version", load
        for event in oracle.mended(load, at):
            for month in {sent.bad[row].month for row in event.mended}:
                if sent.mode == "append" or month in months:
                    yield "mended", load, event.snapshot, month
