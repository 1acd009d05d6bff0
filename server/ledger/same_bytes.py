"""What the ledger says when bytes arrive that it has seen before.

Visible whole: the first load is the answer. Withdrawn: it can be restored, and that is said.
Superseded, rejected, abandoned: they are loaded afresh. Waiting for a decision: that is said.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from server.errors import Conflict
from server.metadata.batches import batches_of
from server.metadata.loads import (
    READ_AS,
    Load,
    Mode,
    any_published,
    change_load,
    find_load,
    loads_of_bytes,
)
from server.metadata.session import Session
from server.metadata.slots import is_outdone, shown_in_slots_of


class Reading(Protocol):
    """How bytes are read: an arrival, or a load."""

    @property
    def specification(self) -> str: ...
    @property
    def specification_hash(self) -> str: ...
    @property
    def table_name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def scheme(self) -> str: ...
    @property
    def covers(self) -> Sequence[str]: ...
    @property
    def replay_of(self) -> int | None: ...


def answer_for(session: Session, reading: Reading, source_hash: str) -> Load | None:
    """The load that answers for these bytes; None when they are to be loaded.

    Raises:
        Conflict: a person has to say what is meant: restore, decide, or replay.
    """
    twins = _same_readings(session, reading, source_hash)
    for twin in twins:
        if twin.state == "published" and is_visible(session, twin):
            return twin
    for twin in twins:
        if twin.id == reading.replay_of:
            continue
        if twin.state == "held" and twin.held_for == "restatement":
            raise Conflict(
                f"the same file is load {twin.id}, which waits for a decision",
                code="load_waits",
                hint=f"indicube load decide {twin.id}",
            )
    if reading.replay_of is None:
        _offer_to_restore(session, twins)
    return None


def visible_twin(session: Session, reading: Reading, source_hash: str) -> Load | None:
    """The load of the same bytes that is visible now, which answers for a second one."""
    for twin in _same_readings(session, reading, source_hash):
        if twin.state == "published" and is_visible(session, twin):
            return twin
    return None


def end_waiting_twins(session: Session, load: Load) -> None:
    """Ask nobody any more to decide on rows that are seen as this load now."""
    twins = (*_read_before(session, load), *_same_readings(session, load, load.source_hash))
    for twin in {one.id: one for one in twins if one.state == "held"}.values():
        decision = {**(twin.decision or {}), READ_AS: load.id}
        change_load(session, twin.id, ("held",), state="replayed", decision=decision)


def is_visible(session: Session, load: Load) -> bool:
    """Whether the load is what is seen in every slot that it has rows for, or says has none."""
    seen = {one.scope_key: one.load for one in shown_in_slots_of(session, load.id)}
    return all(seen.get(batch.scope_key) == load.id for batch in batches_of(session, load.id))


def refuse_other_scheme(session: Session, reading: Reading) -> None:
    """`Conflict` while rows are published whose scope keys were made in another way.

    They would stand beside the new ones and count twice.
    """
    if reading.kind != "fact":
        return
    load = any_published(session, reading.table_name, reading.specification)
    if load is not None and (load.mode, load.scheme) != (reading.mode, reading.scheme):
        raise Conflict(
            f"{reading.specification} is in mode {reading.mode} ({reading.scheme or 'no scope'}), "
            f"but load {load.id} was published in mode {load.mode} ({load.scheme or 'no scope'}): "
            "withdraw what was loaded so, or give the specification another name",
            code="other_scheme",
        )


def _same_readings(session: Session, reading: Reading, source_hash: str) -> tuple[Load, ...]:
    """Loads of the same bytes that mean the same rows.

    Appended facts that another version of the specification read are among them, for they would
    count twice; any other mode replaces what was read before. Bytes that were said to cover
    something else empty other scope keys: they mean other rows.
    """
    found = loads_of_bytes(session, reading.specification, source_hash)
    return tuple(
        load
        for load in found
        if (load.kind == "fact" and load.mode == "append")
        or (
            load.specification_hash == reading.specification_hash
            and sorted(load.covers) == sorted(reading.covers)
        )
    )


def _read_before(session: Session, load: Load) -> Iterator[Load]:
    """The loads whose source this one read again."""
    while load.replay_of is not None:
        load = find_load(session, load.replay_of)
        yield load


def _offer_to_restore(session: Session, twins: tuple[Load, ...]) -> None:
    for twin in reversed(twins):
        if twin.state == "withdrawn" and not is_outdone(session, twin):
            raise Conflict(
                f"the same file is load {twin.id}, which was withdrawn",
                code="load_withdrawn",
                hint=f"`indicube load restore {twin.id}` shows it again, "
                f"`indicube load replay {twin.id}` reads it anew",
            )
