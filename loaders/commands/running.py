"""Has a job done for a command: here, or in the running Indicube; either way its row is followed.

Beside a running Indicube the job goes through its queue, because one process alone can open an
embedded store; else this process does the work under the home lock.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

import click
from rich.console import Console

from loaders.changing import FUNCTION as CHANGE
from loaders.changing import change_of_job
from loaders.job import FUNCTION as LOAD
from loaders.job import Work, answer, load_of_job
from loaders.sample import FUNCTION as SAMPLE
from loaders.sample import sample_of_job
from server.commands.following import follow
from server.commands.opening import metadata_of, now
from server.errors import HomeLocked
from server.home import HomeLock
from server.ledger.recover import recover
from server.metadata.jobs import Job, cancel_job, create_job
from server.metadata.session import Metadata
from server.queue import Queue
from server.runtime import open_runtime
from server.settings import Settings

_WORK: Mapping[str, Work] = {LOAD: load_of_job, SAMPLE: sample_of_job, CHANGE: change_of_job}


def have_done(settings: Settings, function: str, arguments: Mapping[str, Any], label: str) -> Job:
    """Write the job down, have it done here or in the running Indicube, and follow its row."""
    with metadata_of(settings) as metadata, _held(settings) as is_held:
        with metadata.write() as session:
            job = create_job(session, function, arguments, "command line", now())
        console = Console(stderr=True)
        try:
            if is_held:
                return _work_here(settings, metadata, job, label, console)
            Queue(settings.redis).enqueue(function, job.id)
            return follow(metadata, job.id, label, console)
        except BaseException:
            _cancel(metadata, job)
            raise


def tell(job: Job, as_json: bool, sentence: Callable[[Mapping[str, Any]], str]) -> None:
    """Say how the job ended; the exit code is the job's."""
    if as_json:
        ended = {"job": job.id, "state": job.state, "result": job.result, "error": job.error}
        click.echo(json.dumps(ended, indent=2, ensure_ascii=False))
    elif job.state == "done" and job.result is not None:
        click.echo(sentence(job.result))
    else:
        click.echo(f"indicube: {job.error or f'the job was {job.state}'}", err=True)
    if job.state != "done":
        sys.exit(job.exit_code or 1)


@contextmanager
def _held(settings: Settings) -> Iterator[bool]:
    """Hold the home folder if nobody does; whether it is held here."""
    lock = HomeLock(settings.home)
    try:
        lock.__enter__()
    except HomeLocked:
        yield False
        return
    try:
        yield True
    finally:
        lock.__exit__(None, None, None)


def _work_here(
    settings: Settings, metadata: Metadata, job: Job, label: str, console: Console
) -> Job:
    runtime = open_runtime(settings)
    try:
        recover(runtime.metadata, runtime.store, runtime.clock())
        thread = Thread(target=answer, args=(runtime, job.id, _WORK[job.function]), name="load")
        thread.start()
        try:
            return follow(metadata, job.id, label, console)
        finally:
            _cancel(metadata, job)  # of no effect on a job that has ended
            thread.join()
    finally:
        runtime.close()


def _cancel(metadata: Metadata, job: Job) -> None:
    with metadata.write() as session:
        cancel_job(session, job.id, now())
