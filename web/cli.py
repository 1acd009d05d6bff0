"""The command `indicube`: its sub-commands come from the entry-point group `indicube.commands`.

A sub-command's module is imported only when it is called, so that each starts quickly. Whatever
goes wrong is one sentence on standard error; the exit code says whose fault it was.
"""

import errno
import os
import sys
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

import click

from server.errors import IndicubeError

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP = "indicube.commands"


class Commands(click.Group):
    """The sub-commands that are installed, by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Their names, in alphabetical order."""
        return sorted(found.name for found in entry_points(group=GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The one of that name, imported now."""
        found: Sequence[EntryPoint] = tuple(entry_points(group=GROUP, name=cmd_name))
        command = found[0].load() if found else None
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands, context_settings={"max_content_width": 100})
@click.version_option(package_name="indicube")
def commands() -> None:
    """Facts in ClickHouse, a cube model over them, scorecards in the browser."""


@click.command()
def web() -> None:
    """Serve the screens; workers and the scheduler run on their own."""
    from server.settings import Settings
    from web.serving import serve

    sys.exit(serve(Settings.from_environment(), is_whole=False))


def main() -> None:
    """Run the command line; every expected failure is a sentence and an exit code."""
    try:
        commands(standalone_mode=False)
    except IndicubeError as reason:
        _fail(reason.sentence, reason.exit_code)
    except click.ClickException as reason:
        reason.show()
        sys.exit(2)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", 130)
    except BrokenPipeError:
        _write_no_more()
        sys.exit(1)
    except OSError as reason:
        if reason.errno != errno.ENOSPC:
            raise
        _write_no_more()
        _fail(f"the disk of {reason.filename or 'the output'} is full", 1)


def _write_no_more() -> None:
    """What still waits to be written goes nowhere, or the end itself would fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(sentence: str, code: int) -> None:
    click.echo(f"indicube: {sentence}", err=True)
    sys.exit(code)
