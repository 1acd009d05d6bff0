"""`indicube rollup`: lists, advises, builds, verifies and drops roll-ups."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from server.commands.opening import metadata_of
from server.commands.working import have_done
from server.metadata.rollups import KnownRollUp, known_roll_ups
from server.runtime import served_model
from server.settings import Settings

ROLL_UP = "loaders.rolling_up.run_roll_up"

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
_NAME = click.argument("name", required=False)


@click.group()
def rollup() -> None:
    """Prepare figures by a few keys, so that questions read fewer rows."""


@rollup.command("list")
@_AS_JSON
def list_(as_json: bool) -> None:
    """Say which roll-ups the model declares and which of them serve questions."""
    settings = Settings.from_environment()
    with metadata_of(settings) as metadata, metadata.read() as session:
        known = known_roll_ups(session)
    listed = [
        _described(cube.name, each.name, known.get((each.table, each.projection.physical)))
        for cube in served_model(settings).cubes.values()
        for each in cube.roll_ups
    ]
    if as_json:
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for one in listed:
        click.echo(one["sentence"])
    if not listed:
        click.echo("The model declares no roll-ups; `indicube rollup advise` says what would pay.")


@rollup.command()
@_AS_JSON
def advise(as_json: bool) -> None:
    """Say which roll-ups the questions of the last days would have been answered from."""
    found = _done("advise", None, "Reckoning", as_json)
    if as_json:
        return
    for each in found["advice"]:
        click.echo(each["sentence"])
        if each["pays"]:
            declared = {"name": "…", "keys": each["keys"], "aggregates": each["aggregates"]}
            click.echo(f"  {json.dumps(declared, ensure_ascii=False)}")
    if not found["advice"]:
        click.echo("No question was asked that a roll-up would serve and none does.")


@rollup.command()
@_NAME
@_AS_JSON
def build(name: str | None, as_json: bool) -> None:
    """Make the roll-up NAME, or all, from the facts; a right one serves from then on."""
    _checked("build", name, "Building", as_json)


@rollup.command()
@_NAME
@_AS_JSON
def verify(name: str | None, as_json: bool) -> None:
    """Compare the roll-up NAME, or all, with the facts; one that differs serves no more."""
    _checked("verify", name, "Verifying", as_json)


@rollup.command()
@click.argument("name")
@_AS_JSON
def drop(name: str, as_json: bool) -> None:
    """Take the roll-up NAME away until it is built again; to be rid of it, mend the model."""
    _done(
        "drop", name, "Dropping", as_json, lambda found: f"dropped: {', '.join(found['dropped'])}"
    )


def _checked(work: str, name: str | None, label: str, as_json: bool) -> None:
    found = _done(
        work,
        name,
        label,
        as_json,
        lambda found: (
            "\n".join(each["sentence"] for each in found["roll_ups"]) or "there is nothing to do"
        ),
    )
    if not found["is_well"]:
        sys.exit(1)


def _done(
    work: str,
    name: str | None,
    label: str,
    as_json: bool,
    told: Callable[[Mapping[str, Any]], str] | None = None,
) -> Mapping[str, Any]:
    arguments = {"do": work, "name": name}
    job = have_done(Settings.from_environment(), ROLL_UP, arguments, label, "part")
    if job.state != "done" or job.result is None:
        if as_json:
            click.echo(json.dumps({"job": job.id, "state": job.state, "error": job.error}))
        else:
            click.echo(f"indicube: {job.error or f'the job was {job.state}'}", err=True)
        sys.exit(job.exit_code or 1)
    if as_json:
        click.echo(json.dumps({"job": job.id, **job.result}, indent=2, ensure_ascii=False))
    elif told is not None:
        click.echo(told(job.result))
    return job.result


def _described(cube: str, name: str, known: KnownRollUp | None) -> dict[str, Any]:
    state = known.state if known else "not built"
    sentences = {
        "ready": "serves questions",
        "not built": "is not built: `indicube rollup build` makes it",
        "disabled": f"serves nobody until it is built anew: {known.reason if known else ''}",
    }
    return {
        "cube": cube,
        "name": name,
        "state": state,
        "rows": known.rows if known else None,
        "reason": known.reason if known else None,
        "built_at": known.built_at.isoformat() if known and known.built_at else None,
        "verified_at": known.verified_at.isoformat() if known and known.verified_at else None,
        "sentence": f"{cube}: {name} {sentences[state]}",
    }
