"""Follows a job's row until the job has ended, with progress where somebody looks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

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


class RowsColumn(ProgressColumn):
    """How many rows are done."""

    def render(self, task: Task) -> Text:
        """The number with its word."""
        rows = int(task.completed)
        return Text(f"{rows:,} {'row' if rows == 1 else 'rows'}", style="progress.download")


@contextmanager
def _shown(console: Console, label: str) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        RowsColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        if not console.is_terminal:
            console.print(label)
        yield bar, bar.add_task(label, total=None)
