"""The rows of a slice in the order in which they are shown, with subtotals and totals."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from server.cube.marks import places_in_order
from server.indicators.absence import Figure
from server.slices.known import Spot
from server.slices.question import Axis, Order, SliceQuestion
from server.slices.result import Paths

# The figure by which a value order sorts a row.
Sorting = Callable[[Order, Paths], Figure]


def ordered(question: SliceQuestion, keys: Sequence[Paths], figure: Sorting) -> tuple[Paths, ...]:
    """The rows sorted as the question says; what it leaves open stays in the model's own order.

    With totals the rows stay below their parents, and parents are sorted by their own figures.
    """
    places = {key: number for number, key in enumerate(keys)}
    if not question.totals or len(question.rows) < 2:
        return tuple(_sorted(question, list(keys), places, figure))
    return tuple(_nested(question, list(keys), places, figure, 1))


def displayed(question: SliceQuestion, keys: Sequence[Paths]) -> tuple[Spot, ...]:
    """Every row to show: cells, the subtotal after each group, others, and the total."""
    spots = list(_grouped(keys, len(question.rows), 1)) if question.totals else _cells(keys)
    if question.top is not None and question.top.others:
        spots.append(Spot((), (), "others"))
    if question.totals or not question.rows:
        spots.append(Spot((), (), "total"))
    return tuple(spots)


def _cells(keys: Iterable[Paths]) -> list[Spot]:
    return [Spot(key, ()) for key in keys]


def _grouped(keys: Sequence[Paths], depth: int, level: int) -> Iterable[Spot]:
    if level >= depth:
        yield from _cells(keys)
        return
    for prefix, group in groupby(keys, key=lambda key: key[:level]):
        yield from _grouped(list(group), depth, level + 1)
        yield Spot(prefix, (), "subtotal")


def _nested(
    question: SliceQuestion,
    keys: list[Paths],
    places: dict[Paths, int],
    figure: Sorting,
    level: int,
) -> list[Paths]:
    """Sort the members of one axis among each other, then those below each."""
    groups: dict[Paths, list[Paths]] = {}
    for key in keys:
        groups.setdefault(key[:level], []).append(key)
    first = {prefix: min(places[key] for key in group) for prefix, group in groups.items()}
    found: list[Paths] = []
    for prefix in _sorted(question, list(groups), first, figure):
        group = groups[prefix]
        is_leaf = level >= len(question.rows)
        found += group if is_leaf else _nested(question, group, places, figure, level + 1)
    return found


def _sorted(
    question: SliceQuestion, keys: list[Paths], places: dict[Paths, int], figure: Sorting
) -> list[Paths]:
    """Sort by every order in turn, the last first, so that the first one decides."""
    keys.sort(key=lambda key: places[key])
    for order in reversed(question.order):
        axis = _axis_of(order, question.rows)
        if axis is None:
            _sort_by_figure(keys, order, figure)
        elif keys and axis < len(keys[0]):
            _sort_by_member(keys, axis, is_descending=order.is_descending, places=places)
    return keys


def _axis_of(order: Order, rows: Sequence[Axis]) -> int | None:
    return next((n for n, one in enumerate(rows) if one.dimension == order.by), None)


def _sort_by_figure(keys: list[Paths], order: Order, figure: Sorting) -> None:
    figures = [figure(order, key) for key in keys]
    keys[:] = [keys[n] for n in places_in_order(figures, is_descending=order.is_descending)]


def _sort_by_member(
    keys: list[Paths], axis: int, *, is_descending: bool, places: dict[Paths, int]
) -> None:
    first: dict[object, int] = {}
    for key in sorted(keys, key=lambda one: places[one]):
        first.setdefault(key[axis], len(first))
    keys.sort(key=lambda key: first[key[axis]], reverse=is_descending)
