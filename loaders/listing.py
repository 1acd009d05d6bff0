"""Loads in words, for the terminal and for programs."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from server.metadata.loads import Load

_SHOWN = (
    "id",
    "state",
    "specification",
    "table_name",
    "source",
    "member",
    "source_hash",
    "source_bytes",
    "by",
    "received_at",
    "finished_at",
    "rows_in_file",
    "rows_stored",
    "rows_quarantined",
    "rows_ignored",
    "first_date",
    "last_date",
    "first_snapshot",
    "error_code",
    "error",
)


def load_details(load: Load) -> dict[str, Any]:
    """What is known of a load, as JSON can hold it."""
    return {name: _plain(getattr(load, name)) for name in _SHOWN}


def load_lines(loads: Sequence[Load]) -> Iterator[str]:
    """A heading and one line for each load."""
    yield f"{'load':>6}  {'state':<10} {'source':<34} {'stored':>11} {'refused':>8}  received"
    for load in loads:
        stored = "" if load.rows_stored is None else f"{load.rows_stored:,}"
        refused = "" if load.rows_quarantined is None else f"{load.rows_quarantined:,}"
        source = f"{load.specification}: {load.source}"
        counts = f"{stored:>11} {refused:>8}"
        received = f"{load.received_at:%Y-%m-%d %H:%M}"
        yield f"{load.id:>6}  {load.state:<10} {source[:34]:<34} {counts}  {received}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
