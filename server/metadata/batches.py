"""The batches of loads: ids handed out in commit order, what they hold, which of them may go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, exists, insert, or_, select, update

from server.errors import NotFound
from server.metadata.counters import next_number
from server.metadata.loads import Batch, Load, find_load
from server.metadata.session import Session
from server.metadata.tables import BatchRow, BatchShownRow, LoadRow

_MANY = 900  # identifiers in one question


@dataclass(frozen=True)
class Description:
    """What a batch holds: its rows, its control sums, the days that they cover."""

    rows: int
    sums: Mapping[str, str]
    first_date: date | None = None
    last_date: date | None = None


@dataclass(frozen=True)
class NewBuilt:
    """A batch that is to hold what several upserts of one scope key add up to."""

    load: int
    table_name: str
    source: str
    scope_key: str
    basis: str


def begin_batches(
    session: Session,
    load: Load,
    scope_keys: Iterable[str],
    now: datetime | None = None,
    *,
    is_afresh: bool = False,
    owner: str | None = None,
) -> dict[str, int]:
    """The load's own batch of every scope key; those that it lacks get fresh ids.

    With `is_afresh` all of them do. Commit them before the first row is inserted. All keys of a
    dimension are one: its version. Batches that are filled apart from their load's own attempt
    name the process that does it, their owner.
    """
    asked = {key: key if load.kind == "fact" else "" for key in scope_keys}
    known = select(BatchRow.scope_key, BatchRow.id).where(
        BatchRow.load == load.id, BatchRow.kind == "own", BatchRow.purged_at.is_(None)
    )
    rows = () if is_afresh else session.execute(known).all()
    found: dict[str, int] = {row.scope_key: row.id for row in rows}
    missing = [key for key in dict.fromkeys(asked.values()) if key not in found]
    if missing:
        last = next_number(session, "batch", len(missing))
        ids = range(last - len(missing) + 1, last + 1)
        fresh = dict(zip(missing, ids, strict=True))
        rows_of_them = [_own(load, key, fresh[key], now, owner) for key in missing]
        session.execute(insert(BatchRow), rows_of_them)
        found |= fresh
    return {key: found[scope_key] for key, scope_key in asked.items()}


def begin_instead(session: Session, gone: Sequence[Batch], now: datetime) -> dict[int, int]:
    """A fresh batch for each of these, in their order, to take its place later."""
    first = next_number(session, "batch", len(gone)) - len(gone) + 1 if gone else 0
    fresh = {batch.id: first + number for number, batch in enumerate(gone)}
    copied = ("load", "table_name", "source", "scope_key", "kind", "rows", "sums")
    dates = ("first_date", "last_date")
    rows = [
        {
            "id": fresh[batch.id],
            "created_at": now,
            **{name: getattr(batch, name) for name in (*copied, *dates)},
        }
        for batch in gone
    ]
    if rows:
        session.execute(insert(BatchRow), rows)
    return fresh


def take_the_place(session: Session, fresh: Mapping[int, int]) -> None:
    """Whole batches count from now on instead of those that they were begun for."""
    mark_whole(session, fresh.values())
    for gone, batch in fresh.items():
        published = find_batch(session, gone).first_snapshot
        for of, value in ((batch, published), (gone, None)):
            changed = update(BatchRow).where(BatchRow.id == of).values(first_snapshot=value)
            session.execute(changed)


def begin_built(
    session: Session, wanted: Sequence[NewBuilt], owner: str, now: datetime
) -> tuple[int, ...]:
    """Fresh ids for batches that are to be built, in the given order."""
    if not wanted:
        return ()
    last = next_number(session, "batch", len(wanted))
    ids = tuple(range(last - len(wanted) + 1, last + 1))
    rows = [
        {"id": batch, "kind": "built", "owner": owner, "created_at": now, **vars(each)}
        for batch, each in zip(ids, wanted, strict=True)
    ]
    session.execute(insert(BatchRow), rows)
    return ids


def describe_batches(session: Session, described: Mapping[int, Description]) -> None:
    """Keep what each batch holds."""
    rows = [{"of": batch, **vars(one), "sums": dict(one.sums)} for batch, one in described.items()]
    _update_each(session, rows, "rows", "sums", "first_date", "last_date")


def mark_whole(session: Session, batch_ids: Iterable[int]) -> None:
    """The store was found to hold exactly what these batches are described to hold."""
    _update_each(session, [{"of": batch, "is_whole": True} for batch in batch_ids], "is_whole")


def publish_own_batches(session: Session, load_id: int, number: int) -> None:
    """The load's own batches that no snapshot has shown yet count from this one on."""
    session.execute(
        update(BatchRow)
        .where(
            BatchRow.load == load_id,
            BatchRow.kind == "own",
            BatchRow.is_whole,
            BatchRow.first_snapshot.is_(None),
            BatchRow.doomed_at.is_(None),
        )
        .values(first_snapshot=number)
    )


