"""`indicube model`: checks, compares and applies the definitions that `cube_models/` holds."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from server.commands.checking import Checked, check_cubes_model, check_pack
from server.cube.cubes_files import is_cubes_model
from server.cube.model import Model, load_model
from server.metadata.definitions import current_definitions
from server.metadata.session import Metadata, open_metadata
from server.runtime import packs_in, utc_now
from server.scorecards.packs import Pack, apply_pack, read_pack
from server.settings import Settings


@click.group()
def model() -> None:
    """Check, compare and apply cube models, indicators and scorecards."""


@model.command()
@click.argument("path", required=False)
@click.option("--models", type=click.Path(path_type=Path), help="A folder of packs.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def check(path: str | None, models: Path | None, as_json: bool) -> None:
    """Name every mistake with its file and line; exit 0 when there is none, else 2.

    PATH is a pack, a folder of packs, or a model of cubes 1.1 (its file, or the folder with
    model.json); without it the packs that are served here are checked.
    """
    found = tuple(_checked(path, models))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        _tell(found)
    if any(each.mistakes for each in found):
        sys.exit(2)


@model.command()
@click.argument("pack")
@click.option("--models", type=click.Path(path_type=Path), help="A folder of packs.")
def diff(pack: str, models: Path | None) -> None:
    """Say which definitions of PACK differ from those in force, without changing anything."""
    _, definitions = _read(pack, models)
    metadata = _metadata()
    try:
        for sentence in differences(metadata, definitions) or ("nothing differs",):
            click.echo(sentence)
    finally:
        metadata.close()


@model.command()
@click.argument("pack")
@click.option("--models", type=click.Path(path_type=Path), help="A folder of packs.")
@click.option("--reason", required=True, help="Why, for the history of the definitions.")
@click.option("--author", default="command line", show_default=True, help="Who changes them.")
def apply(pack: str, models: Path | None, reason: str, author: str) -> None:
    """Make the definitions of PACK the ones in force; changed ones become new versions."""
    _, definitions = _read(pack, models)
    metadata = _metadata()
    try:
        applied = apply_pack(metadata, definitions, author=author, reason=reason, now=utc_now())
    finally:
        metadata.close()
    changed = (*applied.indicators, *applied.scorecards)
    click.echo(f"new versions: {', '.join(changed)}" if changed else "nothing differs")


def differences(metadata: Metadata, pack: Pack) -> tuple[str, ...]:
    """One sentence for each definition that applying the pack would change."""
    sentences = []
    for kind, bodies in (("indicator", pack.indicators), ("scorecard", pack.scorecards)):
        with metadata.read() as session:
            current = current_definitions(session, kind)
        for code, body in sorted(bodies.items()):
            if code not in current:
                sentences.append(f"+ {kind} {code} is new")
                continue
            before = current[code].body
            parts = sorted(k for k in {*before, *body} if before.get(k) != body.get(k))
            if parts:
                version = current[code].version
                sentences.append(f"~ {kind} {code} (version {version}): {', '.join(parts)}")
    return tuple(sentences)


def _checked(path: str | None, models: Path | None) -> Iterator[Checked]:
    """What PATH means, checked."""
    settings = Settings.from_environment()
    given = Path(path) if path else None
    if given is not None and is_cubes_model(given):
        yield check_cubes_model(given)
        return
    if given is not None and (given / "cubes.json").is_file():
        yield check_pack(given.resolve().parent, given.resolve().name)
        return
    if given is not None and given.is_dir() and packs_in(given):
        yield from (check_pack(given, pack) for pack in packs_in(given))
        return
    folder = _folder(models)
    with _metadata_if_any(settings) as metadata:
        for pack in (path,) if path else settings.packs or packs_in(folder):
            yield check_pack(folder, pack, metadata if models is None else None)


@contextmanager
def _metadata_if_any(settings: Settings) -> Iterator[Metadata | None]:
    """The metadata of an installation that is there already; none before its first start."""
    address = settings.database
    if address.startswith("sqlite:///") and not Path(address[len("sqlite:///") :]).is_file():
        yield None
        return
    metadata = open_metadata(address)
    try:
        yield metadata
    finally:
        metadata.close()


def _tell(found: Iterable[Checked]) -> None:
    for each in found:
        for mistake in each.mistakes:
            click.echo(mistake.sentence, err=True)
        for note in each.notes:
            click.echo(f"note: {note}")
        if not each.mistakes:
            click.echo(f"{each.name}: {each.parts}, no mistake")
        else:
            number = len(each.mistakes)
            click.echo(f"{each.name}: {number} mistake{'' if number == 1 else 's'}", err=True)


def _read(pack: str, models: Path | None) -> tuple[Model, Pack]:
    folder = _folder(models)
    cubes = load_model(folder, pack)
    return cubes, read_pack(folder, pack, cubes)


def _folder(models: Path | None) -> Traversable:
    return models or Settings.from_environment().model_folder or files("cube_models")


def _metadata() -> Metadata:
    metadata = open_metadata(Settings.from_environment().database)
    metadata.migrate()
    return metadata
