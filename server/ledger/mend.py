"""A whole verification: looks at every table and the spool, and heals what the spool can heal."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from server.ledger.closing import close_unhealed
from server.ledger.compare_values import Values, compare_values
from server.ledger.crashpoint import crashpoint
from server.ledger.findings import Finding
from server.ledger.heal import Healing
from server.ledger.mend_table import by_load, mend_table
from server.ledger.spool_check import check_spool, put_back
from server.ledger.verify import Depth, Known, known_in, verify_table
from server.metadata.builds import loads_in_slots
from server.metadata.loads import Batch, Load, find_load
from server.metadata.repairs import (
    Repair,
    begin_repair,
    end_repair,
    open_repairs,
    tables_in_repair,
)
from server.store.arrow import AnyTable
from server.store.checks import BrokenPart, drop_part

# Hears the batches looked at so far, and how many there are.
Told = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Task:
    """What is to be verified, and whether it is healed."""

    depth: Depth = "usual"
    load: int | None = None  # alone; None: everything
    is_healing: bool = True


@dataclass(frozen=True)
class Verified:
    """What was looked at and found."""

    batches: int
    loads: int
    findings: tuple[Finding, ...]
    uncompared: tuple[Finding, ...] = ()  # batches of which only rows and sums could be compared
    closed: tuple[str, ...] = ()  # tables that give no figures until their rows are back

    @property
    def is_well(self) -> bool:
        """Whether nothing is left that is wrong."""
        return all(finding.is_healed for finding in self.findings)


def verify_and_mend(
    healing: Healing, tables: Iterable[AnyTable], task: Task, told: Told = lambda _done, _all: None
) -> Verified:
    """Compare, heal, compare again; what is not healed says what people have to do."""
    listed = tuple(tables)
    known = {table.name: known_in(healing.metadata, table.name) for table in listed}
    kept = {name: _of_load(each, task.load) for name, each in known.items()}
    loads = _loads(healing, kept)
    found = Values(_spool(healing, _with_sources(healing, known, loads).values(), task))
    total, done = sum(len(each) for each in kept.values()), 0
    for table in listed:
        found += _table(healing, table, task, loads)
        done += len(kept[table.name])
        told(done, total)
    return Verified(
        total, len(loads), found.findings, found.uncompared, _closed(healing, known.keys())
    )


def _table(healing: Healing, table: AnyTable, task: Task, loads: Mapping[int, Load]) -> Values:
    """One table's turn; it is closed while rows are wrong in it, and opened again afterwards."""
    with healing.metadata.read() as session:
        repairs = [each for each in open_repairs(session) if _is_about(each, table, task)]
    found = _look_at(healing, table, task, loads)
    if not task.is_healing:
        return found
    parts = tuple(each for each in found.findings if each.what == "part")
    if parts:
        repairs.append(_take_out(healing, table, parts))
        task = replace(task, load=None)  # a part holds rows of any load
        found = _look_at(healing, table, task, loads)
    mended = mend_table(healing, table, found.findings)
    is_well = all(each.is_healed for each in mended)
    if is_well and repairs and task.depth != "light":
        _end(healing, repairs)
    close_unhealed(healing.metadata, table.name, mended, healing.by, healing.clock())
    told = (*(replace(each, is_healed=is_well) for each in parts), *mended)
    return Values(told, found.uncompared)


def _is_about(repair: Repair, table: AnyTable, task: Task) -> bool:
    """Whether the repair has ended when what the task looks at is well."""
    return repair.table_name == table.name and task.load in (None, repair.load)


def _look_at(healing: Healing, table: AnyTable, task: Task, loads: Mapping[int, Load]) -> Values:
    found = Values(verify_table(healing.metadata, healing.store, table, task.depth, task.load))
    if task.depth != "deep" or any(each.what == "part" for each in found.findings):
        return found
    without = {each.batch for each in found.findings}
    known = known_in(healing.metadata, table.name)
    for load, batches in by_load(_of_load(known, task.load)).items():
        whole = [each for each in batches if each.id not in without]
        # What was published since the verification began is looked at the next time.
        if whole and load in loads:
            found += compare_values(healing, table, loads[load], whole)
    return found


def _take_out(healing: Healing, table: AnyTable, parts: Iterable[Finding]) -> Repair:
    """Drop broken parts; the table stays closed until their rows are back."""
    with healing.metadata.write() as session:
        repair = begin_repair(session, table.name, 0, (), healing.by, healing.clock())
    crashpoint("mend.closed")
    for part in parts:
        drop_part(healing.store, table.name, BrokenPart(part.name, part.found))
    crashpoint("mend.dropped")
    return repair


def _end(healing: Healing, repairs: Iterable[Repair]) -> None:
    with healing.metadata.write() as session:
        for repair in repairs:
            end_repair(session, repair, healing.clock())


def _closed(healing: Healing, tables: Collection[str]) -> tuple[str, ...]:
    with healing.metadata.read() as session:
        return tuple(sorted(tables_in_repair(session).intersection(tables)))


def _spool(healing: Healing, loads: Iterable[Load], task: Task) -> tuple[Finding, ...]:
    if task.depth == "light":
        return ()
    listed = tuple(loads)
    found = check_spool(healing.spool, listed, is_deep=task.depth == "deep")
    if not task.is_healing:
        return found
    of = {load.id: load for load in listed}
    return tuple(
        replace(each, is_healed=True, remedy="")
        if each.load and put_back(healing.spool, of[each.load], healing.sources.find_again)
        else each
        for each in found
    )


def _loads(healing: Healing, kept: Mapping[str, Mapping[int, Batch]]) -> dict[int, Load]:
    wanted = {batch.load for batches in kept.values() for batch in batches.values()}
    with healing.metadata.read() as session:
        return {each: find_load(session, each) for each in sorted(wanted)}


def _with_sources(
    healing: Healing, known: Mapping[str, Known], loads: Mapping[int, Load]
) -> dict[int, Load]:
    """These loads, and those whose rows were purged but are in what upserts add up to."""
    wanted: set[int] = set()
    with healing.metadata.read() as session:
        for table, one in known.items():
            built = [batch for batch in one.whole.values() if batch.kind == "built"]
            slots = {(batch.source, batch.scope_key) for batch in built if batch.load in loads}
            wanted |= loads_in_slots(session, table, slots) if slots else set()
        return {**loads, **{each: find_load(session, each) for each in sorted(wanted - set(loads))}}


def _of_load(known: Known, load: int | None) -> dict[int, Batch]:
    return {of: batch for of, batch in known.whole.items() if load in (None, batch.load)}
