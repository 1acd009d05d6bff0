"""Small appended files that arrive together become one load.

Many loads of a few rows would blow every roll-up up, for the batch is a part of its key. So each
file goes to the spool at once and waits; when the first one's window is over, all that wait are
fixed as a group, joined to one source, and loaded under one batch. Each keeps its receipt: the load
and its lines in it. Whoever dies on the way joins the very same bytes again, which are known then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from server.ledger.crashpoint import crashpoint
from server.ledger.spool import keep_in_spool, spooled_path
from server.metadata.grouped_files import (
    GroupedFile,
    form_group,
    receive_file,
    waiting_files,
)
from server.metadata.session import Metadata

MOST_FILES = 1_000  # in one load
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Group:
    """Files that are loaded together."""

    name: str
    specification: str
    files: tuple[GroupedFile, ...]


@dataclass(frozen=True)
class Joined:
    """A group as one source, and the lines of each file in it."""

    path: Path
    spans: dict[int, tuple[int, int] | None]


def accept_file(
    metadata: Metadata,
    spool: Path,
    source: BinaryIO,
    specification: str,
    shown: str,
    by: str,
    now: datetime,
) -> GroupedFile:
    """Keep a file's bytes and let it wait for others; the same bytes again are the first file."""
    spooled = keep_in_spool(spool, source)
    crashpoint("grouping.spooled")
    with metadata.write() as session:
        file = receive_file(session, specification, shown, spooled.hash, by, now)
        crashpoint("grouping.before_commit")
    return file


def is_group_due(metadata: Metadata, window: timedelta, now: datetime) -> bool:
    """Whether some file has waited for the whole window, or a group was left half done."""
    with metadata.read() as session:
        return any(_is_due(file, window, now) for file in waiting_files(session))


def due_groups(
    metadata: Metadata, spool: Path, window: timedelta, now: datetime
) -> tuple[Group, ...]:
    """The groups that are to be loaded now; those that were fixed before are the same again."""
    with metadata.write() as session:
        waiting = waiting_files(session)
        fresh = [file for file in waiting if file.group_name is None]
        due = {file.specification for file in fresh if _is_due(file, window, now)}
        for files in _alike(spool, [file for file in fresh if file.specification in due]):
            form_group(session, files)
        grouped = [file for file in waiting_files(session) if file.group_name is not None]
    crashpoint("grouping.formed")
    groups: dict[str, list[GroupedFile]] = {}
    for file in grouped:
        groups.setdefault(file.group_name or "", []).append(file)
    return tuple(Group(name, fs[0].specification, tuple(fs)) for name, fs in groups.items())


def split_group(metadata: Metadata, group: Group) -> tuple[Group, ...]:
    """Every file alone, so that one that cannot be loaded stops no other."""
    with metadata.write() as session:
        names = [form_group(session, [file]) for file in group.files]
    return tuple(
        Group(name, group.specification, (file,))
        for name, file in zip(names, group.files, strict=True)
    )


def join_group(spool: Path, group: Group) -> Joined:
    """The files one below the other under their one header, always the same bytes."""
    folder = spool / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{group.specification}-{group.name}.csv"
    spans: dict[int, tuple[int, int] | None] = {}
    line = 2
    with path.open("wb") as target:
        target.write(_header(spool, group.files[0]) + b"\n")
        for file in group.files:
            lines = 0
            for text in _lines(spool, file):
                target.write(text)
                lines += 1
            spans[file.id] = (line, line + lines - 1) if lines else None
            line += lines
    return Joined(path, spans)


def _is_due(file: GroupedFile, window: timedelta, now: datetime) -> bool:
    return file.group_name is not None or file.received_at + window <= now


def _alike(spool: Path, files: Sequence[GroupedFile]) -> Iterator[list[GroupedFile]]:
    """Files of one specification with the same header, at most so many."""
    kinds: dict[tuple[str, bytes], list[GroupedFile]] = {}
    for file in files:
        kinds.setdefault((file.specification, _header(spool, file)), []).append(file)
    for alike in kinds.values():
        for start in range(0, len(alike), MOST_FILES):
            yield alike[start : start + MOST_FILES]


def _header(spool: Path, file: GroupedFile) -> bytes:
    with spooled_path(spool, file.source_hash).open("rb") as source:
        return source.readline().removeprefix(_BOM).rstrip(b"\r\n")


def _lines(spool: Path, file: GroupedFile) -> Iterator[bytes]:
    """The lines below the header, each with its end."""
    with spooled_path(spool, file.source_hash).open("rb") as source:
        source.readline()
        for line in source:
            yield line if line.endswith(b"\n") else line + b"\n"
