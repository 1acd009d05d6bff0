"""The indicators as an entity set: those that are defined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.errors import NotFound
from server.indicators.definition import Indicator
from web.api.described import indicator_words
from web.odata.checked import check_filter, check_order, selected
from web.odata.options import Options
from web.odata.rows import Answered, Row, Rows, Window, in_order, kept, windowed
from web.odata.sets import EntitySet


@dataclass(frozen=True)
class IndicatorSet:
    """The indicators that are defined, in a language."""

    asked: EntitySet
    indicators: Sequence[Indicator]
    language: str

    def answer(self, options: Options, window: Window) -> Answered:
        """A page of the indicators that are asked."""
        names = selected(self.asked, options)
        page = windowed(self._rows(options), window, options.top, options.skip)
        shown = [{name: row[name] for name in names} for row in page.rows]
        return Answered(Rows(shown, page.has_more, page.total), names, not options.select)

    def count(self, options: Options) -> int:
        """How many there are."""
        return len(self._rows(options))

    def one(self, named: Mapping[str, str], options: Options) -> Answered:
        """The indicator of a code; NotFound when there is none."""
        names, key = selected(self.asked, options), named["code"]
        for row in self._rows(Options()):
            if row["code"] == key:
                shown = {name: row[name] for name in names}
                return Answered(Rows([shown], False, 1), names, not options.select)
        raise NotFound(f"There is no indicator {key[:60]!r}.", field="code")

    def _rows(self, options: Options) -> list[Row]:
        check_filter(self.asked, options)
        check_order(self.asked, options)
        rows = [indicator_words(one, self.language) for one in self.indicators]
        return in_order(kept(rows, [options.filter] if options.filter else []), options.order)
