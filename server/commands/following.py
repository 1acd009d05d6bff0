"""Follows a job's row until the job has ended, with progress where somebody looks."""

import time
from collections.abc import Callable, Iterator
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


def follow(
    metadata: Metadata,
    job_id: str,
    label: str,
    console: Console,
    counted: str = "row",
    look: Callable[[], None] = lambda: None,
) -> Job:
    """The job as it ended; meanwhile its steps are shown, as a bar on a terminal.

    `counted` names one of what the job counts while it is under way; `look` is called as often as
    the job is looked at, and may raise to end that.
    """
    with _shown(console, label, counted) as (progress, task):
        while True:
            with metadata.read() as session:
                job = find_job(session, job_id)
            progress.update(
                task, completed=job.done, total=job.expected, description=job.doing or label
            )
            if not job.is_open:
                return job
            look()
            time.sleep(LOOK_SECONDS)


class CountColumn(ProgressColumn):
    """How many rows, or other things, are done; nothing before the first is expected."""

    def __init__(self, counted: str = "row") -> None:
        super().__init__()
        self._counted = counted

    def render(self, task: Task) -> Text:
        """The number with its word."""
        done = int(task.completed)
        if not done and task.total is None:
            return Text()
        plural = "es" if self._counted.endswith("ch") else "s"
        words = f"{done:,} {self._counted}{'' if done == 1 else plural}"
        return Text(words, style="progress.download")


@contextmanager
def _shown(console: Console, label: str, counted: str) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        CountColumn(counted),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        if not console.is_terminal:
            console.print(label)
        yield bar, bar.add_task(label, total=None)
