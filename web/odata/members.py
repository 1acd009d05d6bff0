"""The members of a dimension as an entity set: those that have facts which the asker may see."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import path_text
from server.cube.elements import Dimension
from server.errors import NotFound
from web.odata.checked import check_filter, check_order, selected
from web.odata.known_members import all_members
from web.odata.options import Options
from web.odata.rows import Answered, Row, Rows, Window, in_order, kept, windowed
from web.odata.sets import ID, EntitySet


@dataclass(frozen=True)
class MemberSet:
    """The members of a dimension for one person at one snapshot."""

    browser: ClickHouseBrowser
    asked: EntitySet

    def answer(self, options: Options, window: Window) -> Answered:
        """A page of the members that are asked."""
        names = selected(self.asked, options)
        check_filter(self.asked, options)
        check_order(self.asked, options)
        if options.filter is None and not options.order and not options.has_count:
            more = Window(window.skip, window.size + 1)
            rows = self._page(more)
            is_end = len(rows) <= window.size
            if options.top is not None:
                is_end = is_end or window.skip + window.size >= options.skip + options.top
            page = Rows(rows[: window.size], not is_end)
        else:
            page = windowed(self._whole(options), window, options.top, options.skip)
        shown = [{name: row[name] for name in names} for row in page.rows]
        return Answered(Rows(shown, page.has_more, page.total), names, not options.select)

    def count(self, options: Options) -> int:
        """How many members there are."""
        check_filter(self.asked, options)
        return len(self._whole(options))

    def one(self, named: Mapping[str, str], options: Options) -> Answered:
        """The member of a key; NotFound when there is none to be seen."""
        names, key = selected(self.asked, options), named[ID]
        rows = self.browser.members(f"{self._dimension.name}:{key}", self._dimension.name)
        found = [self._row(row) for row in rows]
        if len(found) != 1 or found[0][ID] != key:
            raise NotFound(f"There is no member {key[:60]!r}.", field=ID)
        return Answered(
            Rows([{name: found[0][name] for name in names}], False, 1), names, not options.select
        )

    @property
    def _dimension(self) -> Dimension:
        return self.browser.model.dimension(self.asked.dimension)

    def _whole(self, options: Options) -> list[Row]:
        along = self._dimension.default_hierarchy
        found = all_members(self.browser, self._dimension, along, len(along.levels))
        rows = [self._row(row) for row in found]
        return in_order(kept(rows, [options.filter] if options.filter else []), options.order)

    def _page(self, window: Window) -> list[Row]:
        found = self.browser.members(None, self._dimension.name, page=window.page)
        return [self._row(row) for row in found]

    def _row(self, row: Row) -> Row:
        levels = self._dimension.default_hierarchy.levels
        path = path_text(tuple(row[level.key.ref] for level in levels))
        return {ID: path, **{one.name: row[one.ref] for one in self.asked.of_role("attribute")}}
