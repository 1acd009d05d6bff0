"""Closes tables whose rows are not whole: a start, before anybody is shown a figure, and whoever
verifies and cannot put rows back.

After a power cut or on a bad disk the engine takes out what it cannot read and goes on without it.
A closed table gives no figures, rather than smaller ones, until its rows are back.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from server.ledger.findings import Finding
from server.ledger.verify import verify
from server.metadata.repairs import begin_repair, open_repairs
from server.metadata.session import Metadata
from server.store.client import Store

log = logging.getLogger(__name__)


def close_damaged(
    metadata: Metadata, store: Store, tables: Iterable[str], by: str, now: datetime
) -> tuple[str, ...]:
    """The tables that were closed because batches lack rows or have too many.

    The next verification that finds them whole opens them again.
    """
    closed = []
    for table in tables:
        # Twice: rows that another process puts back are not whole for a moment, and are again.
        if not _wrong_rows(metadata, store, table) or _is_closed(metadata, table):
            continue
        if found := _wrong_rows(metadata, store, table):
            _close(metadata, table, found, by, now)
            closed.append(table)
    return tuple(closed)


def close_unhealed(
    metadata: Metadata, table: str, found: Iterable[Finding], by: str, now: datetime
) -> None:
    """Close the table at once while the rows of batches in it are wrong and cannot be put back."""
    wrong = [each for each in found if each.what in ("rows", "sums") and not each.is_healed]
    if wrong:
        _close(metadata, table, wrong, by, now)


def is_any_closed(metadata: Metadata) -> bool:
    """Whether a table waits for its rows, or for somebody who sees that they are back."""
    with metadata.read() as session:
        return bool(open_repairs(session))


def _close(
    metadata: Metadata, table: str, found: Iterable[Finding], by: str, now: datetime
) -> None:
    batches = sorted({each.batch for each in found if each.batch is not None})
    with metadata.write() as session:
        if any(each.table_name == table for each in open_repairs(session)):
            return
        begin_repair(session, table, 0, batches, by, now)
    log.error("%s is closed until the rows of %d batches are back", table, len(batches))


def _wrong_rows(metadata: Metadata, store: Store, table: str) -> list[Finding]:
    return [each for each in verify(metadata, store, [table]) if each.what == "rows"]


def _is_closed(metadata: Metadata, table: str) -> bool:
    with metadata.read() as session:
        return any(each.table_name == table for each in open_repairs(session))
