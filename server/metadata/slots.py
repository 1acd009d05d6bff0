"""Slots: which batch of a (table, source, scope key) is seen, from the next snapshot on.

Of appended, replacing and complete loads it is the batch of the load published last, by its first
publication, that is not withdrawn. Of upserts it is the one that holds what all of them that are
not withdrawn add up to, in that order: where there is none yet, `Unbuilt` says what is to be built.
`batch_shown` keeps the answer as spans of snapshots, so that every earlier one stays as it was.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, insert, select, update
from sqlalchemy.orm import aliased

from server.metadata.loads import Load
from server.metadata.session import Session
from server.metadata.tables import BatchRow, BatchShownRow, LoadRow


@dataclass(frozen=True)
class Shown:
    """The batch that is seen in a slot."""

    scope_key: str
    batch: int
    load: int
    since: int
    basis: str | None


@dataclass(frozen=True)
class Build:
    """A batch that a slot lacks: what it is made of, the later sources over the earlier ones."""

    scope_key: str
    load: int  # the last of the loads whose rows it holds
    basis: str
    sources: tuple[int, ...]


class Unbuilt(Exception):
    """The change needs batches that have still to be built."""

    def __init__(self, builds: Sequence[Build]) -> None:
        super().__init__(f"{len(builds)} batches are to be built")
        self.builds = tuple(builds)


class RowsGone(Exception):
    """The change would show a batch whose rows were purged."""

    def __init__(self, loads: Iterable[int]) -> None:
        self.loads = tuple(sorted(set(loads)))
        super().__init__(f"the rows of {self.loads} were purged")


@dataclass(frozen=True)
class _Candidate:
    scope_key: str
    batch: int
    load: int
    published: int
    is_gone: bool

    @property
    def order(self) -> tuple[int, int, int]:
        return self.published, self.load, self.batch


def shown_in_slots_of(session: Session, load_id: int) -> tuple[Shown, ...]:
    """What is seen now in the slots that the load has batches for, whosoever it is."""
    own, shown = aliased(BatchRow), aliased(BatchRow)
    rows = session.execute(
        select(shown.scope_key, shown.id, shown.load, BatchShownRow.since, shown.basis)
        .distinct()
        .select_from(own)
        .join(shown, _same_slot(own, shown))
        .join(BatchShownRow, BatchShownRow.batch == shown.id)
        .where(own.load == load_id, own.kind == "own", BatchShownRow.until.is_(None))
        .order_by(shown.id)
    ).all()
    return tuple(Shown(*row) for row in rows)


def is_outdone(session: Session, load: Load) -> bool:
    """Whether in one of the load's slots another was published after it and is not withdrawn."""
    first = load.first_snapshot or 0
    return any(one.published > first for one in _candidates(session, load))


def settle(session: Session, load: Load, number: int, *, is_on_top: bool = False) -> None:
    """Show in every slot of the load what is to be seen from the snapshot on.

    `is_on_top` says that the load was published at this very snapshot, after all others.

    Raises:
        Unbuilt: batches are to be built first; nothing was changed.
        RowsGone: what is to be seen was purged; nothing was changed.
    """
    shown = shown_in_slots_of(session, load.id)
    if load.mode != "upsert":
        chosen = _latest(_candidates(session, load))
    elif is_on_top:
        chosen = _added_up(session, load, _on_top(session, load, shown))
    else:
        chosen = _added_up(session, load, _from_the_ground(session, load))
    _switch(session, shown, chosen, number)


def basis_of(batches: Iterable[int], before: str = "") -> str:
    """The name of what these own batches add up to in their order, on top of another basis."""
    basis = before
    for batch in batches:
        basis = hashlib.sha256(f"{basis}+{batch}".encode()).hexdigest()
    return basis


def _same_slot(own: type[BatchRow], other: type[BatchRow]) -> ColumnElement[bool]:
    return and_(
        other.table_name == own.table_name,
        other.source == own.source,
        other.scope_key == own.scope_key,
    )


@dataclass(frozen=True)
class _Step:
    """What a slot's rows are after one more batch: the name of the sum, the batch, its load."""

    basis: str
    batch: int
    load: int
    is_gone: bool = False


def _candidates(session: Session, load: Load) -> tuple[_Candidate, ...]:
    """The own batches, in the load's slots, of all loads that are published and not withdrawn."""
    own, other = aliased(BatchRow), aliased(BatchRow)
    rows = session.execute(
        select(
            other.scope_key,
            other.id,
            other.load,
            LoadRow.first_snapshot,
            other.doomed_at,
        )
        .distinct()
        .select_from(own)
        .join(other, _same_slot(own, other))
        .join(LoadRow, LoadRow.id == other.load)
        .where(
            own.load == load.id,
            own.kind == "own",
            other.kind == "own",
            other.first_snapshot.is_not(None),
            LoadRow.state == "published",
        )
    ).all()
    return tuple(
        _Candidate(key, batch, of, published or 0, doomed is not None)
        for key, batch, of, published, doomed in rows
    )


