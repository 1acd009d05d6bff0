"""Roles: what each may do, how many have it, and the rules that confine everybody of it."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, url_for

from server.access import RIGHTS, Permission, Role
from server.errors import NotFound
from server.metadata.people import people_of_roles
from server.metadata.rights import version_of
from server.metadata.rights_changes import ROLE, list_changes
from server.metadata.scope_rules import rules_of, rules_of_each
from server.scope_rules import scope_at
from web.gate import require
from web.rendering import render
from web.rule_members import names_of, open_cubes
from web.rule_words import change_words, right_words, role_words, rule_lines, scope_lines
from web.visitor import runtime

pages = Blueprint("roles", __name__)


@dataclass(frozen=True)
class RoleColumn:
    """A role in the table of rights."""

    code: str
    words: str
    url: str
    people: int
    scope: tuple[str, ...]


@dataclass(frozen=True)
class RightLine:
    """A right, and which roles have it."""

    code: str
    words: str
    has: tuple[bool, ...]  # in the order of the roles


@pages.get("/roles")
@require(Permission.ADMINISTER)
def index() -> Response:
    """Show what each role may do."""
    here = runtime()
    with here.metadata.read() as reading:
        people, rules = people_of_roles(reading), rules_of_each(reading, list(Role))
    return render(
        "roles.html",
        roles=tuple(
            RoleColumn(
                one.value,
                role_words(one),
                url_for("roles.show", role=one.value),
                people.get(one, 0),
                scope_lines(scope_at((rules.get(one, ()),), here.clock())),
            )
            for one in Role
        ),
        rights=tuple(
            RightLine(one.value, right_words(one), tuple(one in RIGHTS[role] for role in Role))
            for one in Permission
        ),
    )


@pages.get("/roles/<role>")
@require(Permission.ADMINISTER)
def show(role: str) -> Response:
    """Show one role with its rules."""
    return role_page(known_role(role))


def known_role(text: str) -> Role:
    """The role of an address; NotFound when there is none of that name."""
    if text not in set(Role):
        raise NotFound(
            f"There is no role {text[:40]!r}.", field="role", allowed=[one.value for one in Role]
        )
    return Role(text)


def role_page(role: Role, status: int = 200, *, trouble: str = "") -> Response:
    """The page of one role, with what went wrong."""
    here = runtime()
    with here.metadata.read() as reading:
        rules, version = rules_of(reading, role), version_of(reading, role)
        people = people_of_roles(reading).get(role, 0)
        changes = list_changes(reading, ROLE, role.value, 20)
    return render(
        "role.html",
        status,
        role=role.value,
        words=role_words(role),
        version=version,
        people=people,
        rules=rule_lines(rules, names_of(rules)),
        cubes=open_cubes(scope_at((rules,), here.clock())),
        rights=tuple(right_words(one) for one in Permission if one in RIGHTS[role]),
        changes=tuple((one, change_words(one)) for one in changes),
        trouble=trouble,
        remove_address=lambda rule: url_for("rules.remove", role=role.value, rule=rule),
    )


def to_role(role: Role) -> Response:
    """Back to the page of a role."""
    address = url_for("roles.show", role=role.value, notice="rights")
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found
