"""`indicube user rule`, `role` and their like: what confines people and roles, who has which."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from server.access import Role, Scope, ScopeRule
from server.commands.opening import metadata_of, now
from server.commands.scopes import parse_scope, write_scope
from server.commands.working import BY
from server.errors import InvalidInput
from server.metadata.rights import add_rule, change_activity, change_role, remove_rule
from server.metadata.rights_changes import By, list_changes
from server.metadata.scope_rules import Holder, rules_of
from server.metadata.session import Metadata, Session
from server.metadata.users import list_users, named_user
from server.runtime import whole_model
from server.scope_rules import DatedRule
from server.settings import Settings

ROLES = [role.value for role in Role]


def _of_holder(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say whose rules are meant."""
    person = click.option("--user", "person", metavar="NAME", help="The rules of a person.")
    role = click.option("--role", type=click.Choice(ROLES), help="The rules of a role.")
    return person(role(command))


@click.group()
def rule() -> None:
    """What people and roles are confined to."""


@rule.command("add")
@click.argument("cuts")
@_of_holder
@click.option("--from", "first", metavar="DAY", help="The first day, in UTC; or an instant.")
@click.option("--until", "last", metavar="DAY", help="The last day, in UTC; or the instant after.")
def add(
    cuts: str, person: str | None, role: str | None, first: str | None, last: str | None
) -> None:
    """Open a part of a dimension to a person or a role, and close the rest of it.

    CUTS is "organisation:network,AA", from the topmost level down; several are separated by |.
    """
    settings = Settings.from_environment()
    found = [
        DatedRule(one.dimension, one.path, _begin(first), _end(last))
        for one in parse_scope(cuts).rules
    ]
    with metadata_of(settings) as metadata:
        _warn(settings, metadata, found)
        with metadata.write() as session:
            holder = _holder(session, person, role)
            numbers = [add_rule(session, holder, one, _by()) for one in found]
    click.echo(" ".join(str(number) for number in numbers))


@rule.command("remove")
@click.argument("number", type=int)
@_of_holder
def remove(number: int, person: str | None, role: str | None) -> None:
    """Take a rule away; `user rule list` tells the numbers."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.write() as session:
        remove_rule(session, _holder(session, person, role), number, _by())


@rule.command("list")
@_of_holder
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array.")
def list_(person: str | None, role: str | None, as_json: bool) -> None:
    """List the rules of a person, of a role, or all."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        if person or role:
            holders: Sequence[Holder] = [_holder(session, person, role)]
        else:
            holders = [*Role, *(one.id for one in list_users(session))]
        names = {one.id: one.name for one in list_users(session)}
        rows = [_row(names, holder, one) for holder in holders for one in rules_of(session, holder)]
    _tell(rows, as_json, _line)


@click.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
def role_of(name: str, role: str) -> None:
    """Give a person another role."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.write() as session:
        change_role(session, named_user(session, name).id, Role(role), _by())


@click.command()
@click.argument("name")
def deactivate(name: str) -> None:
    """Let a person sign in no more; their sessions end, their tokens are refused."""
    _let_in(name, is_active=False)


@click.command()
@click.argument("name")
def activate(name: str) -> None:
    """Let a person sign in again."""
    _let_in(name, is_active=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True)
def changes(as_json: bool, most: int) -> None:
    """List who changed whose rights, the latest first."""
    with metadata_of(Settings.from_environment()) as metadata, metadata.read() as session:
        found = list_changes(session, most=most)
    rows = [
        {
            "at": one.at.isoformat(),
            "by": one.by,
            "kind": one.kind,
            "subject": one.subject,
            "what": one.what,
            **one.detail,
        }
        for one in found
    ]
    shown = ("at", "by", "kind", "subject", "what")
    _tell(rows, as_json, lambda row: "  ".join(str(row[name]) for name in shown))


def _let_in(name: str, is_active: bool) -> None:
    with metadata_of(Settings.from_environment()) as metadata, metadata.write() as session:
        change_activity(session, named_user(session, name).id, is_active, _by())


def _holder(session: Session, person: str | None, role: str | None) -> Holder:
    if (person is None) == (role is None):
        raise InvalidInput("name one: --user NAME or --role ROLE", allowed=("--user", "--role"))
    return Role(role) if role else named_user(session, str(person)).id


def _by() -> By:
    return By(BY, now())


def _begin(text: str | None) -> datetime | None:
    return _instant(text, "--from")[0] if text else None


def _end(text: str | None) -> datetime | None:
    if not text:
        return None
    instant, is_day = _instant(text, "--until")
    return instant + timedelta(days=1) if is_day else instant


def _instant(text: str, option: str) -> tuple[datetime, bool]:
    """An instant, and whether it was written as a day; the day is that of UTC."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC), True
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min  # noqa: DTZ901
    if found.tzinfo is None:
        raise InvalidInput(
            f"{option} is {text[:40]!r}; write a day like 2026-12-31 or an instant like "
            "2026-12-31T18:00+01:00",
            field=option,
        )
    return found, False


def _warn(settings: Settings, metadata: Metadata, rules: Sequence[DatedRule]) -> None:
    """Say which dimensions no cube has: such a rule closes every cube."""
    cubes = whole_model(settings, metadata).cubes.values()
    for name in sorted({one.dimension for one in rules}):
        if not any(cube.confined_by(name) for cube in cubes):
            click.echo(f"No cube has a dimension {name}: the rule closes every cube.", err=True)


def _row(names: dict[int, str], holder: Holder, one: DatedRule) -> dict[str, Any]:
    is_role = isinstance(holder, Role)
    return {
        "id": one.id,
        "kind": "role" if is_role else "person",
        "holder": holder.value if isinstance(holder, Role) else names[holder],
        "dimension": one.dimension,
        "path": list(one.path),
        "begins_at": one.begins_at.isoformat() if one.begins_at else None,
        "ends_at": one.ends_at.isoformat() if one.ends_at else None,
        "in_force": one.is_readable and one.is_in_force(now()),
    }


def _line(row: dict[str, Any]) -> str:
    scope = write_scope(Scope((ScopeRule(row["dimension"], tuple(row["path"])),)))
    dates = f"{row['begins_at'] or 'always'} – {row['ends_at'] or 'for good'}"
    state = "" if row["in_force"] else "  (not in force)"
    return f"{row['id']:>5}  {row['kind']:<6} {row['holder']:<20} {scope:<40} {dates}{state}"


def _tell(
    rows: Sequence[dict[str, Any]], as_json: bool, line: Callable[[dict[str, Any]], str]
) -> None:
    if as_json:
        click.echo(json.dumps(list(rows), indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line(row))
