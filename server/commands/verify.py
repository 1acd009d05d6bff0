"""`indicube verify`: compares facts, ledger and spool, and heals what the spool can heal."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from server.commands.working import have_done
from server.ledger.night import VERIFICATION
from server.settings import Settings

_CLOSED = "is closed: it gives no figures until a verification finds its rows whole again."


@click.command()
@click.option("--load", type=click.IntRange(1), help="Only the batches of this load.")
@click.option("--deep", is_flag=True, help="Read every byte, and every source anew.")
@click.option("--look", is_flag=True, help="Say what is wrong and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def verify(load: int | None, deep: bool, look: bool, as_json: bool) -> None:
    """Compare every batch with the ledger and its source, and put damaged rows back.

    Exit 0 when nothing is wrong any more, 1 when something is left that people must mend.
    """
    arguments = {"depth": "deep" if deep else "usual", "load": load, "heal": not look}
    label = "Verifying deeply" if deep else "Verifying"
    job = have_done(Settings.from_environment(), VERIFICATION, arguments, label, "batch")
    if job.state != "done" or job.result is None:
        if as_json:
            click.echo(json.dumps({"job": job.id, "state": job.state, "error": job.error}))
        else:
            click.echo(f"indicube: {job.error or f'the job was {job.state}'}", err=True)
        sys.exit(job.exit_code or 1)
    if as_json:
        click.echo(json.dumps({"job": job.id, **job.result}, indent=2, ensure_ascii=False))
    else:
        for line in _lines(job.result):
            click.echo(line)
    if not job.result["is_well"]:
        sys.exit(1)


def _lines(result: Mapping[str, Any]) -> list[str]:
    found = [finding["sentence"] for finding in result["findings"]]
    healed = sum(1 for finding in result["findings"] if finding["is_healed"])
    looked_at = f"{_counted(result['batches'], 'batch')} of {_counted(result['loads'], 'load')}"
    found += [f"{each['sentence']}." for each in result.get("uncompared", ())]
    found += [f"{table} {_CLOSED}" for table in result.get("closed", ())]
    if not result["findings"]:
        return [*found, f"{looked_at}: all as the ledger says."]
    return [
        *found,
        f"{looked_at}: {_counted(len(result['findings']), 'finding')}, {healed} healed.",
    ]


def _counted(number: int, noun: str) -> str:
    plural = "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{'' if number == 1 else plural}"
