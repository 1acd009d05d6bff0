"""`indicube settings`: what can be set, what is set and what it means."""

import json
import os
import textwrap

import click

from server.settings import TABLE, Settings, unknown_variables, without_password


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
def settings(as_json: bool) -> None:
    """Show every setting, its value here and what it is for."""
    here = Settings.from_environment()
    shown = {setting.variable: _shown(getattr(here, setting.name)) for setting in TABLE}
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    for setting in TABLE:
        is_given = {setting.variable, f"{setting.variable}_FILE"} & os.environ.keys()
        line = f"{setting.variable}={shown[setting.variable]}"
        click.echo(click.style(line, bold=bool(is_given)) + ("" if is_given else "  (default)"))
        click.echo(_indented(setting.sentence))
    for name in unknown_variables(os.environ):
        click.echo(f"indicube: {name} is set, but there is no such setting", err=True)


def _indented(sentence: str) -> str:
    """The sentence, indented below its variable."""
    return textwrap.fill(sentence, 88, initial_indent="    ", subsequent_indent="    ")


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    return without_password(str(value))
