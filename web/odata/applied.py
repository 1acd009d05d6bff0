"""`$apply` over a cube: exactly the groups that it names, with figures that the model defines.

Rows of the cube that look alike by the named groups become one where their figures add up; else
the groups are refused, and nothing is ever averaged over averages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.elements import Aggregate, Function
from server.errors import InvalidInput
from web.odata.apply import FIELD, Apply, Figure
from web.odata.cutting import attribute_of, narrowed
from web.odata.grain import drills_of
from web.odata.judging import KINDS, check, unknown_property
from web.odata.options import Options, Sorting
from web.odata.question import GrainQuestion
from web.odata.rows import Answered, Row, Window, in_order, kept, merged, windowed
from web.odata.sets import EntitySet, Property
from web.odata.tree import names_in

Merge = Callable[[Sequence[Any]], Any]

_MERGES: Mapping[str, Merge] = {Function.MIN: min, Function.MAX: max}
_METHODS = {
    "sum": (Function.SUM, Function.COUNT, Function.COUNT_NONEMPTY),
    "min": (Function.MIN,),
    "max": (Function.MAX,),
    "average": (Function.AVG, Function.WEIGHTED_AVG),
    "countdistinct": (Function.COUNT_DISTINCT,),
}


@dataclass(frozen=True)
class AppliedSet:
    """A cube's facts, grouped and aggregated for one person at one snapshot."""

    browser: ClickHouseBrowser
    asked: EntitySet

    def answer(self, options: Options, apply: Apply, window: Window) -> Answered:
        """A page of the groups."""
        groups = [self._group(name) for name in apply.groups or ()]
        figures = {one.alias: self._aggregate(one) for one in apply.figures}
        _refuse_clash([one.name for one in groups], figures)
        rows = self._rows(apply, groups, figures)
        names = (*(one.name for one in groups), *figures)
        kinds = {one.name: KINDS[one.type] for one in groups}
        kinds |= dict.fromkeys(figures, "a number")
        for step in apply.steps:
            if step.filter is not None:
                check(step.filter, kinds, FIELD)
                rows = kept(rows, [step.filter])
            elif step.order:
                rows = in_order(rows, _known(step.order, kinds, FIELD))
            elif step.name == "top":
                rows = rows[: step.number]
            elif step.name == "skip":
                rows = rows[step.number :]
        if options.filter is not None:
            check(options.filter, kinds)
            rows = kept(rows, [options.filter])
        order = [(one.name, one.is_descending) for one in options.order]
        rows = in_order(rows, _known(order, kinds, "$orderby"))
        for name in options.select:
            if name not in kinds:
                raise unknown_property(name, kinds, "$select")
        names = options.select or names
        shown = [{name: row[name] for name in names} for row in rows]
        page = windowed(shown, window, options.top, options.skip)
        return Answered(page, names, False)

    def count(self, options: Options, apply: Apply) -> int:
        """How many groups there are."""
        return self.answer(options, apply, Window(0, 0)).rows.total or 0

    def _rows(
        self, apply: Apply, groups: Sequence[Property], figures: Mapping[str, Aggregate]
    ) -> list[Row]:
        if apply.filter is not None:
            check(apply.filter, self.asked.kinds, FIELD)
        narrow = narrowed(self.browser, self.asked, apply.filter)
        if narrow.left:
            named = sorted({name for part in narrow.left for name in names_in(part)})
            raise InvalidInput(
                f"A filter before the grouping is about one dimension in each part, this one is "
                f"about {', '.join(named)}; join the parts by and, or filter after the grouping.",
                field=FIELD,
            )
        drills = drills_of(self.browser.model, groups)
        names = tuple(dict.fromkeys(one.name for one in figures.values()))
        asked = names or (self.browser.model.aggregates[0].name,)
        question = GrainQuestion(self.browser, self.asked, drills, asked, narrow.cuts)
        by_ref = {one.ref: one.name for one in question.shown}
        rows = [
            {one.name: row[by_ref[one.ref]] for one in groups}
            | {alias: row[one.name] for alias, one in figures.items()}
            for row in question.whole()
        ]
        merges = {alias: _merge_of(one) for alias, one in figures.items()}
        return merged(rows, [one.name for one in groups], merges)

    def _group(self, name: str) -> Property:
        if name not in self.asked.by_name:
            attributes = {one.name: one for one in self.asked.of_role("attribute")}
            raise unknown_property(name, attributes, FIELD)
        found = attribute_of(name, self.asked, self.browser.model)
        if found is None:
            allowed = tuple(one.name for one in self.asked.of_role("attribute"))
            raise InvalidInput(
                f"Nothing is grouped by {name}; grouped is by the attributes of dimensions.",
                field=FIELD,
                allowed=allowed,
            )
        return found

    def _aggregate(self, figure: Figure) -> Aggregate:
        """The model's aggregate that a figure names, or that is its method over a measure."""
        aggregates = self.browser.model.aggregates
        if figure.source == "$count":
            return next(one for one in aggregates if _counts_facts(one))
        fits = [
            one
            for one in aggregates
            if (not figure.method or one.function in _METHODS[figure.method])
            and self._is_of(one, figure)
        ]
        named = [one for one in fits if one.name == figure.source]
        if fits:
            return (named or fits)[0]
        allowed = tuple(_written(one) for one in aggregates if _written(one))
        method = f" with {figure.method}" if figure.method else ""
        raise InvalidInput(
            f"The cube has no {figure.source[:60]}{method}. Allowed: $count, {', '.join(allowed)}.",
            code="unknown_aggregate",
            field=FIELD,
            allowed=allowed,
        )

    def _is_of(self, one: Aggregate, figure: Figure) -> bool:
        if one.name == figure.source:
            return True
        if not figure.method or one.where or one.filter or one.is_semi_additive:
            return False
        if one.measure is not None and one.measure.name == figure.source:
            return True
        if one.function is not Function.COUNT_DISTINCT or len(one.columns) != 1:
            return False
        return one.columns[0].name in (figure.source, self._column_of(figure.source))

    def _column_of(self, name: str) -> str:
        """The fact column of the members that an attribute is the key of."""
        found = self.asked.by_name.get(name)
        if found is None or found.role != "attribute":
            return ""
        dimension = self.browser.model.dimension(found.dimension)
        lowest = dimension.default_hierarchy.levels[-1]
        column = dimension.fact_column
        return column.name if column is not None and lowest.key.ref == found.ref else ""


def _merge_of(one: Aggregate) -> Merge | None:
    return sum if one.is_additive else _MERGES.get(one.function)


def _counts_facts(one: Aggregate) -> bool:
    return one.function is Function.COUNT and not one.where and not one.filter


def _written(one: Aggregate) -> str:
    method = next((name for name, functions in _METHODS.items() if one.function in functions), "")
    return f"{one.name} with {method}" if method else one.name


def _known(
    order: Sequence[tuple[str, bool]], kinds: Mapping[str, str], field: str
) -> list[Sorting]:
    for name, _ in order:
        if name not in kinds:
            raise unknown_property(name, kinds, field)
    return [Sorting(name, is_descending) for name, is_descending in order]


def _refuse_clash(groups: Sequence[str], figures: Mapping[str, Aggregate]) -> None:
    for name in groups:
        if name in figures:
            raise InvalidInput(f"{FIELD} calls a figure {name!r}, as a group is.", field=FIELD)
