"""`indicube user` and `indicube token`: who may sign in, and the keys of programs."""

import json
from datetime import timedelta

import click

from server.access import Role
from server.commands import rules
from server.commands.greeting import address
from server.commands.opening import metadata_of, now
from server.commands.scopes import parse_scope, write_scope
from server.commands.working import BY
from server.metadata.rights import add_person, add_rule, give_link
from server.metadata.rights_changes import PERSON, By, note_change
from server.metadata.tokens import create_token
from server.metadata.users import list_users, named_user
from server.scope_rules import undated
from server.settings import Settings

ROLES = [role.value for role in Role]


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@click.option(
    "--scope",
    default="",
    metavar="CUTS",
    help='What the person may see, as cuts: "organisation:network,AA|region:America/New_York"; '
    "everything when it is left out.",
)
def add(name: str, role: str, scope: str) -> None:
    """Add a person and print a one-time sign-in link."""
    settings = Settings.from_environment()
    with metadata_of(settings) as metadata, metadata.write() as session:
        by = By(BY, now())
        person = add_person(session, name, Role(role), by)
        for rule in undated(parse_scope(scope)):
            add_rule(session, person.id, rule, by)
        token = give_link(session, person, by)
    click.echo(f"{settings.public_url or address(settings)}/sign-in/{token}")


@user.command("link")
@click.argument("name")
def link(name: str) -> None:
    """Print a new one-time sign-in link for a person."""
    settings = Settings.from_environment()
    with metadata_of(settings) as metadata, metadata.write() as session:
        token = give_link(session, named_user(session, name), By(BY, now()))
    click.echo(f"{settings.public_url or address(settings)}/sign-in/{token}")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array.")
def list_(as_json: bool) -> None:
    """List everybody, with role and scope."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        people = list_users(session)
    rows = [
        {
            "name": person.name,
            "role": person.role.value,
            "scope": write_scope(person.scope_at(now())),
            "active": person.is_active,
        }
        for person in people
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        state = "" if row["active"] else "  (inactive)"
        click.echo(f"{row['name']:<24} {row['role']:<14} {row['scope'] or 'everything'}{state}")


for one in (rules.rule, rules.role_of, rules.activate, rules.deactivate, rules.changes):
    user.add_command(one)


@click.group()
def token() -> None:
    """Keys for programs that use the API."""


@token.command("create")
@click.option("--user", "name", required=True, help="Whose rights the token has.")
@click.option("--label", default="command line", show_default=True, help="What it is for.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
def create(name: str, label: str, days: int) -> None:
    """Make a token; it stands alone on the last line and is shown this once."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.write() as session:
        owner, by = named_user(session, name), By(BY, now())
        secret = create_token(session, owner, label, by.at, timedelta(days=days))
        note_change(session, PERSON, owner.name, "token_made", by, name=label)
    click.echo(f"A token of {name} for {days} days:", err=True)
    click.echo(secret)
