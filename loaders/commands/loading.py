"""`indicube load` and `indicube sample`; what changes loads that are there is in `altering`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from loaders.commands.altering import ALTERING
from loaders.commands.running import have_done, tell
from loaders.context import checked_specifications, imported_specifications, model_folder
from loaders.correcting import refused_lines
from loaders.job import FUNCTION as LOAD
from loaders.listing import (
    counted_rows,
    detail_lines,
    history_lines,
    load_details,
    load_history,
    load_lines,
)
from loaders.sample import FUNCTION as SAMPLE
from loaders.specification import Specification, find_specification
from server.commands.opening import metadata_of
from server.errors import SettingsError
from server.home import make_home
from server.imported_models import in_force
from server.metadata.imports import all_imports
from server.metadata.loads import find_load, list_loads, quarantined_rows
from server.metadata.publications import list_publications
from server.runtime import served_model
from server.settings import Settings

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
@click.option(
    "--scope",
    multiple=True,
    help="A scope key that the file covers, like month=2013-01; may be given several times.",
)
@_JSON
def run(name: str, file: Path | None, scope: tuple[str, ...], as_json: bool) -> None:
    """Load the source NAME (see `indicube load names`); exit 3 when it is held or rejected."""
    settings = Settings.from_environment()
    find_specification(_specifications(settings), name)
    path = str(file.resolve()) if file else None
    arguments = {"name": name, "file": path, "scope": list(scope)}
    job = have_done(settings, LOAD, arguments, f"Loading {name}")
    tell(job, as_json, _load_sentence)


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
    if not loads:
        click.echo(f"there is no load of {table}" if table else "there is no load yet", err=True)
        return
    for line in load_lines(loads):
        click.echo(line)


@load.command("show")
@click.argument("number", type=int)
@click.option("--rows", type=click.IntRange(0, 1000), default=20, show_default=True)
@_JSON
def show(number: int, rows: int, as_json: bool) -> None:
    """Show the load NUMBER: what it covers and replaced, and ROWS of its quarantined values."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        found = find_load(session, number)
        refused = quarantined_rows(session, number, rows)
        history = load_history(session, found)
    details = load_details(found)
    if as_json:
        quarantine = [dict(vars(row)) for row in refused]
        shown = {**details, **history, "quarantine": quarantine}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for line in detail_lines(found):
        click.echo(line)
    for line in history_lines(history):
        click.echo(line)
    for row in refused:
        place = f"line {row.line}" + (f", {row.column}" if row.column else "")
        click.echo(f"quarantined: {place}: {row.raw!r}: {row.message}")


@load.command("publications")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@_JSON
def publications(limit: int, as_json: bool) -> None:
    """List the latest states of the facts, newest first: `diff 4..7` compares two of them."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        found = list_publications(session, limit)
    if as_json:
        told = [{**vars(each), "at": each.at.isoformat()} for each in found]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("nothing was published yet", err=True)
    for each in found:
        click.echo(f"{each.number:>6}  {each.at:%Y-%m-%d %H:%M:%S} UTC  {each.by}: {each.what}")


@load.command("quarantine")
@click.argument("number", type=int)
def quarantine(number: int) -> None:
    """Print the refused lines of the load NUMBER, to be mended and given back with `correct`."""
    settings = Settings.from_environment()
    with metadata_of(settings) as metadata:
        lines = list(refused_lines(metadata, settings.spool, _specifications(settings), number))
    for line in lines:
        click.echo(line)
    if len(lines) == 1:
        click.echo(f"load {number} has no refused line that is not mended yet", err=True)


@click.command()
@click.argument("pack", required=False)
@_JSON
def sample(pack: str | None, as_json: bool) -> None:
    """Apply the model and definitions of PACK and load its real facts; safe to run again."""
    settings = Settings.from_environment()
    make_home(settings.home)
    arguments = {"pack": pack or served_model(settings).pack}
    job = have_done(settings, SAMPLE, arguments, f"Loading {arguments['pack']}")
    tell(job, as_json, _sample_sentence)


for command in ALTERING:
    load.add_command(command)

commands = click.Group("loaders", {"load": load, "sample": sample})


def _specifications(settings: Settings) -> Mapping[str, Specification]:
    model = served_model(settings)
    own = checked_specifications(model_folder(settings), model.pack, model)
    return {**_imported(settings), **own}


def _imported(settings: Settings) -> Mapping[str, Specification]:
    """Those of imported models; none where nothing was ever kept."""
    try:
        with metadata_of(settings) as metadata, metadata.read() as session:
            return imported_specifications(in_force(all_imports(session)).values())
    except SettingsError:
        return {}


def _load_sentence(result: Mapping[str, Any]) -> str:
    name, number = result["specification"], result["load"]
    if result.get("waits_until"):
        return f"{name}: file {result['file']} waits for others until {result['waits_until']}"
    if result["is_known"]:
        return f"{name}: this file is loaded already, as load {number}"
    refused = result["quarantined"]
    aside = f", {refused:,} in quarantine" if refused else ""
    rows = f"{counted_rows(result['stored'])}{aside}"
    told = f"{name}: {rows}; load {number}, visible from snapshot {result['snapshot']}"
    return "\n".join([told, *(_restated_line(each) for each in result.get("restated", ()))])


def _restated_line(restated: Mapping[str, Any]) -> str:
    scope = restated["scope"] or "everything"
    before, rows = restated["rows_before"], restated["rows"]
    return (
        f"  {scope}: {counted_rows(rows)} in place of {before:,} of load {restated['load_before']}"
    )


def _sample_sentence(result: Mapping[str, Any]) -> str:
    return "\n".join(_load_sentence(each) for each in result["loads"])
