"""The facts of a cube as an entity set: one row for each, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.cube.browser import ClickHouseBrowser, fact_key
from server.cube.statement_facts import KEY, fact_count_statement
from server.errors import InvalidInput, NotFound, NotOffered
from server.runtime import Runtime
from web.odata.checked import check_filter, check_order, selected
from web.odata.cutting import narrowed
from web.odata.options import Options
from web.odata.rows import Answered, Row, Rows, Window
from web.odata.sets import ID, EntitySet
from web.odata.tree import names_in


@dataclass(frozen=True)
class FactSet:
    """The facts of a cube for one person at one snapshot."""

    browser: ClickHouseBrowser
    asked: EntitySet
    runtime: Runtime

    def answer(self, options: Options, window: Window) -> Answered:
        """A page of the facts that are asked."""
        names = selected(self.asked, options)
        check_order(self.asked, options)
        cuts = self._cuts(options)
        rows = self._rows(options, names, cuts, window)
        total = self._total(cuts) if options.has_count else None
        is_end = len(rows) < window.size or not window.size
        if options.top is not None:
            is_end = is_end or window.skip + window.size >= options.skip + options.top
        return Answered(Rows(rows, not is_end, total), names, not options.select)

    def count(self, options: Options) -> int:
        """How many facts there are."""
        return self._total(self._cuts(options))

    def one(self, named: Mapping[str, str], options: Options) -> Answered:
        """The fact of a key; NotFound when there is none."""
        names, key = selected(self.asked, options), named[ID]
        try:
            found = self.browser.fact(key, self._refs(names))
        except InvalidInput:
            found = None
        if found is None:
            raise NotFound(f"There is no fact {key[:60]!r}.", field=ID)
        return Answered(Rows([self._row(found, names)], False, 1), names, not options.select)

    def _cuts(self, options: Options) -> tuple[str, ...]:
        check_filter(self.asked, options)
        narrow = narrowed(self.browser, self.asked, options.filter)
        if narrow.left:
            named = dict.fromkeys(name for part in narrow.left for name in names_in(part))
            raise NotOffered(
                "Facts are filtered by attributes of dimensions, of one dimension in each part of "
                f"the filter; this part is about {', '.join(named)}.",
                field="$filter",
            )
        return narrow.cuts

    def _rows(
        self, options: Options, names: tuple[str, ...], cuts: tuple[str, ...], window: Window
    ) -> list[Row]:
        order = []
        for one in options.order:
            direction = "desc" if one.is_descending else "asc"
            if one.name == ID:
                order += [f"{ref}:{direction}" for ref in KEY]
            else:
                order.append(f"{self.asked.by_name[one.name].ref}:{direction}")
        found = self.browser.facts(
            list(cuts), fields=self._refs(names), order=order or None, page=window.page
        )
        return [self._row(row, names) for row in found][: window.size]

    def _refs(self, names: tuple[str, ...]) -> list[str]:
        by_name = self.asked.by_name
        return [by_name[name].ref for name in names if name != ID] or [KEY[0]]

    def _row(self, row: Row, names: tuple[str, ...]) -> Row:
        by_name = self.asked.by_name
        return {name: fact_key(row) if name == ID else row[by_name[name].ref] for name in names}

    def _total(self, cuts: tuple[str, ...]) -> int:
        cell = self.browser.cell(list(cuts))
        counted = self.runtime.store.readers.query(
            fact_count_statement(cell, self.browser.snapshot)
        )
        return int(counted.rows[0][0])
