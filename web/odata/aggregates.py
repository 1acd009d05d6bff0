"""The aggregates of a cube as an entity set: the asked properties make the grain of its rows.

`$select` names attributes and aggregates; the rows are by the levels of these attributes, as a
drill-down is: a level brings those above it. Without it rows are by the first levels, and the
attributes below are null.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.cube.browser import ClickHouseBrowser
from server.errors import InvalidInput, NotFound, NotOffered
from web.odata.checked import check_filter, selected
from web.odata.cutting import narrowed
from web.odata.grain import drills_of, usual_grain
from web.odata.judging import unknown_property
from web.odata.options import Options
from web.odata.question import GrainQuestion, question_of_id
from web.odata.rows import Answered, Rows, Window, in_order, kept, windowed
from web.odata.sets import ID, EntitySet
from web.odata.tree import Expression, names_in


@dataclass(frozen=True)
class AggregateSet:
    """The aggregates of a cube for one person at one snapshot."""

    browser: ClickHouseBrowser
    asked: EntitySet

    def answer(self, options: Options, window: Window) -> Answered:
        """A page of the rows that are asked."""
        names = selected(self.asked, options)
        check_filter(self.asked, options)
        narrow = narrowed(self.browser, self.asked, options.filter)
        question = self._question(options, names, narrow.left, narrow.cuts)
        _refuse_unshown(question, [one.name for one in options.order], "$orderby")
        is_by_id = any(one.name == ID for one in options.order)
        if narrow.left or is_by_id or not question.drills:
            rows = in_order(kept(question.whole(), narrow.left), options.order)
            page = windowed(rows, window, options.top, options.skip)
        else:
            found = question.window(window, options.order)
            end = window.skip + window.size
            most = question.total or 0
            if options.top is not None:
                most = min(most, options.skip + options.top)
            page = Rows(found, end < most, question.total)
        rows = [{name: row.get(name) for name in names} for row in page.rows]
        return Answered(Rows(rows, page.has_more, page.total), names, not options.select)

    def count(self, options: Options) -> int:
        """How many rows there are."""
        found = self.answer(options, Window(0, 1)).rows
        return found.total or 0

    def one(self, named: Mapping[str, str], options: Options) -> Answered:
        """The row of a key; NotFound when nothing is there."""
        names, key = selected(self.asked, options), named[ID]
        figures = tuple(one for one in names if self.asked.by_name[one].role == "aggregate")
        question = question_of_id(self.browser, self.asked, figures, key)
        rows = question.whole()
        if len(rows) != 1:
            raise NotFound(f"There is no row {key[:100]!r}.", field=ID)
        return Answered(
            Rows([{name: rows[0].get(name) for name in names}], False, 1), names, not options.select
        )

    def _question(
        self,
        options: Options,
        names: tuple[str, ...],
        left: Iterable[Expression],
        cuts: tuple[str, ...],
    ) -> GrainQuestion:
        known = self.asked.by_name
        chosen = [known[name] for name in names if known[name].role == "attribute"]
        grain = chosen if options.select else usual_grain(self.browser.model, self.asked)
        judged = [name for part in left for name in names_in(part)]
        needed = dict.fromkeys([*names, *judged, *(one.name for one in options.order)])
        figures = tuple(
            name for name in needed if name in known and known[name].role == "aggregate"
        )
        if not figures:  # members with facts are asked by counting these
            figures = (self.asked.of_role("aggregate")[0].name,)
        drills = drills_of(self.browser.model, grain)
        question = GrainQuestion(self.browser, self.asked, drills, figures, cuts)
        _refuse_unshown(question, judged, "$filter")
        return question


def _refuse_unshown(question: GrainQuestion, names: Iterable[str], field: str) -> None:
    shown = {ID, *(one.name for one in question.shown), *question.figures}
    for name in names:
        if name not in question.asked.by_name:
            raise unknown_property(name, question.asked.by_name, field)
        if name in shown:
            continue
        if field == "$filter":
            raise NotOffered(
                f"A part of {field} is about {name} and other dimensions at once: select {name}, "
                "so that the rows show it, or join the parts by and.",
                field=field,
            )
        raise InvalidInput(
            f"The rows are not by {name}: select it, to sort by it.", field=field, allowed=shown
        )
