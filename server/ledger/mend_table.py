"""Heals what was found wrong in one table, and says what cannot be healed, and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from server.errors import IndicubeError
from server.ledger.findings import MENDED_BY_RELOADING, Finding
from server.ledger.heal import Healing, by_file, heal_own
from server.ledger.heal_built import heal_built
from server.ledger.verify import known_in
from server.metadata.loads import Batch, Load, find_load
from server.store.arrow import AnyTable
from server.store.checks import build_projection, wrong_projections
from server.store.facts import delete_batches
from server.store.tables import TableSpec

_UNKNOWN = (
    "the ledger never handed it out: give the facts their own metadata back, or delete these rows"
)


def mend_table(healing: Healing, table: AnyTable, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with what became of each."""
    known = known_in(healing.metadata, table.name).whole
    damaged = {each.batch for each in found if each.what in MENDED_BY_RELOADING}
    batches = [batch for of, batch in sorted(known.items()) if of in damaged]
    failed = _reload(healing, table, batches)
    failed |= _delete(healing, table, found)
    failed_roll_ups = _build(healing, table, found)
    return tuple(_told(each, failed, failed_roll_ups) for each in found)


def by_load(batches: Mapping[int, Batch] | Iterable[Batch]) -> dict[int, list[Batch]]:
    """The batches of each load."""
    listed = batches.values() if isinstance(batches, Mapping) else batches
    grouped: dict[int, list[Batch]] = {}
    for batch in listed:
        grouped.setdefault(batch.load, []).append(batch)
    return grouped


def _reload(healing: Healing, table: AnyTable, batches: Iterable[Batch]) -> dict[int, str]:
    """What sources say first, then what is added up from it; why a batch could not be healed."""
    listed = tuple(batches)
    failed: dict[int, str] = {}
    for number, some in by_load(each for each in listed if each.kind == "own").items():
        load = _found(healing, number)
        for portion in by_file(load, some):
            failed |= _trying(portion, heal_own, healing, table, load, portion)
    for number, some in by_load(each for each in listed if each.kind == "built").items():
        if isinstance(table, TableSpec):
            failed |= _trying(some, heal_built, healing, table, _found(healing, number), some)
    return failed


def _found(healing: Healing, number: int) -> Load:
    with healing.metadata.read() as session:
        return find_load(session, number)


def _trying(
    batches: Sequence[Batch], work: Callable[..., Mapping[int, str]], *arguments: object
) -> dict[int, str]:
    try:
        return dict(work(*arguments))
    except IndicubeError as reason:
        return {batch.id: reason.message for batch in batches}


def _delete(healing: Healing, table: AnyTable, found: Iterable[Finding]) -> dict[int, str]:
    """Rows that were purged once and came back, by an old copy of the facts, go again."""
    batches = [each.batch for each in found if each.what == "purged" and each.batch is not None]
    try:
        delete_batches(healing.store, table.name, batches)
    except IndicubeError as reason:
        return dict.fromkeys(batches, reason.message)
    return {}


def _build(healing: Healing, table: AnyTable, found: Iterable[Finding]) -> set[str]:
    """The roll-ups that differ even after they were made anew."""
    wrong = {each.name for each in found if each.what == "projection"}
    for name in sorted(wrong):
        build_projection(healing.store, table.name, name)
    still = wrong_projections(healing.store, table.name) if wrong else ()
    return wrong & {each.name for each in still}


def _told(finding: Finding, failed: Mapping[int, str], failed_roll_ups: set[str]) -> Finding:
    if finding.what == "unknown":
        return replace(finding, remedy=_UNKNOWN)
    if finding.what == "projection" and finding.name in failed_roll_ups:
        return replace(finding, remedy="it could not be made anew")
    if finding.batch is not None and finding.batch in failed:
        return replace(finding, remedy=failed[finding.batch])
    if finding.what in ("spool", "part"):
        return finding
    return replace(finding, is_healed=True)
