"""`indicube link`: stable links, each to one table as CSV or JSON."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import click

from server.commands.greeting import address
from server.commands.opening import metadata_of, now
from server.errors import InvalidInput
from server.links.answering import checked
from server.metadata.links import KINDS, Question, create_link, links_of, revoke_link
from server.metadata.session import Session
from server.metadata.users import User, named_user
from server.metadata.views import view_named
from server.runtime import open_without_facts
from server.settings import Settings

_OWNER = click.option("--user", "name", required=True, help="Whose link it is.")


@click.group()
def link() -> None:
    """Addresses that open one table each, for Excel and its like."""


@link.command("create")
@_OWNER
@click.option("--view", help="A saved view of theirs, by its name.")
@click.option("--scorecard", help="A scorecard, by its code.")
@click.option("--indicator", help="An indicator over time, by its code.")
@click.option("--cube", help="Aggregates of a cube; what is asked stands in --ask.")
@click.option(
    "--ask",
    "words",
    multiple=True,
    metavar="NAME=TEXT",
    help="What is asked, as in the API: drilldown=organisation:carrier, cut=time:2013,4, "
    "aggregates=flights; of scorecards and indicators period and cut. May be repeated.",
)
@click.option("--title", default="", help="What the link is called.")
@click.option("--days", type=click.IntRange(1, 366), default=365, show_default=True)
def create(
    name: str,
    view: str | None,
    scorecard: str | None,
    indicator: str | None,
    cube: str | None,
    words: tuple[str, ...],
    title: str,
    days: int,
) -> None:
    """Make a link; its address stands alone on the last line and is shown this once."""
    subjects = {"view": view, "scorecard": scorecard, "indicator": indicator, "aggregate": cube}
    chosen = [(kind, subject) for kind, subject in subjects.items() if subject]
    if len(chosen) != 1:
        raise click.UsageError("Give one of --view, --scorecard, --indicator and --cube.")
    ((kind, subject),) = chosen
    settings = Settings.from_environment()
    with metadata_of(settings) as metadata, metadata.read() as reading:
        owner = named_user(reading, name)
        question = _question(reading, owner, kind, subject, words)
    runtime = open_without_facts(settings)
    try:
        found = checked(runtime, owner.person_at(now()), question)
        with runtime.metadata.write() as writing:
            life = timedelta(days=days)
            secret = create_link(writing, owner, title or subject, found, now(), life)
    finally:
        runtime.close()
    site = settings.public_url or address(settings)
    click.echo(f"A link of {name} for {days} days; .json in place of .csv for JSON:", err=True)
    click.echo(f"{site}/links/{secret}/table.csv")


@link.command("list")
@_OWNER
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array.")
def list_(name: str, as_json: bool) -> None:
    """List somebody's links, the latest first, with those that ended."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as reading:
        found = links_of(reading, named_user(reading, name))
    rows = [
        {
            "number": one.id,
            "title": one.title,
            "kind": one.question.kind,
            "subject": one.question.subject,
            "begins": one.hint,
            "open": one.is_open(now()),
            "until": one.expires_at.isoformat(),
            "used": one.used_at.isoformat() if one.used_at else None,
        }
        for one in found
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        state = f"until {str(row['until'])[:10]}" if row["open"] else "ended"
        used = f"used {str(row['used'])[:16]}" if row["used"] else "never used"
        what = f"{row['kind']} {row['subject']}"
        click.echo(f"{row['number']:>5}  {row['title']:<30} {what:<30} {state}  {used}")


@link.command("revoke")
@_OWNER
@click.argument("number", type=int)
def revoke(name: str, number: int) -> None:
    """End a link, by the number that `list` shows."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.write() as writing:
        revoke_link(writing, named_user(writing, name), number, now())
    click.echo(f"Link {number} of {name} opens nothing any more.")


def _question(
    reading: Session, owner: User, kind: str, subject: str, words: tuple[str, ...]
) -> Question:
    parts = [one.partition("=") for one in words]
    pairs = [(name, text) for name, _, text in parts]
    if not all(name and text for name, text in pairs):
        raise InvalidInput("What is asked is written NAME=TEXT.", field="--ask")
    if kind == "view":
        found = view_named(reading, owner.id, subject)
        return Question("slice", found.cube, found.query)
    named = next(one for one in KINDS if one == kind)
    return Question(named, subject, urlencode(pairs))