def batches_seen(
    session: Session, *, since: int | None = None, until: int | None = None
) -> tuple[Batch, ...]:
    """The batches that are seen from exactly that snapshot on, or up to it."""
    moment = BatchShownRow.since == since if until is None else BatchShownRow.until == until
    kept = select(BatchRow).join(BatchShownRow, BatchShownRow.batch == BatchRow.id).where(moment)
    return tuple(_batch(row) for row in session.scalars(kept.order_by(BatchRow.id)).all())


def batches_that_stayed(session: Session, number: int, loads: Collection[int]) -> tuple[Batch, ...]:
    """The batches of some loads that were seen before a snapshot and go on being seen at it."""
    kept = (
        select(BatchRow)
        .join(BatchShownRow, BatchShownRow.batch == BatchRow.id)
        .where(
            BatchRow.load.in_(loads),
            BatchShownRow.since < number,
            or_(BatchShownRow.until.is_(None), BatchShownRow.until > number),
        )
    )
    return tuple(_batch(row) for row in session.scalars(kept.order_by(BatchRow.id)).all())


def doom(session: Session, batch_ids: Sequence[int], now: datetime) -> tuple[int, ...]:
    """From now on nobody may show these batches or build on them; their rows may be deleted.

    Those that are seen at the latest snapshot are left out of the answer, and as they are. Nobody
    publishes meanwhile, who might be about to show one.
    """
    next_number(session, "snapshot", 0)
    seen: set[int] = set()
    for start in range(0, len(batch_ids), _MANY):
        spans = select(BatchShownRow.batch).where(
            BatchShownRow.batch.in_(batch_ids[start : start + _MANY]),
            BatchShownRow.until.is_(None),
        )
        seen.update(session.scalars(spans).all())
    doomed = tuple(batch for batch in batch_ids if batch not in seen)
    _update_each(session, [{"of": batch, "doomed_at": now} for batch in doomed], "doomed_at")
    return doomed


def mark_purged(session: Session, batch_ids: Sequence[int], now: datetime) -> None:
    """Note that no row of these batches is left in the store."""
    _update_each(session, [{"of": batch, "purged_at": now} for batch in batch_ids], "purged_at")
    next_number(session, "purge")


