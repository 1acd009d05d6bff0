"""The values of indicators as an entity set: by indicator, period and organisation.

Periods are the full months with facts, and whatever other periods a filter names; organisations are
the whole (an empty text) and every member. Only those are worked out that a page sends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.errors import LimitReached, NotFound
from web.odata.checked import check_filter, check_order, selected
from web.odata.options import Options
from web.odata.rows import Answered, Row, Rows, Window, in_order, kept
from web.odata.sets import EntitySet
from web.odata.standings import Spot, Standings
from web.odata.tree import (
    All,
    Compare,
    Expression,
    In,
    Literal,
    Name,
    conjuncts,
    names_in,
    parts_of,
)

MOST_ASKED = 8  # organisations whose values one answer works out
MOST_JUDGED = 100  # the same where a filter or an order needs the values themselves
_KNOWN = ("indicator", "period", "organisation", "first_day", "last_day")


@dataclass(frozen=True)
class ValueSet:
    """The values of indicators, as far as one person may see them."""

    asked: EntitySet
    standings: Standings

    def answer(self, options: Options, window: Window) -> Answered:
        """A page of the values that are asked."""
        names = selected(self.asked, options)
        check_order(self.asked, options)
        spots, left = self._spots(options)
        if left or any(one.name not in _KNOWN for one in options.order):
            rows = in_order(kept(self._rows(spots, MOST_JUDGED), left), options.order)
            total = len(rows)
            found = rows[window.skip : window.skip + window.size]
        else:
            total = len(spots)
            page = self._in_order(spots, options)[window.skip : window.skip + window.size]
            found = self._rows(_of_few(page), MOST_ASKED)
        most = total if options.top is None else min(total, options.skip + options.top)
        has_more = bool(found) and window.skip + len(found) < most
        shown = [{name: row[name] for name in names} for row in found]
        return Answered(Rows(shown, has_more, total), names, not options.select)

    def count(self, options: Options) -> int:
        """How many there are."""
        spots, left = self._spots(options)
        return len(kept(self._rows(spots, MOST_JUDGED), left)) if left else len(spots)

    def one(self, named: Mapping[str, str], options: Options) -> Answered:
        """The value of a key; NotFound when nothing of that kind is there."""
        parts = tuple(Compare("eq", Name(name), Literal(named[name])) for name in self.asked.key)
        found = self.answer(replace(options, filter=All(parts)), Window(0, 2))
        if len(found.rows.rows) != 1:
            raise NotFound(f"There is no value at {', '.join(named.values())[:100]!r}.")
        return found

    def _spots(self, options: Options) -> tuple[list[Spot], list[Expression]]:
        """What the filter leaves as far as nothing must be worked out, and what is left of it."""
        check_filter(self.asked, options)
        parts = conjuncts(options.filter)
        early = [one for one in parts if set(names_in(one)) <= set(_KNOWN)]
        spots = self.standings.spots(_periods_in(options.filter))
        return (
            [one for one in spots if kept([one.known], early)],
            [one for one in parts if one not in early],
        )

    def _in_order(self, spots: list[Spot], options: Options) -> list[Spot]:
        if not options.order:
            return spots
        rows = in_order([{**one.known, "spot": one} for one in spots], options.order)
        return [row["spot"] for row in rows]

    def _rows(self, spots: Sequence[Spot], most: int) -> list[Row]:
        organisations = {one.place.organisation for one in spots}
        if len(organisations) > most:
            raise LimitReached(
                f"This asks for the values of {len(organisations):,} organisations; at most {most} "
                "are worked out for a filter or an order by values: filter by organisation too.",
                field="$filter",
            )
        return self.standings.rows(spots)


def _of_few(spots: Sequence[Spot]) -> list[Spot]:
    """As many of the spots from the first as are of so many organisations."""
    found: list[Spot] = []
    seen: set[object] = set()
    for one in spots:
        seen.add(one.place.organisation)
        if len(seen) > MOST_ASKED:
            break
        found.append(one)
    return found


def _periods_in(expression: Expression | None) -> list[str]:
    """The periods that a filter names."""
    match expression:
        case None:
            return []
        case Compare(_, Name("period"), Literal(str() as text)):
            return [text]
        case In(Name("period"), options):
            return [
                one.value
                for one in options
                if isinstance(one, Literal) and isinstance(one.value, str)
            ]
        case _:
            return [text for part in parts_of(expression) for text in _periods_in(part)]
