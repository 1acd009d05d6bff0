"""`indicube migrate`, `worker` and `scheduler`: the parts of a production installation."""

import logging
import signal
import threading
from collections.abc import Callable

import click

from server.errors import StoreAway
from server.ledger.rollups import withheld
from server.log import start_log
from server.metadata.session import Metadata, open_metadata
from server.queue import WorkerThread
from server.runtime import Runtime, open_runtime, whole_model
from server.scheduler import Scheduler
from server.settings import Settings
from server.store.address import parse_address
from server.store.client import open_store
from server.store.migrate import plan_tables
from server.store.pulse import answers

STOP_SECONDS = 60  # for the job that runs
AGAIN_SECONDS = 2.0  # between two tries to open facts that are away

log = logging.getLogger(__name__)


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


def stopped_by_signals() -> threading.Event:
    """An event that is set when this process is asked to end."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        # In a thread of its own: a signal that comes while this one looks at the event and holds
        # its lock, would wait for itself.
        threading.Thread(target=stop.set).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop


def opened(settings: Settings, stop: threading.Event) -> Runtime | None:
    """Everything that the settings name, as soon as the facts are there; None when stopped before.

    Whoever waits says so once, and once more when it is over.
    """
    is_told = False
    while not stop.is_set():
        try:
            runtime = open_runtime(settings)
        except StoreAway as reason:
            if not is_told:
                log.warning("%s; waiting for it", reason.message)
            is_told = True
            _wait(settings, stop)
        else:
            if is_told:
                log.warning("the fact store can be reached; beginning")
            return runtime
    return None


def _wait(settings: Settings, stop: threading.Event) -> None:
    """Until something answers where the facts should be; asked so that nothing is logged."""
    address = parse_address(settings.clickhouse)
    while not stop.wait(AGAIN_SECONDS):
        if answers(address):
            return


def _run(make: Callable[[Runtime], WorkerThread | Scheduler]) -> None:
    settings = Settings.from_environment()
    start_log(settings.log_format)
    stop = stopped_by_signals()
    runtime = opened(settings, stop)
    if runtime is None:
        return
    thread = make(runtime)
    thread.start()
    stop.wait()
    thread.stop(STOP_SECONDS)
    runtime.close()
