"""`indicube cube`: models of cubes 1.1 come in with their data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from loaders.commands.running import have_done, tell
from loaders.importing.job import FUNCTION
from loaders.listing import counted_rows
from server.commands.opening import metadata_of
from server.home import make_home
from server.imported_models import ImportedModels
from server.runtime import served_model
from server.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
_PATH = click.Path(path_type=Path, exists=True)


@click.group()
def cube() -> None:
    """Bring in models of DataBrewery Cubes with their data."""


@cube.command("import")
@click.argument("model", type=_PATH)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder with <table>.csv or <table>.parquet of every table; else that of MODEL.",
)
@click.option(
    "--rename",
    multiple=True,
    metavar="OLD=NEW",
    help="Call the model's cube OLD here NEW; may be given several times.",
)
@click.option(
    "--replace", is_flag=True, help="Take the place of imported cubes that have the same names."
)
@_JSON
def import_model(
    model: Path, data: Path | None, rename: tuple[str, ...], replace: bool, as_json: bool
) -> None:
    """Serve the cubes of MODEL, a JSON file of cubes 1.1, with the data beside it.

    Ends when model and data are published together. The same once more changes nothing; changed
    data restate what was there. Exit 3 when the data have mistakes.
    """
    settings = Settings.from_environment()
    make_home(settings.home)
    folder = data or (model if model.is_dir() else model.parent)
    arguments = {
        "model": str(model.resolve()),
        "data": str(folder.resolve()),
        "rename": _renames(rename),
        "replace": replace,
    }
    job = have_done(settings, FUNCTION, arguments, f"Importing {model.name}")
    tell(job, as_json, _sentence)


@cube.command("list")
@_JSON
def list_imported(as_json: bool) -> None:
    """List the imported models: their cubes, since which snapshot, and who brought them."""
    rows = _imported(Settings.from_environment())
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['model']:<24} {', '.join(row['cubes'])}  (version {row['version'][:12]}, from "
            f"snapshot {row['snapshot']}, by {row['by']} at {row['at']})"
        )


def _renames(given: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for text in given:
        old, sign, new = text.partition("=")
        if not (old and sign and new):
            raise click.BadParameter(f"{text!r} is not OLD=NEW", param_hint="--rename")
        if old in found:
            raise click.BadParameter(f"{old} is renamed twice", param_hint="--rename")
        found[old] = new
    return found


def _sentence(result: Mapping[str, Any]) -> str:
    lines = [*_type_lines(result["guessed"]), *(f"note: {note}" for note in result["notes"])]
    cubes = ", ".join(result["cubes"])
    if result["is_unchanged"]:
        return "\n".join([*lines, f"{result['model']}: nothing has changed; it serves {cubes}"])
    before = {one["table"]: one for one in result["restated"]}
    lines += [_table_line(table, before.get(table["table"])) for table in result["tables"]]
    if result["replaced"]:
        lines.append(f"  takes the place of {', '.join(result['replaced'])}")
    told = f"{result['model']}: serves {cubes} from snapshot {result['snapshot']}"
    return "\n".join([*lines, told])


def _type_lines(guessed: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"types of {table}, as its values are: "
        + ", ".join(f"{column} {kind}" for column, kind in columns.items())
        for table, columns in guessed.items()
    ]


def _table_line(table: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    told = f"  {table['source']}: {counted_rows(table['rows'])}, load {table['load']}"
    if table["is_known"]:
        return f"{told}, as it was"
    if before:
        return f"{told}, in place of {before['rows_before']:,} of load {before['load_before']}"
    return told


def _imported(settings: Settings) -> list[dict[str, Any]]:
    with metadata_of(settings) as metadata:
        imports = ImportedModels(metadata, served_model(settings))
        cubes = imports.current().cubes.values()
        return [
            {
                "model": name,
                "cubes": [one.name for one in cubes if one.imported_as == name],
                "version": one_of.version,
                "snapshot": one_of.snapshot,
                "by": one_of.author,
                "at": one_of.at.isoformat(),
            }
            for name, one_of in imports.versions.items()
        ]
