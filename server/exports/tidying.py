"""Removes what nobody needs: files past their day, and what attempts that died have left."""

import math
from datetime import timedelta
from pathlib import Path

from server.errors import NotFound
from server.exports.files import SCHEDULED
from server.metadata.exports import expired_exports, find_export, forget_file
from server.runtime import Runtime

STRAY_AGE = timedelta(days=1)


def remove_expired(runtime: Runtime) -> int:
    """Remove the files that are past their day; how many."""
    now = runtime.clock()
    with runtime.metadata.read() as session:
        due = expired_exports(session, now)
    for export_id in due:
        with runtime.metadata.write() as session:
            forget_file(session, export_id, now)
        # The row first: a file that nobody names is swept up, a name without a file is a lie.
        for path in _files_of(runtime, export_id):
            path.unlink(missing_ok=True)
    return len(due)


def remove_strays(runtime: Runtime, export_id: str) -> None:
    """Remove an export's files but the one that its row names, once its job has ended."""
    with runtime.metadata.read() as session:
        export = find_export(session, export_id)
    for path in _files_of(runtime, export_id):
        if not _may_be_in_use(path, export.job.is_open, export.job.attempt):
            keep = export.file_name if export.has_file else None
            if path.name != keep:
                path.unlink(missing_ok=True)


def remove_old_scheduled(runtime: Runtime) -> int:
    """Remove what schedules have put into their folders when it is old enough; how many."""
    days, folder = runtime.settings.schedule_days, runtime.settings.exports / SCHEDULED
    if not days or not folder.is_dir():
        return 0
    oldest = (runtime.clock() - timedelta(days=days)).timestamp()
    old = [path for path in folder.glob("*/*") if _age_mark(path) < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def sweep(runtime: Runtime) -> int:
    """Look at every file in the folder and remove the strays; how many are left."""
    folder = runtime.settings.exports
    remove_old_scheduled(runtime)
    if not folder.is_dir():
        return 0
    for export_id in sorted({path.name.partition(".")[0] for path in folder.iterdir()}):
        try:
            remove_strays(runtime, export_id)
        except NotFound:
            continue  # a folder of scheduled files, or somebody's own: not ours to remove
    return sum(path.is_file() for path in folder.iterdir())


def _age_mark(path: Path) -> float:
    """When a file was written, in seconds; what is no file is never old."""
    try:
        return path.stat().st_mtime if path.is_file() else math.inf
    except FileNotFoundError:
        return math.inf


def _may_be_in_use(path: Path, is_open: bool, attempt: int) -> bool:
    """Whether a living attempt may still write it: only the last one of a job that is not over."""
    parts = path.name.split(".")
    return is_open and len(parts) > 1 and parts[1] == str(attempt)


def _files_of(runtime: Runtime, export_id: str) -> list[Path]:
    folder = runtime.settings.exports
    return sorted(folder.glob(f"{export_id}.*")) if folder.is_dir() else []
