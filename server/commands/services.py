"""`indicube migrate`, `worker` and `scheduler`: the parts of a production installation."""

import signal
import threading
from collections.abc import Callable

import click

from server.ledger.rollups import withheld
from server.log import start_log
from server.metadata.session import Metadata, open_metadata
from server.queue import WorkerThread
from server.runtime import Runtime, open_runtime, whole_model
from server.scheduler import Scheduler
from server.settings import Settings
from server.store.client import open_store
from server.store.migrate import plan_tables

STOP_SECONDS = 60  # for the job that runs


@click.command()
def migrate() -> None:
    """Bring the schemas of metadata and facts up to date."""
    settings = Settings.from_environment()
    metadata = open_metadata(settings.database)
    metadata.migrate()
    click.echo("The metadata are up to date.")
    for sentence in _planned(settings, metadata):
        click.echo(f"  {sentence}")
    metadata.close()
    open_runtime(settings).close()
    click.echo("The facts are up to date.")


def _planned(settings: Settings, metadata: Metadata) -> tuple[str, ...]:
    """What the facts' tables and roll-ups lack for the model."""
    store = open_store(settings)
    try:
        planned = plan_tables(store, whole_model(settings, metadata), withheld(metadata))
    finally:
        store.close()
    return tuple(change.sentence for change in planned.changes)


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
