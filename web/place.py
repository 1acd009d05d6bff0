"""Where a screen stands: period, cuts and as_of, read from the URL and written back into links.

The URL is the state of a screen, so every link is made here from the place and what it changes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from flask import Request, url_for

from server.errors import InvalidInput
from server.periods import Period
from server.scorecards.slicing import NO_CUTS, Cuts, path_text, read_path
from server.snapshot import parse_as_of, parse_as_of_model

Path = tuple[str | None, ...]

_BAR = re.compile(r"(?<!\\)\|")
_CUT = re.compile(r"(\w+):(.*)", re.DOTALL)
_SAFE = ":,/@;"  # letters of the cut grammar that may stand in a query as they are


@dataclass(frozen=True)
class Place:
    """Period, cuts, state of knowledge and language of a screen, as its URL says."""

    period: Period | None = None
    cuts: Cuts = NO_CUTS
    language: str | None = None  # only when the URL names one
    as_of: str | None = None  # the snapshot, day or instant whose knowledge is shown; None: now
    as_of_model: str | None = None  # the same for definitions, targets and weights
    is_alike: bool = False  # comparisons only of organisations that are on both sides
    more: tuple[tuple[str, str], ...] = ()  # what only one screen understands

    def at(self, period: Period) -> "Place":
        """The same place in another period."""
        return replace(self, period=period)

    def within(self, dimension: str, path: Path) -> "Place":
        """The same place with one dimension cut to a path; an empty path lifts the cut."""
        return replace(self, cuts=self.cuts.and_also(dimension, path))

    def in_language(self, language: str) -> "Place":
        """The same place in another language."""
        return replace(self, language=language)

    def known(self, as_of: str | None) -> "Place":
        """The same place as it was known at another moment; None is now, by today's definitions."""
        return replace(self, as_of=as_of, as_of_model=self.as_of_model if as_of else None)

    def alike(self, *, is_alike: bool) -> "Place":
        """The same place, like for like or with everybody on either side."""
        return replace(self, is_alike=is_alike)

    def moment(self) -> "Place":
        """Its language and state of knowledge alone."""
        return Place(language=self.language, as_of=self.as_of, as_of_model=self.as_of_model)

    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters that say all this, in a fixed order."""
        pairs: list[tuple[str, str]] = []
        if self.period is not None:
            pairs.append(("period", str(self.period)))
        pairs.extend(("cut", text) for text in self.cuts.texts())
        if self.as_of is not None:
            pairs.append(("as_of", self.as_of))
        if self.as_of_model is not None:
            pairs.append(("as_of_model", self.as_of_model))
        if self.is_alike:
            pairs.append(("like", "1"))
        if self.language is not None:
            pairs.append(("lang", self.language))
        return (*pairs, *self.more)

    def plus(self, name: str, value: object) -> "Place":
        """The same place with a parameter that only its screen understands."""
        return replace(self, more=(*self.more, (name, str(value))))

    def link(self, endpoint: str, **parts: object) -> str:
        """The URL of a screen at this place; `parts` fill its path."""
        return with_query(path_of(endpoint, parts), self.query())


def read_place(request: Request) -> Place:
    """Read the place from the URL; InvalidInput says what is allowed."""
    period = request.args.get("period")
    return Place(
        period=Period.parse(period) if period else None,
        cuts=read_cuts(request.args.getlist("cut")),
        language=request.args.get("lang") or None,
        as_of=read_as_of(request),
        as_of_model=read_as_of_model(request),
        is_alike=request.args.get("like") == "1",
    )


def read_as_of(request: Request) -> str | None:
    """The `as_of` of the URL when it can be read; InvalidInput says what is allowed."""
    text = request.args.get("as_of", "").strip()
    if text:
        parse_as_of(text)
    return text or None


def read_as_of_model(request: Request) -> str | None:
    """The `as_of_model` of the URL when it can be read; InvalidInput says what is allowed."""
    text = request.args.get("as_of_model", "").strip()
    if text:
        parse_as_of_model(text)
    return text or None


def read_cuts(texts: Iterable[str]) -> Cuts:
    """Point cuts as in `organisation:network,AA`; `|` joins several, as do repeated parameters."""
    paths: dict[str, Path] = {}
    for text in texts:
        for one in filter(None, _BAR.split(text)):
            dimension, path = _read_cut(one)
            if paths.get(dimension):
                raise InvalidInput(f"The dimension {dimension!r} is cut twice.", field="cut")
            paths[dimension] = path
    return Cuts.of(paths)


def cut_text(dimension: str, path: Path) -> str:
    """The value that a picker sends for a member; empty for the whole dimension."""
    return f"{dimension}:{path_text(path)}" if path else ""


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A path with a query whose cuts stay readable."""
    query = "&".join(f"{quote(key)}={quote(value, safe=_SAFE)}" for key, value in pairs)
    return f"{path}?{query}" if query else path


def path_of_ours(address: str) -> str:
    """The address when it is a path of this site; else the first screen."""
    is_ours = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_ours and address.isprintable() else "/"


def path_of(endpoint: str, parts: Mapping[str, Any]) -> str:
    """The path of a screen, without a query."""
    return url_for(endpoint, **parts)


def _read_cut(text: str) -> tuple[str, Path]:
    found = _CUT.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"The cut {text!r} cannot be read; write it as dimension:member,member.",
            field="cut",
            allowed=("organisation:network", "organisation:network,AA"),
        )
    return found[1], read_path(found[2])
