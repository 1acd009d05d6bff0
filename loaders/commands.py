"""`indicube load` and `indicube sample`.

Every load is a job with a row. Beside a running Indicube the job goes through its queue, because
one process alone can open an embedded store; else this process does the work under the home lock.
Either way the row is followed until it ends.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import click
from rich.console import Console

from loaders.context import checked_specifications, model_folder
from loaders.job import FUNCTION as LOAD
from loaders.job import Work, answer, load_of_job
from loaders.listing import load_details, load_lines
from loaders.sample import FUNCTION as SAMPLE
from loaders.sample import sample_of_job
from loaders.specification import Specification, find_specification
from server.commands.following import follow
from server.commands.opening import metadata_of, now
from server.errors import HomeLocked
from server.home import HomeLock, make_home
from server.ledger.recover import recover
from server.metadata.jobs import Job, cancel_job, create_job
from server.metadata.loads import find_load, list_loads, quarantined_rows
from server.metadata.session import Metadata
from server.queue import Queue
from server.runtime import open_runtime, served_model
from server.settings import Settings

_WORK: Mapping[str, Work] = {LOAD: load_of_job, SAMPLE: sample_of_job}
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")


@click.group()
def load() -> None:
    """Bring facts in and see what became of them."""


@load.command("run")
@click.argument("name")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file to read in place of the specification's own.",
)
@_JSON
def run(name: str, file: Path | None, as_json: bool) -> None:
    """Load the source NAME (see `indicube load names`); exit 3 when it is held or rejected."""
    settings = Settings.from_environment()
    find_specification(_specifications(settings), name)
    path = str(file.resolve()) if file else None
    job = _do(settings, LOAD, {"name": name, "file": path}, f"Loading {name}")
    _tell(job, as_json, _load_sentence)


@load.command("names")
@_JSON
def names(as_json: bool) -> None:
    """List the sources that can be loaded, with their tables."""
    found = _specifications(Settings.from_environment())
    rows = [{"name": each.name, "table": each.table, **each.labels} for each in found.values()]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['name']:<24} {row['table']:<24} {row['en']} / {row['zh']}")


@load.command("list")
@click.option("--table", help="Only the loads of this table.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@_JSON
def list_(table: str | None, limit: int, as_json: bool) -> None:
    """List the latest loads, newest first."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        loads = list_loads(session, limit, table=table)
    if as_json:
        click.echo(json.dumps([load_details(each) for each in loads], indent=2))
        return
    for line in load_lines(loads):
        click.echo(line)


@load.command("show")
@click.argument("number", type=int)
@click.option("--rows", type=click.IntRange(0, 1000), default=20, show_default=True)
@_JSON
def show(number: int, rows: int, as_json: bool) -> None:
    """Show the load NUMBER, with the first ROWS of its quarantined values."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        found = find_load(session, number)
        refused = quarantined_rows(session, number, rows)
    details = load_details(found)
    if as_json:
        quarantine = [dict(vars(row)) for row in refused]
        click.echo(json.dumps({**details, "quarantine": quarantine}, indent=2, ensure_ascii=False))
        return
    for name, value in details.items():
        if value is not None:
            click.echo(f"{name:<18} {value}")
    for row in refused:
        place = f"line {row.line}" + (f", {row.column}" if row.column else "")
        click.echo(f"quarantined: {place}: {row.raw!r}: {row.message}")


@click.command()
@click.argument("pack", required=False)
@_JSON
def sample(pack: str | None, as_json: bool) -> None:
    """Apply the model and definitions of PACK and load its real facts; safe to run again."""
    settings = Settings.from_environment()
    make_home(settings.home)
    arguments = {"pack": pack or served_model(settings).pack}
    job = _do(settings, SAMPLE, arguments, f"Loading {arguments['pack']}")
    _tell(job, as_json, _sample_sentence)


commands = click.Group("loaders", {"load": load, "sample": sample})


def _specifications(settings: Settings) -> Mapping[str, Specification]:
    model = served_model(settings)
    return checked_specifications(model_folder(settings), model.pack, model)


def _do(settings: Settings, function: str, arguments: Mapping[str, Any], label: str) -> Job:
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


def _tell(job: Job, as_json: bool, sentence: Any) -> None:
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


def _load_sentence(result: Mapping[str, Any]) -> str:
    name, number = result["specification"], result["load"]
    if result["is_known"]:
        return f"{name}: this file is loaded already, as load {number}"
    refused = result["quarantined"]
    aside = f", {refused:,} in quarantine" if refused else ""
    rows = f"{result['stored']:,} rows{aside}"
    return f"{name}: {rows}; load {number}, visible from snapshot {result['snapshot']}"


def _sample_sentence(result: Mapping[str, Any]) -> str:
    return "\n".join(_load_sentence(each) for each in result["loads"])
