"""People: who may sign in, in which role, confined to what, and seen when."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from server.access import Permission, Role
from server.errors import AskerError, InvalidInput
from server.metadata.people import PeopleFilter, PersonSeen, count_people, search_people
from server.metadata.rights import add_person, give_link
from server.metadata.rights_changes import By
from web.figures import whole
from web.frame import Option
from web.gate import require
from web.pages.person import link_of, person_page
from web.phrases import gettext
from web.place import Place, read_place
from web.rendering import render
from web.rule_words import role_words, scope_lines
from web.sentences import in_words
from web.visitor import runtime, signed_in
from web.words import instant_words

pages = Blueprint("people", __name__)

PAGE_SIZE = 50
_STATES = ("active", "inactive")


@dataclass(frozen=True)
class PersonLine:
    """Somebody in the list."""

    name: str
    shown: str
    url: str
    role: str
    scope: tuple[str, ...]  # one line for each dimension that they are confined in
    is_active: bool
    seen: str
    tokens: int


@pages.get("/people")
@require(Permission.ADMINISTER)
def index() -> Response:
    """List the people that fit the filters, by name."""
    return _page()


@pages.post("/people")
@require(Permission.ADMINISTER)
def add() -> Response:
    """Add somebody, and show the link that signs them in once."""
    here, form = runtime(), request.form
    by = By(signed_in().name, here.clock())
    name = " ".join(form.get("name", "").split())
    shown = " ".join(form.get("display_name", "").split())[:120]
    try:
        role = read_role(form.get("role", ""))
        with here.metadata.write() as writing:
            user = add_person(writing, name, role, by, shown or None)
            token = give_link(writing, user, by)
    except AskerError as refused:
        return _page(in_words(refused.message), 409 if refused.code == "conflict" else 422)
    return person_page(user.id, secret=link_of(token))


def read_role(text: str) -> Role:
    """The role of a form or an address; InvalidInput when there is none of that name."""
    if text not in set(Role):
        raise InvalidInput(
            f"There is no role {text[:40]!r}.", field="role", allowed=[one.value for one in Role]
        )
    return Role(text)


def _page(trouble: str = "", status: int = 200) -> Response:
    wanted, after = _filter(), request.args.get("after")
    now = runtime().clock()
    with runtime().metadata.read() as reading:
        found = search_people(reading, wanted, now, PAGE_SIZE + 1, after)
        total = count_people(reading, wanted)
    shown, place = found[:PAGE_SIZE], _kept(wanted)
    following = place.plus("after", shown[-1].user.name) if len(found) > PAGE_SIZE else None
    return render(
        "people.html",
        status,
        lines=tuple(_line(one) for one in shown),
        total=whole(total),
        text=wanted.text,
        is_filtered=wanted != PeopleFilter(),
        roles=_roles(wanted.role),
        states=_states(request.args.get("state", "")),
        new_roles=tuple(Option(one.value, role_words(one), False) for one in Role),
        form=request.form,
        trouble=trouble,
        following=following.link("people.index") if following else None,
        first=place.link("people.index") if after else None,
    )


def _filter() -> PeopleFilter:
    state, role = request.args.get("state", ""), request.args.get("role", "")
    if state and state not in _STATES:
        raise InvalidInput(
            f"There is no state {state[:40]!r} of people.", field="state", allowed=_STATES
        )
    return PeopleFilter(
        request.args.get("text", "").strip()[:80],
        read_role(role) if role else None,
        state == "active" if state else None,
    )


def _kept(wanted: PeopleFilter) -> Place:
    place = read_place(request).moment()
    role = wanted.role.value if wanted.role else ""
    given = ("text", wanted.text), ("role", role), ("state", request.args.get("state", ""))
    for name, value in given:
        place = place.plus(name, value) if value else place
    return place


def _line(one: PersonSeen) -> PersonLine:
    user = one.user
    return PersonLine(
        user.name,
        user.display_name or "",
        read_place(request).moment().link("person.show", number=user.id),
        role_words(user.role),
        scope_lines(user.scope_at(runtime().clock())),
        user.is_active,
        instant_words(one.seen_at) if one.seen_at else gettext("never"),
        one.tokens,
    )


def _roles(chosen: Role | None) -> tuple[Option, ...]:
    every = Option("", gettext("All"), chosen is None)
    return every, *(Option(one.value, role_words(one), one is chosen) for one in Role)


def _states(chosen: str) -> tuple[Option, ...]:
    words = gettext("All"), gettext("may sign in"), gettext("may not sign in")
    return tuple(
        Option(value, label, value == chosen)
        for value, label in zip(("", *_STATES), words, strict=True)
    )
