"""Rules of a person or of a role: one is added by choosing a member in the tree, or taken away."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.access import Permission, Role
from server.cube.cuts import NULL
from server.errors import AskerError, Conflict, InvalidInput
from server.metadata.rights import add_rule, remove_rule, version_of
from server.metadata.rights_changes import By
from server.metadata.scope_rules import Holder
from server.metadata.users import user_by_id
from server.scope_rules import DatedRule
from server.scorecards.slicing import read_path
from web.frame import Option
from web.gate import require
from web.member_tree import MOST_MEMBERS, MemberTree
from web.pages.person import person_page, refusal_words, sent_version, to_person
from web.pages.roles import known_role, role_page, to_role
from web.phrases import gettext
from web.rendering import render
from web.rule_members import browser_of, check_path, known_dimension
from web.rule_words import Confinable, confinable, role_words
from web.sentences import error_words
from web.visitor import runtime, signed_in

pages = Blueprint("rules", __name__)


@pages.get("/people/<int:number>/rules/new")
@pages.get("/roles/<role>/rules/new")
@require(Permission.ADMINISTER)
def new(number: int | None = None, role: str | None = None) -> Response:
    """Show the members of a dimension, to confine somebody to one of them."""
    return _page(_holder(number, role))


@pages.post("/people/<int:number>/rules")
@pages.post("/roles/<role>/rules")
@require(Permission.ADMINISTER)
def add(number: int | None = None, role: str | None = None) -> Response:
    """Add a rule."""
    holder, here = _holder(number, role), runtime()
    try:
        rule, version = _sent_rule(), sent_version()
        with here.metadata.write() as writing:
            add_rule(writing, holder, rule, _by(), version)
    except Conflict as refused:
        return _shown(holder, refused)
    except AskerError as refused:
        return _page(holder, 422, error_words(refused))
    return _back(holder)


@pages.post("/people/<int:number>/rules/<int:rule>/remove")
@pages.post("/roles/<role>/rules/<int:rule>/remove")
@require(Permission.ADMINISTER)
def remove(rule: int, number: int | None = None, role: str | None = None) -> Response:
    """Take a rule away."""
    holder = _holder(number, role)
    try:
        with runtime().metadata.write() as writing:
            remove_rule(writing, holder, rule, _by(), sent_version())
    except Conflict as refused:
        return _shown(holder, refused)
    return _back(holder)


def _holder(number: int | None, role: str | None) -> Holder:
    return number if number is not None else known_role(role or "")


def _page(holder: Holder, status: int = 200, trouble: str = "") -> Response:
    with runtime().metadata.read() as reading:
        version, title, back = version_of(reading, holder), *_names(reading, holder)
    known = known_dimension(request.values.get("dimension") or next(iter(confinable()), ""))
    search = request.values.get("search", "").strip()[:80]
    context = _tree(holder, known, search) if status == 200 else _no_tree()
    return render(
        "rule.html",
        status,
        title=title,
        back=back,
        here=_address(holder, "rules.new"),
        action=_address(holder, "rules.add"),
        version=version,
        dimension=known.name,
        dimensions=tuple(
            Option(name, one.words, name == known.name) for name, one in confinable().items()
        ),
        search=search,
        trouble=trouble,
        sent={name: request.form.get(name, "") for name in ("member", "from", "until")},
        **context,
    )


def _tree(holder: Holder, known: Confinable, search: str) -> Mapping[str, Any]:
    opened = frozenset(request.args.getlist("open"))
    tree = MemberTree(
        browser_of(known),
        known.dimension,
        known.dimension.default_hierarchy,
        opened=opened,
        from_table=True,
    )
    lines = tree.found(search) if search else tree.grown()
    return {
        "lines": tuple(
            (line, _opening(holder, known, opened, line.path)) for line in lines[:MOST_MEMBERS]
        ),
        "is_cut_short": len(lines) > MOST_MEMBERS,
    }


def _no_tree() -> Mapping[str, Any]:
    return {"lines": (), "is_cut_short": False}


def _opening(holder: Holder, known: Confinable, opened: frozenset[str], path: str) -> str:
    """The address that lists the members below one, or does not any more."""
    changed = sorted(opened ^ {path})
    return _address(holder, "rules.new", dimension=known.name, open=changed)


def _address(holder: Holder, endpoint: str, **more: Any) -> str:
    place = {"role": holder.value} if isinstance(holder, Role) else {"number": holder}
    asked: dict[str, Any] = {**place, "lang": request.args.get("lang") or None, **more}
    return url_for(endpoint, **asked)


def _names(reading: Any, holder: Holder) -> tuple[str, str]:
    """Whose rule it is, and their page."""
    if isinstance(holder, Role):
        words = gettext("everybody of the role %(role)s", role=role_words(holder))
        return words, url_for("roles.show", role=holder.value)
    user = user_by_id(reading, holder)
    return user.display_name or user.name, url_for("person.show", number=holder)


def _sent_rule() -> DatedRule:
    """The rule that the form says; its days are in UTC, the last one included."""
    form = request.form
    known = known_dimension(form.get("dimension", ""))
    path = tuple(NULL if one is None else one for one in read_path(form.get("member", "")[:2000]))
    if not path:
        raise InvalidInput(gettext("Choose a member first."), field="member")
    check_path(known, path)
    begins, last = _day("from"), _day("until")
    return DatedRule(known.name, path, begins, last + timedelta(days=1) if last else None)


def _day(name: str) -> datetime | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        raise InvalidInput(f"{text[:20]!r} is no day, as in 2026-12-31.", field=name) from None


def _by() -> By:
    return By(signed_in().name, runtime().clock())


def _shown(holder: Holder, refused: Conflict) -> Response:
    words = refusal_words(refused)
    if isinstance(holder, Role):
        return role_page(holder, 409, trouble=words)
    return person_page(holder, 409, trouble=words)


def _back(holder: Holder) -> Response:
    return to_role(holder) if isinstance(holder, Role) else to_person(holder)
