"""What a question names, checked against the model: aggregates, order, pages, fields, keys."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from server.cube.cube_model import CubeModel
from server.cube.cuts import hierarchy_of
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate, Attribute
from server.cube.key_values import is_text
from server.cube.statement import SPLIT, Order, Page
from server.cube.statement_facts import all_fields
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors, NotFound

_FACT_KEY = re.compile(r"([0-9]{1,10})\.([0-9]{1,20})", re.ASCII)


def names(text: str | Iterable[Any] | None) -> tuple[str, ...]:
    """Names in a text, joined by `,` or `|`, or in a list of names or of named things."""
    pieces = [text] if isinstance(text, str) else [str(each) for each in text or ()]
    split = [piece for each in pieces for piece in re.split(r"[|,]", each) if piece]
    return tuple(dict.fromkeys(split))


def aggregates(cube: CubeModel, asked: str | Iterable[Any] | None) -> tuple[Aggregate, ...]:
    """The aggregates that are asked for; all of the cube when none is named."""
    chosen: list[Aggregate] = []
    errors: list[IndicubeError] = []
    for name in names(asked):
        try:
            chosen.append(cube.aggregate(name))
        except NotFound as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ManyErrors(errors)
    return tuple(chosen) or cube.aggregates


def drilldown(asked: str | Sequence[Any] | None) -> str | list[str] | None:
    """A drill-down as text; cubes also writes one as a triple (dimension, hierarchy, level)."""
    if asked is None or isinstance(asked, str):
        return asked
    return [each if isinstance(each, str) else _drill_text(each) for each in asked]


def _drill_text(asked: Any) -> str:
    dimension, hierarchy, level = (
        (*asked, None, None)[:3]
        if isinstance(asked, tuple)
        else (
            asked,
            None,
            None,
        )
    )
    at = f"@{hierarchy}" if hierarchy else ""
    to = f":{level}" if level else ""
    return f"{dimension}{at}{to}"


def page(number: Any, size: Any, most: int) -> Page | None:
    """The page that is asked for; none unless both its number and its size are given.

    In place of a number there may be a page that is known already.
    """
    if isinstance(number, Page):
        return number
    if number is None or size is None:
        return None
    for noun, value, least in (("page", number, 0), ("page size", size, 1)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidInput(
                f"The {noun} is a whole number from {least}, not {value!r}.",
                code="invalid_page",
                field="page",
            )
    if size > most:
        raise LimitReached(f"A page has at most {most:,} rows, not {size:,}.", field="page_size")
    if number * size >= 2**63:
        raise InvalidInput(f"There is no page {number}.", code="invalid_page", field="page")
    return Page(size, number * size)


def order(
    cube: CubeModel,
    asked: str | Iterable[Any] | None,
    drills: Iterable[Drill],
    aggregate_names: Iterable[str],
) -> tuple[Order, ...]:
    """What to sort by: outputs of this very answer, each with `:asc` or `:desc`."""
    attributes = attributes_of(drills)
    refs = [attribute.ref for attribute in attributes]
    return ordering(cube.name, asked, [*refs, *aggregate_names, SPLIT], attributes)


def fact_order(cube: CubeModel, asked: str | Iterable[Any] | None) -> tuple[Order, ...]:
    """What to sort facts by: any of their fields."""
    return ordering(cube.name, asked, all_fields(cube), cube.attributes)


def attributes_of(drills: Iterable[Drill]) -> tuple[Attribute, ...]:
    """What rows of these drill-downs say of their members."""
    levels = (level for drill in drills for level in drill.levels)
    return tuple(attribute for level in levels for attribute in level.attributes)


def ordering(
    whose: str,
    asked: str | Iterable[Any] | None,
    allowed: Sequence[str],
    attributes: Iterable[Attribute] = (),
) -> tuple[Order, ...]:
    """What to sort by: some of these names, each with `:asc` or `:desc`."""
    if isinstance(asked, str):
        asked = [piece for piece in re.split(r"[|,]", asked) if piece]
    numbers = {attribute.ref for attribute in attributes if attribute.is_number}
    return tuple(_order_item(whose, item, allowed, numbers) for item in asked or ())


def _order_item(whose: str, item: Any, allowed: Sequence[str], numbers: Collection[str]) -> Order:
    if isinstance(item, str):
        ref, _, direction = item.partition(":")
    else:
        ref, direction = (*item, None)[:2]
    word = str(direction or "asc").lower()
    if word == "none":  # cubes' own client writes a missing direction so
        word = "asc"
    if not word.startswith(("asc", "desc")):
        raise InvalidInput(
            f"The direction of {ref} is asc or desc, not {direction!r}.",
            code="invalid_order",
            field="order",
            allowed=("asc", "desc"),
        )
    if str(ref) not in allowed:
        raise InvalidInput(
            f"The answer of {whose} has no {str(ref)!r} to sort by. Allowed: {', '.join(allowed)}.",
            code="invalid_order",
            field="order",
            allowed=allowed,
        )
    return Order(str(ref), word.startswith("desc"), ref in numbers)


def members_drill(
    cube: CubeModel, dimension: Any, hierarchy: Any, level: Any, depth: int | None
) -> Drill:
    """The levels whose members are asked for; all of them when neither is given."""
    found = cube.dimension(str(dimension))
    along = hierarchy_of(found, str(hierarchy) if hierarchy is not None else None)
    if level is not None and depth is not None:
        raise InvalidInput("Give a level or a depth, not both.", code="request", field="depth")
    levels = tuple(each.name for each in along.levels)
    if level is not None:
        depth = along.depth_of(str(level))
    if depth is not None and not 0 < depth <= len(levels):
        asked = f"level {str(level)!r}" if level is not None else f"depth {depth}"
        raise InvalidInput(
            f"Hierarchy {along.name} of {found.name} has no {asked}. It has: {', '.join(levels)}.",
            code="hierarchy",
            field="level" if level is not None else "depth",
            allowed=levels,
        )
    return Drill(found, along, depth or len(levels))


def search(text: str) -> str:
    """The text to search for, if it can be asked for."""
    if is_text(text):
        return text
    raise InvalidInput(
        "The search text is too long or is not text.", code="invalid_value", field="search"
    )


def fact_key(key: Any) -> tuple[int, int]:
    """The batch and the source row in a fact's key."""
    match = _FACT_KEY.fullmatch(str(key))
    if match is None or int(match.group(1)) >= 2**32 or int(match.group(2)) >= 2**64:
        raise InvalidInput(
            f"{str(key)[:100]!r} is not the key of a fact; it is <batch>.<row>, such as 12.345.",
            code="invalid_key",
            field="key",
        )
    return int(match.group(1)), int(match.group(2))
