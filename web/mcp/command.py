"""`indicube mcp`: language models ask a running Indicube, over standard input and output."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from server.errors import InvalidInput
from server.exports.spec import LANGUAGES

TOKEN = "INDICUBE_TOKEN"  # noqa: S105 -- the name of a variable


@click.command()
@click.option(
    "--url",
    envvar="INDICUBE_URL",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where Indicube answers.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"The file that holds the token; without it the variable {TOKEN} does.",
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def mcp(url: str, token_file: Path | None, language: str) -> None:
    """Let a language model ask, with the rights of a token (Model Context Protocol)."""
    if find_spec("mcp") is None:
        raise InvalidInput("This needs the package `mcp`: pip install 'indicube[mcp]'.")
    from web.mcp.installation import Installation
    from web.mcp.serving import server_of

    server_of(Installation(url, _token(token_file), language)).run("stdio")
    sys.exit(0)


def _token(file: Path | None) -> str:
    given = file.read_text(encoding="utf-8") if file else os.environ.get(TOKEN, "")
    if not given.strip():
        raise InvalidInput(
            f"No token was given: put one into {TOKEN} or a file and name it with --token-file. "
            "`indicube token create --user NAME` makes one.",
            field=TOKEN,
        )
    return given.strip()
