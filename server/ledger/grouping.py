"""Small appended files that arrive together become one load.

Many loads of a few rows would blow every roll-up up, for the batch is a part of its key. So each
file goes to the spool at once and waits; when the first one's window is over, all that wait are
fixed as a group, joined to one source, and loaded under one batch. Each keeps its receipt: the load
and its lines in it. Whoever dies on the way joins the very same bytes again, which are known then.

What programs pushed is grouped in the same way, apart from files. Two pushes may hold the same
bytes and mean two sales: each of their lines begins with the number of its push.
"""

from collections.abc import Collection, Iterator, Sequence
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
from server.settings import Settings

MOST_FILES = 1_000  # in one load
MOST_PUSHES = 5_000
PUSH = "_push"  # the column that says which push a line came with
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Windows:
    """How long the first one of a group waits for others."""

    files: timedelta
    pushes: timedelta

    def of(self, file: GroupedFile) -> timedelta:
        """How long this one waits at most."""
        return self.files if file.push is None else self.pushes


@dataclass(frozen=True)
class Group:
    """Files that are loaded together."""

    name: str
    specification: str
    files: tuple[GroupedFile, ...]

    @property
    def accepted_by(self) -> str | None:
        """The hash of the specification by which what was pushed was accepted."""
        return self.files[0].accepted_by

    @property
    def is_pushed(self) -> bool:
        """Whether programs pushed what is in it."""
        return self.files[0].push is not None


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


def windows_of(settings: Settings) -> Windows:
    """The windows that the settings say."""
    return Windows(
        files=timedelta(seconds=settings.group_seconds),
        pushes=timedelta(seconds=settings.push_window_seconds),
    )


def is_group_due(
    metadata: Metadata, windows: Windows, now: datetime, apart_from: Collection[str] = ()
) -> bool:
    """Whether some file has waited for the whole window, or a group was left half done.

    Those of some specifications may be left out.
    """
    with metadata.read() as session:
        return any(
            _is_due(file, windows, now)
            for file in waiting_files(session)
            if file.specification not in apart_from
        )


def due_groups(
    metadata: Metadata, spool: Path, windows: Windows, now: datetime
) -> tuple[Group, ...]:
    """The groups that are to be loaded now; those that were fixed before are the same again."""
    with metadata.write() as session:
        waiting = waiting_files(session)
        fresh = [file for file in waiting if file.group_name is None]
        due = {_kind(file) for file in fresh if _is_due(file, windows, now)}
        for files in _alike(spool, [file for file in fresh if _kind(file) in due]):
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


def join_group(spool: Path, group: Group, delimiter: str = ",") -> Joined:
    """The files one below the other under their one header, always the same bytes."""
    folder = spool / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{group.specification}-{group.name}.csv"
    sign = delimiter.encode()
    spans: dict[int, tuple[int, int] | None] = {}
    line = 2
    with path.open("wb") as target:
        target.write(_before(PUSH, sign, group) + _header(spool, group.files[0]) + b"\n")
        for file in group.files:
            lines = 0
            before = _before(str(file.push), sign, group)
            for text in _lines(spool, file):
                target.write(text if text == b"\n" else before + text)
                lines += 1
            spans[file.id] = (line, line + lines - 1) if lines else None
            line += lines
    return Joined(path, spans)


def _before(text: str, sign: bytes, group: Group) -> bytes:
    """What stands before a line: of a push its number."""
    return text.encode() + sign if group.is_pushed else b""


def _is_due(file: GroupedFile, windows: Windows, now: datetime) -> bool:
    return file.group_name is not None or file.received_at + windows.of(file) <= now


def _kind(file: GroupedFile) -> tuple[str, bool]:
    """Files of one kind may wait for each other."""
    return file.specification, file.push is None


def _alike(spool: Path, files: Sequence[GroupedFile]) -> Iterator[list[GroupedFile]]:
    """Files of one specification with the same header, at most so many.

    Pushes that were accepted by different words are kept apart.
    """
    kinds: dict[tuple[tuple[str, bool], bytes, str | None], list[GroupedFile]] = {}
    for file in files:
        alike = _kind(file), _header(spool, file), file.accepted_by
        kinds.setdefault(alike, []).append(file)
    for ((_, is_file), _, _), alike_files in kinds.items():
        most = MOST_FILES if is_file else MOST_PUSHES
        for start in range(0, len(alike_files), most):
            yield alike_files[start : start + most]


def _header(spool: Path, file: GroupedFile) -> bytes:
    with spooled_path(spool, file.source_hash).open("rb") as source:
        return source.readline().removeprefix(_BOM).rstrip(b"\r\n")


def _lines(spool: Path, file: GroupedFile) -> Iterator[bytes]:
    """The lines below the header, each with its end."""
    with spooled_path(spool, file.source_hash).open("rb") as source:
        source.readline()
        for line in source:
            yield line if line.endswith(b"\n") else line + b"\n"
