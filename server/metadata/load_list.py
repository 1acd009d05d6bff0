"""The list of loads as people look for them, and what a load's quarantine adds up to."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, distinct, func, or_, select

from server.metadata.loads import Load, State, find_load
from server.metadata.session import Session
from server.metadata.tables import BatchRow, BatchShownRow, LoadRow, QuarantinedRow


@dataclass(frozen=True)
class LoadFilter:
    """Which loads are wanted; what is left out does not confine."""

    states: tuple[State, ...] = ()
    table: str = ""
    text: str = ""  # in the name of the source or of the specification, or the number


def search_loads(
    session: Session, wanted: LoadFilter, limit: int = 50, before: int | None = None
) -> tuple[Load, ...]:
    """The loads that fit, newest first; `before` is the last number of the page before."""
    kept = select(LoadRow.id).where(*_conditions(wanted)).order_by(LoadRow.id.desc()).limit(limit)
    if before is not None:
        kept = kept.where(LoadRow.id < before)
    return tuple(find_load(session, number) for number in session.scalars(kept).all())


def count_fitting(session: Session, wanted: LoadFilter) -> int:
    """How many loads fit."""
    count = select(func.count(LoadRow.id)).where(*_conditions(wanted))
    return session.execute(count).scalar_one()


def loaded_tables(session: Session) -> tuple[str, ...]:
    """Every table that a load was ever meant for."""
    rows = session.scalars(select(LoadRow.table_name).distinct().order_by(LoadRow.table_name))
    return tuple(rows.all())


def count_quarantined(session: Session, load_id: int) -> tuple[tuple[str, int], ...]:
    """How many values of a load broke each rule, the commonest rule first."""
    count = func.count(QuarantinedRow.id)
    rows = session.execute(
        select(QuarantinedRow.rule, count)
        .where(QuarantinedRow.load == load_id)
        .group_by(QuarantinedRow.rule)
        .order_by(count.desc(), QuarantinedRow.rule)
    ).all()
    return tuple((rule, found) for rule, found in rows)


@dataclass(frozen=True)
class SeenKeys:
    """Of how many of its scope keys a load's rows are seen now."""

    seen: int
    all: int


def seen_keys(session: Session, load_ids: Collection[int]) -> Mapping[int, SeenKeys]:
    """The loads among these that are published and could be replaced, with what is seen of them.

    Upserts are left out: their rows go on in what later ones add up to.
    """
    seen = case((BatchShownRow.batch.is_not(None), BatchRow.scope_key))
    rows = session.execute(
        select(BatchRow.load, func.count(distinct(seen)), func.count(distinct(BatchRow.scope_key)))
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .outerjoin(
            BatchShownRow,
            (BatchShownRow.batch == BatchRow.id) & BatchShownRow.until.is_(None),
        )
        .where(
            BatchRow.load.in_(load_ids),
            BatchRow.first_snapshot.is_not(None),
            LoadRow.state == "published",
            LoadRow.mode.in_(("replace", "complete")),
        )
        .group_by(BatchRow.load)
    ).all()
    return {load: SeenKeys(shown, every) for load, shown, every in rows}


def covering_snapshots(session: Session, load_id: int, limit: int = 50) -> tuple[int, ...]:
    """The snapshots from which on something else was seen in a place of the load's own."""
    rows = session.scalars(
        select(BatchShownRow.until)
        .distinct()
        .join(BatchRow, BatchRow.id == BatchShownRow.batch)
        .where(BatchRow.load == load_id, BatchShownRow.until.is_not(None))
        .order_by(BatchShownRow.until)
        .limit(limit)
    ).all()
    return tuple(number for number in rows if number is not None)


def _conditions(wanted: LoadFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield LoadRow.state.in_(wanted.states)
    if wanted.table:
        yield LoadRow.table_name == wanted.table
    if wanted.text:
        yield _named(wanted.text)


def _named(text: str) -> ColumnElement[bool]:
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    named = or_(
        LoadRow.source.ilike(like, escape="\\"), LoadRow.specification.ilike(like, escape="\\")
    )
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return or_(named, LoadRow.id == int(text)) if is_number else named