def find_batch(session: Session, batch_id: int) -> Batch:
    """The batch with that id."""
    row = session.get(BatchRow, batch_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no batch {batch_id}", field="batch")
    return _batch(row)


def load_of_batch(session: Session, batch_id: int) -> Load:
    """The load that brought a fact row, from the row's `_origin`."""
    return find_load(session, find_batch(session, batch_id).load)


def batches_of(session: Session, load_id: int) -> tuple[Batch, ...]:
    """The load's own batches."""
    return tuple(one for one in all_batches_of(session, load_id) if one.kind == "own")


def counting_batches_of(session: Session, load_id: int) -> tuple[Batch, ...]:
    """The load's own batches; once it was published, only those that count.

    Left out are what attempts that died have left, and those whose rows were purged and lie in
    others by now.
    """
    own = batches_of(session, load_id)
    counting = tuple(one for one in own if one.first_snapshot is not None)
    return counting or own


def all_batches_of(session: Session, load_id: int) -> tuple[Batch, ...]:
    """The load's batches, its own and those that were built for it."""
    kept = select(BatchRow).where(BatchRow.load == load_id).order_by(BatchRow.id)
    return tuple(_batch(row) for row in session.scalars(kept).all())


def rows_of(session: Session, batch_ids: Collection[int]) -> dict[int, int]:
    """How many rows each of these batches holds."""
    ids = sorted(batch_ids)
    found: dict[int, int] = {}
    for start in range(0, len(ids), _MANY):
        kept = select(BatchRow.id, BatchRow.rows).where(BatchRow.id.in_(ids[start : start + _MANY]))
        found.update((batch, rows or 0) for batch, rows in session.execute(kept).all())
    return found


def abandoned_batches(session: Session, ended_before: datetime) -> tuple[Batch, ...]:
    """Unpurged batches that were never seen: of loads that ended unpublished before that moment,
    and those that were built, or stored again, and that nobody took since.

    The rows of a load that waits for a decision are not among them.
    """
    was_shown = exists().where(BatchShownRow.batch == BatchRow.id)
    waits = LoadRow.held_for == "restatement"
    of_ended = (
        LoadRow.state.in_(("rejected", "abandoned", "replayed"))
        | ((LoadRow.state == "held") & or_(LoadRow.held_for.is_(None), ~waits))
    ) & (LoadRow.finished_at < ended_before)
    kept = (
        select(BatchRow)
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .where(
            BatchRow.purged_at.is_(None),
            ~was_shown,
            or_(
                of_ended & LoadRow.first_snapshot.is_(None),
                BatchRow.first_snapshot.is_(None)
                & ((BatchRow.kind == "built") | LoadRow.first_snapshot.is_not(None))
                & (BatchRow.created_at < ended_before),
            ),
        )
        .order_by(BatchRow.id)
    )
    return tuple(_batch(row) for row in session.scalars(kept).all())


def unfinished_builds(session: Session) -> tuple[tuple[Batch, str], ...]:
    """Batches with an owner who fills them, or filled them when they died, each with the owner.

    Those are the sums of upserts, and what was mended by hand.
    """
    kept = select(BatchRow).where(
        or_(BatchRow.kind == "built", BatchRow.owner.is_not(None)),
        BatchRow.is_whole.is_(False),
        BatchRow.purged_at.is_(None),
    )
    rows = session.scalars(kept.order_by(BatchRow.id)).all()
    return tuple((_batch(row), row.owner or "") for row in rows)


def fact_batches_until(session: Session, top: int) -> tuple[tuple[str, int], ...]:
    """The unpurged batches of fact tables that were handed out up to `top`: (table, batch)."""
    rows = session.execute(
        select(BatchRow.table_name, BatchRow.id)
        .where(BatchRow.id <= top, BatchRow.source != "", BatchRow.purged_at.is_(None))
        .order_by(BatchRow.id)
    ).all()
    return tuple((table, batch) for table, batch in rows)


def known_batches(
    session: Session, table_name: str | None = None
) -> dict[str, dict[int, tuple[Batch, bool]]]:
    """Every batch by table and id, and whether it must be whole: anybody saw it, or may again."""
    names = tuple(Batch.__dataclass_fields__)
    asked = select(
        LoadRow.first_snapshot.label("of_load"), *(getattr(BatchRow, name) for name in names)
    ).join(LoadRow, LoadRow.id == BatchRow.load)
    if table_name is not None:
        asked = asked.where(BatchRow.table_name == table_name)
    known: dict[str, dict[int, tuple[Batch, bool]]] = {}
    for of_load, *values in session.execute(asked).all():
        batch = Batch(**dict(zip(names, values, strict=True)))
        must_be = of_load is not None and batch.is_whole and batch.doomed_at is None
        known.setdefault(batch.table_name, {})[batch.id] = (batch, must_be)
    return known


def _own(
    load: Load, scope_key: str, batch: int, now: datetime | None, owner: str | None
) -> dict[str, object]:
    is_fact = load.kind == "fact"
    return {
        "id": batch,
        "load": load.id,
        "table_name": load.table_name,
        "source": load.specification if is_fact else "",
        "scope_key": scope_key,
        "kind": "own",
        "created_at": now,
        "owner": owner,
    }


def _update_each(session: Session, rows: Sequence[Mapping[str, object]], *columns: str) -> None:
    if not rows:
        return
    statement = (
        update(BatchRow.__table__)  # type: ignore[arg-type]
        .where(BatchRow.__table__.c.id == bindparam("of"))
        .values({column: bindparam(column) for column in columns})
    )
    session.connection().execute(statement, [dict(row) for row in rows])


def _batch(row: BatchRow) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})
