"""Says how a command's job ended; `have_done` has it done, here or in the running Indicube."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from server.commands.working import have_done
from server.metadata.jobs import Job

__all__ = ["have_done", "tell"]


def tell(job: Job, as_json: bool, sentence: Callable[[Mapping[str, Any]], str]) -> None:
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