def _latest(candidates: Sequence[_Candidate]) -> Mapping[str, set[int]]:
    """In every slot the batches of the load published last."""
    last: dict[str, tuple[int, int]] = {}
    for one in candidates:
        last[one.scope_key] = max(last.get(one.scope_key, (0, 0)), (one.published, one.load))
    winners = [one for one in candidates if last[one.scope_key] == (one.published, one.load)]
    _refuse_gone(one.load for one in winners if one.is_gone)
    chosen: dict[str, set[int]] = {}
    for one in winners:
        chosen.setdefault(one.scope_key, set()).add(one.batch)
    return chosen


def _from_the_ground(session: Session, load: Load) -> Mapping[str, tuple[_Step, ...]]:
    slots: dict[str, list[_Candidate]] = {}
    for one in _candidates(session, load):
        slots.setdefault(one.scope_key, []).append(one)
    return {key: _steps(sorted(found, key=lambda one: one.order)) for key, found in slots.items()}


def _on_top(
    session: Session, load: Load, shown: Sequence[Shown]
) -> Mapping[str, tuple[_Step, ...]]:
    """The same when the load is the last of all: what is seen now, and its own batch over that."""
    before = {one.scope_key: one for one in shown}
    rows = session.execute(
        select(BatchRow.scope_key, BatchRow.id).where(
            BatchRow.load == load.id,
            BatchRow.kind == "own",
            BatchRow.first_snapshot.is_not(None),
        )
    ).all()
    found: dict[str, tuple[_Step, ...]] = {}
    for key, batch in rows:
        base = before.get(key)
        if base is None:
            found[key] = (_Step(basis_of((batch,)), batch, load.id),)
        else:
            basis = base.basis or basis_of((base.batch,))
            own = _Step(basis_of((batch,), basis), batch, load.id)
            found[key] = (_Step(basis, base.batch, base.load), own)
    return found


def _steps(candidates: Sequence[_Candidate]) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    for one in candidates:
        basis = basis_of((one.batch,), steps[-1].basis if steps else "")
        steps.append(_Step(basis, one.batch, one.load, one.is_gone))
    return tuple(steps)


def _added_up(
    session: Session, load: Load, slots: Mapping[str, tuple[_Step, ...]]
) -> Mapping[str, set[int]]:
    """The batch that holds each slot's sum, or what must be built so that there is one."""
    built = _built_in_slots_of(session, load)
    chosen: dict[str, set[int]] = {}
    builds: list[Build] = []
    for key, steps in slots.items():
        batch = _held_by(key, steps, built)
        if batch is not None:
            chosen[key] = {batch}
        else:
            builds.append(Build(key, steps[-1].load, steps[-1].basis, _sources(key, steps, built)))
    if builds:
        raise Unbuilt(builds)
    return chosen


def _held_by(key: str, steps: Sequence[_Step], built: Mapping[tuple[str, str], int]) -> int | None:
    if len(steps) > 1:
        return built.get((key, steps[-1].basis))
    _refuse_gone(step.load for step in steps if step.is_gone)
    return steps[0].batch


def _sources(
    key: str, steps: Sequence[_Step], built: Mapping[tuple[str, str], int]
) -> tuple[int, ...]:
    """The longest beginning that is built already, and the own batches after it."""
    for end in range(len(steps) - 1, 1, -1):
        beginning = built.get((key, steps[end - 1].basis))
        if beginning is not None:
            _refuse_gone(step.load for step in steps[end:] if step.is_gone)
            return (beginning, *(step.batch for step in steps[end:]))
    _refuse_gone(step.load for step in steps if step.is_gone)
    return tuple(step.batch for step in steps)


def _built_in_slots_of(session: Session, load: Load) -> Mapping[tuple[str, str], int]:
    """The whole built batches, in the load's slots, by what they are the sum of."""
    own, built = aliased(BatchRow), aliased(BatchRow)
    rows = session.execute(
        select(built.scope_key, built.basis, built.id)
        .distinct()
        .select_from(own)
        .join(built, _same_slot(own, built))
        .where(
            own.load == load.id,
            own.kind == "own",
            built.kind == "built",
            built.is_whole,
            built.doomed_at.is_(None),
        )
    ).all()
    return {(key, basis or ""): batch for key, basis, batch in rows}


def _refuse_gone(loads: Iterable[int]) -> None:
    gone = tuple(loads)
    if gone:
        raise RowsGone(gone)


def _switch(
    session: Session, shown: Sequence[Shown], chosen: Mapping[str, set[int]], number: int
) -> None:
    before = {one.batch for one in shown}
    after = set().union(*chosen.values()) if chosen else set()
    ended = [{"of": batch, "now": number} for batch in sorted(before - after)]
    begun = [{"batch": batch, "since": number} for batch in sorted(after - before)]
    if ended:
        spans = BatchShownRow.__table__
        end = (
            update(spans)  # type: ignore[arg-type]
            .where(spans.c.batch == bindparam("of"), spans.c.until.is_(None))
            .values(until=bindparam("now"))
        )
        session.connection().execute(end, ended)
    if begun:
        session.execute(insert(BatchShownRow), begun)
