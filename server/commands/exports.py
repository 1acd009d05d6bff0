"""`indicube export`: make a file, list the files, and prove that a file still says the truth.

Beside a running Indicube the work goes through its queue, because one process alone can open an
embedded store; else this process does it under the home lock. Either way the job's row is followed.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import click
from rich.console import Console

from server.commands.following import follow
from server.commands.opening import metadata_of, now
from server.commands.working import Watching
from server.errors import HomeLocked, NotFound
from server.exports.job import make_export, verify_in_job
from server.exports.reading import read_file
from server.exports.spec import FORMATS, LANGUAGES, ExportSpec, read_spec
from server.exports.verifying import FUNCTION as VERIFICATION
from server.exports.verifying import MATCHES, arguments_of
from server.home import HomeLock
from server.metadata.exports import Export, ask_export, find_export, list_exports, tell_exports
from server.metadata.jobs import Job, create_job
from server.metadata.session import Metadata
from server.metadata.users import FIRST_USER, named_user
from server.queue import Queue
from server.runtime import Runtime, open_runtime
from server.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
_NOT_THE_SAME = 3  # exit code: the file is altered, or the facts have moved on
Work = Callable[[Runtime, str], None]


@click.group()
def export() -> None:
    """Write scorecards and slices as files, and prove files."""


@export.command("run")
@click.argument("kind", type=click.Choice(["scorecard", "slice", "facts"]))
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Else from TARGET.")
@click.option("--query", default="", help="What stands behind ? in the address of the screen.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--user", default=FIRST_USER, show_default=True, help="Whose rights and scope count.")
@_JSON
def run(
    kind: str,
    name: str,
    target: Path,
    file_format: str | None,
    query: str,
    language: str,
    user: str,
    as_json: bool,
) -> None:
    """Write the scorecard, or the slice or facts of the cube NAME, to the file TARGET."""
    suffix = target.suffix.lower().removeprefix(".")
    spec = _spec_of(kind, name, file_format or suffix, language, query)
    settings = Settings.from_environment()
    with metadata_of(settings) as metadata:
        made = _made(settings, metadata, spec, user, target.stem)
        source = settings.exports / str(made.file_name)
        shutil.copyfile(source, target)
    told = {"export": made.id, "file": str(target), "fingerprint": made.fingerprint}
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{target}: {made.size:,} bytes, fingerprint {made.fingerprint}")


@export.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@_JSON
def list_(limit: int, as_json: bool) -> None:
    """List the latest exports of everybody, newest first."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        found = list_exports(session, limit=limit)
    rows = [_row(one) for one in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['export']}  {row['at']}  {row['state']:<9} {row['format']:<7} "
            f"{row['by']:<12} {row['title']}"
        )


@export.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_JSON
def verify(file: Path, as_json: bool) -> None:
    """Say whether FILE matches, was altered, or shows what has moved on since (then exit 3)."""
    settings = Settings.from_environment()
    arguments = arguments_of(read_file(file))
    with metadata_of(settings) as metadata:
        with metadata.write() as session:
            job = create_job(session, VERIFICATION, arguments, "command line", now())
        ended = _done(settings, metadata, job, verify_in_job, f"Verifying {file.name}")
    result = ended.result or {}
    if as_json:
        click.echo(json.dumps(dict(result), indent=2, ensure_ascii=False))
    else:
        click.echo(_verdict_sentence(file, result))
    if result.get("verdict") != MATCHES:
        sys.exit(_NOT_THE_SAME)


def _spec_of(kind: str, name: str, file_format: str, language: str, query: str) -> ExportSpec:
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    kept: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "format": file_format,
        "language": language,
    }
    if kind != "scorecard":
        return read_spec({**kept, "query": [pair for pair in pairs if pair[0] != "lang"]})
    cuts = [value.split(":", 1) for key, value in pairs if key == "cut" and ":" in value]
    return read_spec({**kept, "period": dict(pairs).get("period"), "cuts": cuts})


def _made(
    settings: Settings, metadata: Metadata, spec: ExportSpec, user: str, title: str
) -> Export:
    with metadata.write() as session:
        person = named_user(session, user)
        asked = ask_export(
            session,
            user=person.id,
            by=person.name,
            spec=spec.as_mapping(),
            file_format=spec.format,
            title=title,
            now=now(),
        )
    _done(settings, metadata, asked.job, make_export, f"Writing {title}")
    with metadata.write() as session:
        tell_exports(session, person.id, (asked.id,), now())
        made = find_export(session, asked.id)
    if not made.has_file:
        raise NotFound("The export has no file.", field="export")
    return made


def _done(settings: Settings, metadata: Metadata, job: Job, work: Work, label: str) -> Job:
    """Have the job done here or in the running Indicube; its error ends the command."""
    console = Console(stderr=True)
    with _held(settings) as is_held:
        if is_held:
            ended = _work_here(settings, metadata, job, work, label, console)
        else:
            Queue(settings.redis).enqueue(job.function, job.id)
            look = Watching(settings.home).look
            ended = follow(metadata, job.id, label, console, look=look)
    if ended.state != "done":
        click.echo(f"indicube: {ended.error or f'the job was {ended.state}'}", err=True)
        sys.exit(ended.exit_code or 1)
    return ended


def _work_here(
    settings: Settings, metadata: Metadata, job: Job, work: Work, label: str, console: Console
) -> Job:
    runtime = open_runtime(settings)
    try:
        thread = Thread(target=_work, args=(runtime, job, work), name=label)
        thread.start()
        ended = follow(metadata, job.id, label, console)
        thread.join()
        return ended
    finally:
        runtime.close()


def _work(runtime: Runtime, job: Job, work: Work) -> None:
    """Every attempt that the job has: there is no scheduler here that would ring again."""
    for _ in range(runtime.settings.job_attempts):
        work(runtime, job.id)


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


def _row(one: Export) -> dict[str, Any]:
    return {
        "export": one.id,
        "at": one.created_at.isoformat(timespec="seconds"),
        "state": one.state,
        "format": one.format,
        "by": one.job.by,
        "title": one.title,
        "fingerprint": one.fingerprint,
        "error": one.job.error,
    }


def _verdict_sentence(file: Path, result: Mapping[str, Any]) -> str:
    words = {"matches": "matches", "altered": "ALTERED", "moved_on": "has moved on"}
    head = f"{file.name}: {words[str(result['verdict'])]}"
    told = "; ".join(result["reasons"])
    where = f"snapshot {result['snapshot']}, fingerprint {str(result['fingerprint'])[:16]}"
    return f"{head}: {told} ({where})" if told else f"{head} ({where})"
