"""A whole verification: looks at every table and the spool, and heals what the spool can heal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.errors import IndicubeError
from server.ledger.crashpoint import crashpoint
from server.ledger.findings import Finding
from server.ledger.heal import Healing, differing
from server.ledger.mend_table import by_load, mend_table
from server.ledger.spool_check import check_spool, put_back
from server.ledger.verify import Depth, Known, known_in, verify_table
from server.metadata.loads import Batch, Load, find_load
from server.metadata.repairs import Repair, begin_repair, end_repair, open_repairs
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
    findings = _spool(healing, loads.values(), task)
    total, done = sum(len(each) for each in kept.values()), 0
    for table in listed:
        findings += _table(healing, table, task, loads)
        done += len(kept[table.name])
        told(done, total)
    return Verified(total, len(loads), findings)


def _table(
    healing: Healing, table: AnyTable, task: Task, loads: Mapping[int, Load]
) -> tuple[Finding, ...]:
    """One table's turn; it is opened again when nothing in it is wrong any more."""
    with healing.metadata.read() as session:
        repairs = [each for each in open_repairs(session) if _is_about(each, table, task)]
    found = _look_at(healing, table, task, loads)
    if not task.is_healing:
        return found
    parts = tuple(each for each in found if each.what == "part")
    if parts:
        repairs.append(_take_out(healing, table, parts))
        task = replace(task, load=None)  # a part holds rows of any load
        found = _look_at(healing, table, task, loads)
    mended = mend_table(healing, table, found)
    is_well = all(each.is_healed for each in mended)
    if is_well and repairs and task.depth != "light":
        _end(healing, repairs)
    return (*(replace(each, is_healed=is_well) for each in parts), *mended)


def _is_about(repair: Repair, table: AnyTable, task: Task) -> bool:
    """Whether the repair has ended when what the task looks at is well."""
    return repair.table_name == table.name and task.load in (None, repair.load)


def _look_at(
    healing: Healing, table: AnyTable, task: Task, loads: Mapping[int, Load]
) -> tuple[Finding, ...]:
    found = verify_table(healing.metadata, healing.store, table, task.depth, task.load)
    if task.depth != "deep" or any(each.what == "part" for each in found):
        return found
    without = {each.batch for each in found}
    known = known_in(healing.metadata, table.name)
    for load, batches in by_load(_of_load(known, task.load)).items():
        own = [each for each in batches if each.kind == "own" and each.id not in without]
        # What was published since the verification began is looked at the next time.
        if own and load in loads and healing.sources.is_read_alike(loads[load]):
            found += _other_values(healing, table, loads[load], own)
    return found


def _other_values(
    healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]
) -> tuple[Finding, ...]:
    """Batches that add up as they must and hold other rows than their source all the same."""
    try:
        wrong = differing(healing, table, load, own)
    except IndicubeError as reason:
        return (
            Finding(
                "spool",
                table.name,
                load.id,
                name=load.source_hash,
                found="cannot be read again",
                remedy=reason.message,
            ),
        )
    return tuple(Finding("values", table.name, load.id, batch) for batch in wrong)


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


def _of_load(known: Known, load: int | None) -> dict[int, Batch]:
    return {of: batch for of, batch in known.whole.items() if load in (None, batch.load)}
