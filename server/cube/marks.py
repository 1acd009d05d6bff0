"""PURE: what is said of a figure among others: its share, its rank, the total up to it, the best.

Everything is exact, and what has no number keeps its reason: it has no rank, it is never taken for
zero in a sum, and it comes last in every order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import lcm
from operator import itemgetter
from typing import Any

from server.indicators.absence import Absence, Figure, strongest
from server.indicators.formula_tree import calculate

_LEAST_PART = 10**18  # of the numbers that are compared as whole ones


@dataclass(frozen=True)
class Rank:
    """A place, the greatest at 1; equal figures share one, and as many are skipped after them."""

    place: int
    shared_by: int  # how many figures have this very place; 1: it is alone there


def share(part: Figure, whole: Figure) -> Figure:
    """The part of a whole; a whole of nothing has no parts."""
    return calculate("/", part, whole)


def ranks(figures: Sequence[Figure]) -> list[Rank | Absence]:
    """The rank of every figure among all of them, the greatest first."""
    found: list[Rank | Absence | None] = [
        one if isinstance(one, Absence) else None for one in figures
    ]
    before = 0
    for _, equal in groupby(_by_height(figures, is_descending=True), key=itemgetter(0)):
        places = [place for _, place in equal]
        for place in places:
            found[place] = Rank(before + 1, len(places))
        before += len(places)
    return [one for one in found if one is not None]


def running(figures: Iterable[Figure]) -> list[Figure]:
    """The total up to and with each figure; from the first that is absent on there is none."""
    totals: list[Figure] = []
    total: Figure = Fraction(0)
    for figure in figures:
        if isinstance(total, Fraction) and isinstance(figure, Fraction):
            total += figure
        else:
            total = strongest((total, figure)) or total
        totals.append(total)
    return totals


def greatest_places(figures: Sequence[Figure], most: int) -> list[int]:
    """The places of the greatest figures, in their own order; what has no number comes last."""
    return sorted(places_in_order(figures, is_descending=True)[:most])


def top_places(figures: Sequence[Figure], number: int) -> list[int]:
    """The places of the greatest numbers, the greatest first, of equal ones the first."""
    return [place for _, place in _by_height(figures, is_descending=True)][:number]


def places_in_order(figures: Sequence[Figure], *, is_descending: bool) -> list[int]:
    """The places of all figures sorted, in either direction: of equal ones the first comes first.

    What has no number comes last.
    """
    known = [place for _, place in _by_height(figures, is_descending=is_descending)]
    return [*known, *(place for place, one in enumerate(figures) if isinstance(one, Absence))]


def _by_height(figures: Sequence[Figure], *, is_descending: bool) -> list[tuple[Any, int]]:
    """All numbers in order, each as something that sorts like it, with its place."""
    places = [place for place, one in enumerate(figures) if isinstance(one, Fraction)]
    heights = _heights([one for one in figures if isinstance(one, Fraction)])
    # Sorting downwards keeps equal ones in their order too.
    found = list(zip(heights, places, strict=True))
    return sorted(found, key=itemgetter(0), reverse=is_descending)


def _heights(numbers: Sequence[Fraction]) -> list[Any]:
    """What sorts like the numbers and is equal where they are, for comparing fractions is slow.

    These are whole numbers of their common part where that is not too small, else each with the
    binary float next to it before it: a float never says otherwise, but may be that of several.
    """
    common = 1
    for denominator in {one.denominator for one in numbers}:
        common = lcm(common, denominator)
        if common > _LEAST_PART:
            return _with_floats(numbers)
    return [one.numerator * (common // one.denominator) for one in numbers]


def _with_floats(numbers: Sequence[Fraction]) -> list[Any]:
    try:
        return [(float(one), one) for one in numbers]
    except OverflowError:
        return list(numbers)
