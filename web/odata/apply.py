"""Reads `$apply`: filters, one grouping with its figures, and what is done with its rows after.

The rows that it begins with are the facts of the cube.
"""

from dataclasses import dataclass

from server.errors import InvalidInput, NotOffered
from web.odata.filters import Words, expression
from web.odata.tree import All, Expression

METHODS = ("sum", "min", "max", "average", "countdistinct")
_AFTER = ("filter", "orderby", "skip", "top", "identity")
_OFFERED = ("filter", "groupby", "aggregate", "orderby", "skip", "top", "identity")
FIELD = "$apply"


@dataclass(frozen=True)
class Figure:
    """One figure of each group."""

    source: str  # a property, or $count
    method: str  # empty: as the model defines it
    alias: str


@dataclass(frozen=True)
class Step:
    """Something done with the rows of the groups."""

    name: str
    filter: Expression | None = None
    order: tuple[tuple[str, bool], ...] = ()  # property, and whether it descends
    number: int = 0


@dataclass(frozen=True)
class Apply:
    """Which facts, by what they are grouped, the figures, and what is done after."""

    filter: Expression | None
    groups: tuple[str, ...] | None  # None: no grouping, all in one row; nor is any shown
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...] = ()

    @property
    def is_filter_alone(self) -> bool:
        """Whether nothing is grouped or aggregated."""
        return self.groups is None and not self.figures and not self.steps


def read_apply(text: str) -> Apply:
    """The transformations in a text."""
    words = Words(text, FIELD)
    filters: list[Expression] = []
    while words.is_sign("filter") or words.is_sign("identity"):
        if words.take().text == "filter":
            words.need("(")
            filters.append(words.deeper(expression))
            words.need(")")
        if not words.has("/"):
            words.end()
            return Apply(_together(filters), None, ())
    groups, figures = _grouped(words)
    steps = []
    while words.has("/"):
        steps.append(_step(words))
    words.end()
    return Apply(_together(filters), groups, figures, tuple(steps))


def _together(filters: list[Expression]) -> Expression | None:
    if not filters:
        return None
    return filters[0] if len(filters) == 1 else All(tuple(filters))


def _grouped(words: Words) -> tuple[tuple[str, ...] | None, tuple[Figure, ...]]:
    name = words.word(f"one of {', '.join(_OFFERED)}")
    if name == "aggregate":
        return None, _figures(words)
    if name != "groupby":
        raise _unknown(name)
    words.need("(")
    words.need("(")
    groups = [_group(words)]
    while words.has(","):
        groups.append(_group(words))
    words.need(")")
    figures: tuple[Figure, ...] = ()
    if words.has(","):
        inner = words.word("aggregate")
        if inner != "aggregate":
            raise NotOffered("Within groupby there is aggregate alone here.", field=FIELD)
        figures = _figures(words)
    words.need(")")
    return tuple(dict.fromkeys(groups)), figures


def _group(words: Words) -> str:
    name = words.word("a property")
    if words.is_sign("(") or words.is_sign("/"):
        raise NotOffered(f"{name}{words.next.text}… is not offered in groupby.", field=FIELD)
    return name


def _figures(words: Words) -> tuple[Figure, ...]:
    words.need("(")
    figures = [_figure(words)]
    while words.has(","):
        figures.append(_figure(words))
    words.need(")")
    aliases = [one.alias for one in figures]
    for one in aliases:
        if aliases.count(one) > 1:
            raise InvalidInput(f"{FIELD} calls two figures {one!r}.", field=FIELD)
    return tuple(figures)


def _figure(words: Words) -> Figure:
    source = words.word("a property or $count")
    method = ""
    if words.has("with"):
        method = words.word(f"one of {', '.join(METHODS)}")
        if method not in METHODS:
            raise NotOffered(
                f"There is no method {method[:40]!r} here; offered: {', '.join(METHODS)}.",
                field=FIELD,
            )
    if words.is_sign("from"):
        raise NotOffered("'from' is not offered in aggregate.", field=FIELD)
    if words.has("as"):
        return Figure(source, method, words.word("a name"))
    if method or source == "$count":
        raise words.wrong("'as' and a name")
    return Figure(source, method, source)


def _step(words: Words) -> Step:
    name = words.word(f"one of {', '.join(_AFTER)}")
    if name == "identity":
        return Step(name)
    if name not in _AFTER:
        raise _unknown(name)
    words.need("(")
    if name == "filter":
        found = Step(name, filter=words.deeper(expression))
    elif name == "orderby":
        order = [_ordered(words)]
        while words.has(","):
            order.append(_ordered(words))
        found = Step(name, order=tuple(order))
    else:
        found = Step(name, number=_number(words))
    words.need(")")
    return found


def _ordered(words: Words) -> tuple[str, bool]:
    name = words.word("a property")
    return name, not words.has("asc") and words.has("desc")


def _number(words: Words) -> int:
    token = words.take()
    if token.kind != "number" or not token.text.isdigit() or len(token.text) > 15:
        raise InvalidInput(f"{FIELD} needs a whole number after skip and top.", field=FIELD)
    return int(token.text)


def _unknown(name: str) -> NotOffered:
    return NotOffered(
        f"There is no transformation {name[:40]!r} here, or not in this place; offered: "
        f"{', '.join(_OFFERED)}.",
        field=FIELD,
    )
