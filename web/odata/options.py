"""What a request asks: the system query options, read and checked as far as no data is needed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import Request

from server.cube.elements import AS_WAS, MEMBERSHIPS, Membership
from server.errors import InvalidInput, NotOffered
from server.snapshot import AsOf, AsOfModel, parse_as_of, parse_as_of_model
from web.odata.apply import Apply, read_apply
from web.odata.filters import read_filter
from web.odata.tree import Expression

MOST_NUMBER = 2**53
_OFFERED = ("$select", "$filter", "$orderby", "$top", "$skip", "$count", "$apply", "$format")
_OURS = ("lang", "as_of", "as_of_model", "membership")
_NOT_OFFERED = (
    "$expand",
    "$search",
    "$compute",
    "$index",
    "$levels",
    "$deltatoken",
    "$schemaversion",
    "$id",
)
_NEXT = "$skiptoken"
_PLACE = re.compile(r"s(\d{1,9})d(\d{1,9})n(\d{1,15})p(\d{1,6})")
_PAGE_SIZE = re.compile(r"(?:odata\.)?maxpagesize\s*=\s*\"?(\d{1,9})\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a next page goes on: the state of the facts, and how many rows were sent."""

    snapshot: int
    definitions: int
    sent: int
    size: int  # rows of a page

    @property
    def text(self) -> str:
        """The place as it stands in an address."""
        return f"s{self.snapshot}d{self.definitions}n{self.sent}p{self.size}"


@dataclass(frozen=True)
class Sorting:
    """One thing to sort by."""

    name: str
    is_descending: bool = False


@dataclass(frozen=True)
class Options:
    """What is asked of a set."""

    select: tuple[str, ...] = ()  # empty: everything
    filter: Expression | None = None
    order: tuple[Sorting, ...] = ()
    top: int | None = None
    skip: int = 0
    has_count: bool = False
    apply: Apply | None = None
    page_size: int | None = None  # that the asker prefers
    place: Place | None = None
    as_of: AsOf | None = None
    as_of_model: AsOfModel | None = None
    membership: Membership = AS_WAS
    kept: tuple[tuple[str, str], ...] = field(default=())  # the parameters, for the next page

    def next_place(self, place: Place) -> tuple[tuple[str, str], ...]:
        """The parameters of the next page."""
        return (*(pair for pair in self.kept if pair[0] != _NEXT), (_NEXT, place.text))


def read_options(request: Request) -> Options:
    """What the address and the headers ask; `InvalidInput` and `NotOffered` say what is wrong."""
    given = _given(request)
    asked = Options(
        select=_names(given.get("$select", "")),
        filter=read_filter(given["$filter"]) if given.get("$filter") else None,
        order=_order(given.get("$orderby", "")),
        top=_number(given, "$top"),
        skip=_number(given, "$skip") or 0,
        has_count=_truth(given, "$count"),
        apply=read_apply(given["$apply"]) if given.get("$apply") else None,
        page_size=_preferred(request.headers.get("Prefer", "")),
        place=_place(given.get(_NEXT)),
        as_of=parse_as_of(given["as_of"]) if given.get("as_of") else None,
        as_of_model=parse_as_of_model(given["as_of_model"]) if given.get("as_of_model") else None,
        membership=_membership(given.get("membership", AS_WAS)),
        kept=tuple(given.items()),
    )
    return asked if "*" not in asked.select else replace(asked, select=())


def names_text(names: tuple[str, ...]) -> str:
    """Names as an address lists them."""
    return ",".join(names)


def _given(request: Request) -> dict[str, str]:
    """The options by their names, which may stand without the dollar sign."""
    given: dict[str, str] = {}
    system = (*_OFFERED, *_NOT_OFFERED, _NEXT)
    for sent in request.args:
        name = f"${sent}" if f"${sent}" in system else sent
        if name in _NOT_OFFERED or (name.startswith("$") and name not in system):
            raise NotOffered(f"{name[:40]} is not offered here.", field=name[:40])
        if name not in system and name not in _OURS:
            raise InvalidInput(
                f"There is no parameter {name[:60]!r} here.",
                code="unknown_parameter",
                field=name[:60],
                allowed=(*_OFFERED, *_OURS),
            )
        values = request.args.getlist(sent)
        if len(values) > 1 or name in given:
            raise InvalidInput(f"{name} is given twice.", field=name)
        given[name] = values[0]
    return given


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


def _order(text: str) -> tuple[Sorting, ...]:
    return tuple(_sorting(one) for one in text.split(",") if one.strip())


def _sorting(text: str) -> Sorting:
    name, _, direction = text.strip().partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise InvalidInput(
            f"{text[:60]!r} cannot be sorted by; write a property, perhaps with asc or desc.",
            code="syntax",
            field="$orderby",
            allowed=("asc", "desc"),
        )
    return Sorting(name, direction.strip() == "desc")


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > MOST_NUMBER:
        raise InvalidInput(f"{name} is a whole number from 0, not {text[:30]!r}.", field=name)
    return int(text)


def _truth(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidInput(f"{name} is true or false.", field=name, allowed=("true", "false"))
    return text == "true"


def _preferred(text: str) -> int | None:
    found = _PAGE_SIZE.search(text)
    return max(int(found.group(1)), 1) if found else None


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise InvalidInput("$skiptoken is only ever taken from @odata.nextLink.", field=_NEXT)
    return Place(*(int(one) for one in found.groups()))


def _membership(text: str) -> Membership:
    for one in MEMBERSHIPS:
        if one == text:
            return one
    raise InvalidInput(
        f"membership is {' or '.join(MEMBERSHIPS)}.", field="membership", allowed=MEMBERSHIPS
    )
