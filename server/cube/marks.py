"""PURE: what is said of a figure among others: its share, its rank, the total up to it, the best.

Everything is exact, and what has no number keeps its reason: it has no rank, it is never taken for
zero in a sum, and it comes last in every order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from server.indicators.absence import Absence, Figure, strongest
from server.indicators.formula_tree import calculate


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
    known = [place for place, one in enumerate(figures) if isinstance(one, Fraction)]
    known.sort(key=lambda place: figures[place], reverse=True)
    before = 0
    for _, equal in groupby(known, key=lambda place: figures[place]):
        places = list(equal)
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
    return sorted(_greatest_first(figures)[:most])


def top_places(figures: Sequence[Figure], number: int) -> list[int]:
    """The places of the greatest numbers, the greatest first, of equal ones the first."""
    known = [place for place, one in enumerate(figures) if isinstance(one, Fraction)]
    return sorted(known, key=lambda place: _height(figures[place]), reverse=True)[:number]


def place_in_order(figure: Figure, *, is_descending: bool) -> tuple[bool, Fraction]:
    """What to sort by: numbers first, in either direction; what has no number comes last."""
    if not isinstance(figure, Fraction):
        return True, Fraction(0)
    return False, -figure if is_descending else figure


def _greatest_first(figures: Sequence[Figure]) -> list[int]:
    return sorted(range(len(figures)), key=lambda place: _height(figures[place]), reverse=True)


def _height(figure: Figure) -> tuple[bool, Fraction]:
    return (True, figure) if isinstance(figure, Fraction) else (False, Fraction(0))
