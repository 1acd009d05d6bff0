"""`indicube up`: everything on this machine, by one command."""

import os
import sys

import click


@click.command()
@click.option("--sample", metavar="PACK", help="Load the sample facts of this pack first.")
def up(sample: str | None) -> None:
    """Start Indicube with all it needs and keep it running."""
    arguments = ["--sample", sample] if sample else []
    sys.stdout.flush()
    # The command line turns into the supervisor: nothing of what it imported stays in memory.
    os.execv(  # noqa: S606 -- our own interpreter
        sys.executable, [sys.executable, "-P", "-m", "server.embedded", *arguments]
    )
