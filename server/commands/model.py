"""`indicube model`: checks, compares and applies the definitions that `cube_models/` holds."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from server.cube.model import Model, load_model
from server.metadata.definitions import current_definitions
from server.metadata.session import Metadata, open_metadata
from server.runtime import utc_now
from server.scorecards.packs import Pack, apply_pack, read_pack
from server.settings import Settings


@click.group()
def model() -> None:
    """Check, compare and apply cube models, indicators and scorecards."""


@model.command()
@click.argument("pack")
@click.option("--models", type=click.Path(path_type=Path), help="A folder of packs.")
def check(pack: str, models: Path | None) -> None:
    """Name every mistake of PACK with its file and place; exit 0 when there is none."""
    cubes, definitions = _read(pack, models)
    click.echo(
        f"{pack}: {len(cubes.cubes)} cubes, {len(definitions.indicators)} indicators, "
        f"{len(definitions.scorecards)} scorecards, no mistake"
    )


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
