"""Compares the store with the ledger, and the ledger with the spool.

Light: every batch that anybody saw has its rows, and nothing holds rows that the ledger does not
know; one thin scan a table. Usual: also the control sums of every column, the files of the spool by
their size, and the roll-ups. Deep: also every byte of spool and store, and the sources parsed anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from server.errors import ModelMismatch, ServerError
from server.ledger.findings import Finding
from server.metadata.batches import known_batches
from server.metadata.loads import Batch
from server.metadata.session import Metadata
from server.store.arrow import AnyTable
from server.store.checks import broken_parts, wrong_projections
from server.store.client import Store
from server.store.control_sums import Sums
from server.store.facts import batches_in, count_and_sum_each

Depth = Literal["light", "usual", "deep"]


@dataclass(frozen=True)
class Known:
    """What the ledger says of one table's batches."""

    whole: Mapping[int, Batch]  # those whose rows must all be there
    others: Mapping[int, Batch]  # those that nobody is shown
    purged: Mapping[int, Batch]  # of these, those that no list hides: no row of them may be left


def verify(metadata: Metadata, store: Store, tables: Iterable[str]) -> tuple[Finding, ...]:
    """The deviations of rows alone, in these tables."""
    return tuple(
        finding
        for table in tables
        for finding in compare_rows(table, *observe(metadata, store, table))
    )


def verify_table(
    metadata: Metadata, store: Store, table: AnyTable, depth: Depth, load: int | None = None
) -> tuple[Finding, ...]:
    """The deviations of one table, or of one load's batches in it.

    What cannot be read cannot be counted: while parts are broken, they are all that is found.
    """
    if depth == "deep" and (broken := _broken_parts(store, table.name)):
        return broken
    try:
        return _compare(metadata, store, table, depth, load)
    except ServerError:
        if broken := _broken_parts(store, table.name):
            return broken
        raise


def known_in(metadata: Metadata, table: str) -> Known:
    """What the ledger says of a table."""
    with metadata.read() as session:
        known = known_batches(session, table).get(table, {})
    kept = {of: batch for of, (batch, must_be) in known.items() if must_be}
    whole = {of: batch for of, batch in kept.items() if batch.purged_at is None}
    others = {of: batch for of, (batch, _) in known.items() if of not in whole}
    purged = {of: batch for of, batch in others.items() if batch.purged_at is not None}
    return Known(whole, others, purged)


def observe(metadata: Metadata, store: Store, table: str) -> tuple[Known, Mapping[int, int]]:
    """What ledger and store say of a table in which loads come and go meanwhile.

    A batch is known before its first row is stored, and published after its last: so what must be
    whole is taken from before the rows were counted, what is unknown from afterwards.
    """
    before = known_in(metadata, table)
    present = batches_in(store, table)
    after = known_in(metadata, table)
    whole = {of: batch for of, batch in after.whole.items() if of in before.whole}
    fresh = {of: batch for of, batch in after.whole.items() if of not in before.whole}
    return Known(whole, {**after.others, **fresh}, before.purged), present


def _compare(
    metadata: Metadata, store: Store, table: AnyTable, depth: Depth, load: int | None
) -> tuple[Finding, ...]:
    known, present = observe(metadata, store, table.name)
    found = compare_rows(table.name, known, present)
    if depth != "light":
        found += compare_sums(store, table, known, {each.batch for each in found}, load)
        found += _compare_projections(store, table.name, known)
    return tuple(each for each in found if load is None or each.load == load)


def compare_rows(table: str, known: Known, present: Mapping[int, int]) -> list[Finding]:
    """Batches with too few or too many rows, and rows that may not be there at all."""
    found = [
        Finding("unknown", table, batch=batch, found=str(rows))
        for batch, rows in present.items()
        if batch not in known.whole and batch not in known.others
    ]
    for of, batch in known.purged.items():
        if present.get(of):
            found.append(Finding("purged", table, batch.load, of, found=str(present[of])))
    for of, batch in known.whole.items():
        wanted, rows = batch.rows or 0, present.get(of, 0)
        if rows != wanted:
            found.append(_about(batch, "rows", wanted, rows))
    return sorted(found, key=lambda each: each.batch or 0)


def compare_sums(
    store: Store, table: AnyTable, known: Known, without: set[int | None], load: int | None = None
) -> list[Finding]:
    """Batches whose rows are all there, and add up to something else."""
    asked = {
        of: batch
        for of, batch in known.whole.items()
        if of not in without and load in (None, batch.load)
    }
    stored = count_and_sum_each(store, table, asked)
    found: list[Finding] = []
    for of, batch in asked.items():
        found += _other_sums(batch, stored[of][1])
    return found


def refuse_foreign_rows(metadata: Metadata, store: Store, tables: Iterable[str]) -> None:
    """`ModelMismatch` when the store holds rows of batches that this ledger never handed out.

    They would be visible, for nothing hides what is not known: the metadata database was replaced,
    or the store belongs to another installation.
    """
    for table in tables:
        present = set(batches_in(store, table))  # first: a load that comes now is known by then
        known = known_in(metadata, table)
        foreign = sorted(present - known.whole.keys() - known.others.keys())
        if foreign:
            shown = ", ".join(str(batch) for batch in foreign[:5])
            raise ModelMismatch(
                f"{table} holds rows of batches that the ledger does not know ({shown}): facts and "
                "metadata are of two installations; give the facts their own metadata back, or "
                "remove them and load the sources again",
                code="foreign_rows",
            )


def _broken_parts(store: Store, table: str) -> tuple[Finding, ...]:
    return tuple(
        Finding("part", table, name=part.name, found=part.reason[:200])
        for part in broken_parts(store, table)
    )


def _about(batch: Batch, what: Literal["rows"], expected: int, found: int) -> Finding:
    return Finding(what, batch.table_name, batch.load, batch.id, "", str(expected), str(found))


def _other_sums(batch: Batch, stored: Sums) -> list[Finding]:
    described = batch.sums or {}
    return [
        Finding("sums", batch.table_name, batch.load, batch.id, name, described[name], stored[name])
        for name in described
        if name in stored and stored[name] != described[name]
    ]


def _compare_projections(store: Store, table: str, known: Known) -> list[Finding]:
    batches = {**known.others, **known.whole}
    return [
        Finding(
            "projection",
            table,
            batches[of].load if of in batches else None,
            of,
            projection.name,
            str(rows),
            str(counted),
        )
        for projection in wrong_projections(store, table)
        for of, (rows, counted) in projection.batches.items()
    ]
