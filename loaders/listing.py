"""Loads in words, for the terminal and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from server.ledger.correct import corrections_of
from server.ledger.relatives import Relative, replaced_by_load, replacing_load
from server.metadata.batches import counting_batches_of
from server.metadata.grouped_files import GroupedFile, files_of_load
from server.metadata.loads import Load
from server.metadata.session import Session
from server.metadata.snapshots import events_of

_MOST_LINES = 40

_SHOWN = (
    "id",
    "state",
    "specification",
    "table_name",
    "mode",
    "scheme",
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
    "replay_of",
    "held_for",
    "error_code",
    "error",
)


def load_details(load: Load) -> dict[str, Any]:
    """What is known of a load, as JSON can hold it."""
    return {name: _plain(getattr(load, name)) for name in _SHOWN}


def detail_lines(load: Load) -> Iterator[str]:
    """The same for people; moments to the second."""
    for name in _SHOWN:
        value = getattr(load, name)
        if value not in (None, ""):
            is_moment = isinstance(value, datetime)
            yield f"{name:<18} {f'{value:%Y-%m-%d %H:%M:%S} UTC' if is_moment else value}"
    if load.state == "held" and load.held_for in ("restatement", "drift"):
        yield f"{'to decide':<18} indicube load decide {load.id} --approve|--refuse --reason TEXT"
        if load.held_for == "restatement":
            yield f"{'what would move':<18} indicube load diff {load.id}"


def load_history(session: Session, load: Load) -> dict[str, list[dict[str, Any]]]:
    """What a load covers and was made of, what it replaced and by what it was, what happened."""
    return {
        "scopes": [
            {"scope": batch.scope_key, "batch": batch.id, "rows": batch.rows}
            for batch in sorted(
                counting_batches_of(session, load.id), key=lambda one: one.scope_key
            )
        ],
        "files": [_receipt(file) for file in files_of_load(session, load.id)],
        "corrections": [dict(each) for each in corrections_of(load)],
        "replaced": [_relative(each) for each in replaced_by_load(session, load)],
        "replaced_by": [_relative(each) for each in replacing_load(session, load)],
        "events": [
            {name: _plain(value) for name, value in vars(event).items() if name != "load"}
            for event in events_of(session, load.id)
        ],
    }


def history_lines(history: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """The same for people."""
    scopes = history["scopes"]
    for each in scopes[:_MOST_LINES]:
        yield f"covers {each['scope'] or 'everything'}: {counted_rows(each['rows'] or 0)}"
    if len(scopes) > _MOST_LINES:
        more = len(scopes) - _MOST_LINES
        yield f"covers {more} scope key{'s' if more > 1 else ''} more; --json shows all"
    yield from _file_lines(history["files"])
    for each in history["corrections"]:
        named = f" from {each['source']}" if each.get("source") else ""
        yield f"mended {len(each['lines'])} lines{named}, SHA-256 {each['source_hash']}"
    for word, name in (("replaced", "replaced"), ("replaced by", "replaced_by")):
        for each in history[name]:
            keys = len(each["scopes"])
            places = f"{keys} scope key{'' if keys == 1 else 's'}"
            yield f"{word} load {each['load']} in {places}, snapshot {each['snapshot']}"
    for event in history["events"]:
        reason = f": {event['reason']}" if event["reason"] else ""
        yield f"{event['at'][:16]} {event['what']} by {event['by']}{reason}"


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


def _file_lines(files: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The files that were loaded together, each with its place in the load's source."""
    if files:
        yield f"made of {len(files)} files:"
    for file in files[:_MOST_LINES]:
        first, last = file["first_row"], file["last_row"]
        lines = "no rows" if first is None else f"lines {first:,} to {last:,}"
        came = f"{file['received_at'][:16]} by {file['by']}"
        yield f"  file {file['id']}: {file['source']}, {lines}, {came}"
    if len(files) > _MOST_LINES:
        yield f"  {len(files) - _MOST_LINES} files more; --json shows all"


def _receipt(file: GroupedFile) -> dict[str, Any]:
    names = ("id", "source", "source_hash", "by", "received_at", "first_row", "last_row")
    return {name: _plain(getattr(file, name)) for name in names}


def _relative(one: Relative) -> dict[str, Any]:
    return {"load": one.load, "snapshot": one.snapshot, "scopes": list(one.scope_keys)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def counted_rows(number: int) -> str:
    """So many rows, in words."""
    return f"{number:,} row{'' if number == 1 else 's'}"
