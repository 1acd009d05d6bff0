"""Follows a job's row until the job has ended, with progress where somebody looks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from server.metadata.jobs import Job, find_job
from server.metadata.session import Metadata

LOOK_SECONDS = 0.2


def follow(metadata: Metadata, job_id: str, label: str, console: Console) -> Job:
    """The job as it ended; meanwhile its steps are shown, as a bar on a terminal."""
    with _shown(console, label) as (progress, task):
        while True:
            with metadata.read() as session:
                job = find_job(session, job_id)
            progress.update(
                task, completed=job.done, total=job.expected, description=job.doing or label
            )
            if not job.is_open:
                return job
            time.sleep(LOOK_SECONDS)


@contextmanager
def _shown(console: Console, label: str) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        if not console.is_terminal:
            console.print(label)
        yield bar, bar.add_task(label, total=None)
