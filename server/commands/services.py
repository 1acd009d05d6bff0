"""`indicube migrate`, `worker` and `scheduler`: the parts of a production installation."""

import signal
import threading
from collections.abc import Callable

import click

from server.log import start_log
from server.metadata.session import open_metadata
from server.queue import WorkerThread
from server.runtime import Runtime, open_runtime
from server.scheduler import Scheduler
from server.settings import Settings

STOP_SECONDS = 60  # for the job that runs


@click.command()
def migrate() -> None:
    """Bring the schemas of metadata and facts up to date."""
    settings = Settings.from_environment()
    metadata = open_metadata(settings.database)
    metadata.migrate()
    metadata.close()
    click.echo("The metadata are up to date.")
    open_runtime(settings).close()
    click.echo("The facts are up to date.")


@click.command()
def worker() -> None:
    """Work on loads and other jobs; run as many as you like."""
    _run(lambda runtime: WorkerThread(runtime.queue, runtime))


@click.command()
def scheduler() -> None:
    """Ring for jobs that lost their worker, tidy at night."""
    _run(Scheduler)


def _run(make: Callable[[Runtime], WorkerThread | Scheduler]) -> None:
    settings = Settings.from_environment()
    start_log(settings.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runtime = open_runtime(settings)
    thread = make(runtime)
    thread.start()
    stop.wait()
    thread.stop(STOP_SECONDS)
    runtime.close()
