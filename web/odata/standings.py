"""How indicators stand, by period and organisation, as rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from server.access import Person
from server.cube.browser import ClickHouseBrowser
from server.errors import InvalidInput, NotAllowed
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import shown
from server.periods import Period, periods_between
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import Catalogue
from server.scorecards.evaluate import all_operands, standings_in
from server.scorecards.figure import bands_of
from server.scorecards.frame import default_period
from server.scorecards.slicing import Cuts, path_text
from server.scorecards.views import Standing
from server.snapshot import Snapshot
from web.odata.rows import Row

ORGANISATION = "organisation"
Path = tuple[str | None, ...]


@dataclass(frozen=True)
class Place:
    """An organisation in a period."""

    organisation: Path  # empty: the whole
    period: Period


@dataclass(frozen=True)
class Spot:
    """An indicator at a place; nothing is worked out yet."""

    code: str
    place: Place

    @property
    def known(self) -> Row:
        """What is known of its row beforehand."""
        return {"indicator": self.code, **_place_row(self.place)}


@dataclass
class Standings:
    """The indicators for one person at one snapshot."""

    runtime: Runtime
    person: Person
    snapshot: Snapshot
    catalogue: Catalogue
    language: str

    def spots(self, periods: Sequence[str]) -> list[Spot]:
        """Every indicator in every month and organisation, and in further periods by their names.

        The whole comes before its parts, the last period before those before it.
        """
        further = {found for found in map(_period, periods) if found is not None}
        listed = sorted({*self._months(), *further}, key=lambda one: one.first_day, reverse=True)
        return [
            Spot(indicator.code, Place(path, period))
            for path in self._organisations
            for period in listed
            for indicator in self._indicators
        ]

    def rows(self, place: Place, codes: Collection[str]) -> dict[str, Row]:
        """Rows by indicator, for one place."""
        cuts = Cuts.of({ORGANISATION: place.organisation})
        asked = Asked(self.person, cuts, place.period, self.language)
        chosen = [one for one in self._indicators if one.code in codes]
        operands = all_operands(self.runtime, asked, chosen, place.period, self.snapshot)
        found: dict[str, Standing] = {}
        for bands, alike in groupby(chosen, lambda one: bands_of(self.catalogue, one.code)):
            about = asked, list(alike), place.period, operands, self.snapshot, bands
            found |= standings_in(self.runtime, *about)
        return {code: self._row(place, one) for code, one in found.items()}

    @cached_property
    def _indicators(self) -> list[Indicator]:
        """Those whose cube the person's scope can be applied to."""
        return [one for one in self.catalogue.indicators.values() if self._may_see(one.cube)]

    def _may_see(self, cube: str) -> bool:
        try:
            self._browser(cube).cell()
        except NotAllowed:
            return False
        return True

    def _browser(self, cube: str) -> ClickHouseBrowser:
        scope = self.person.scope
        return self.runtime.cubes.browser(cube, self.snapshot, scope, self.language)

    def _months(self) -> list[Period]:
        """The full months with facts of the cubes of the indicators."""
        found: set[Period] = set()
        for name in {one.cube for one in self._indicators}:
            table = self.runtime.cubes.model.cube(name).fact.name
            first = self.snapshot.first_dates.get(table)
            if first is not None:
                last = default_period(self.runtime, self.snapshot, table)
                found.update(periods_between(Period.containing(first, "month"), last))
        return sorted(found)

    @property
    def _organisations(self) -> tuple[Path, ...]:
        return ((), *self._labels)

    @cached_property
    def _labels(self) -> dict[Path, str]:
        """Every organisation that may be seen, at every level, with its label."""
        found: dict[Path, str] = {}
        for name in dict.fromkeys(one.cube for one in self._indicators):
            cube = self.runtime.cubes.model.cube(name)
            if not cube.has_dimension(ORGANISATION):
                continue
            levels = cube.dimension(ORGANISATION).default_hierarchy.levels
            for row in self._browser(name).members(None, ORGANISATION):
                keys = tuple(_text(row[level.key.ref]) for level in levels)
                for depth, level in enumerate(levels, 1):
                    found.setdefault(keys[:depth], str(row[level.label.ref]))
        return dict(sorted(found.items(), key=lambda item: (len(item[0]), path_text(item[0]))))

    def _row(self, place: Place, one: Standing) -> Row:
        indicator = one.indicator
        return {
            "indicator": indicator.code,
            **_place_row(place),
            "name": indicator.name.in_language(self.language),
            "organisation_name": self._labels.get(place.organisation),
            "unit": indicator.unit.code,
            "value": _seen(one.value, indicator),
            "target": _seen(one.target, indicator),
            "score": None if isinstance(one.score, Absence) else shown(one.score),
            "status": str(one.status),
            "absent": str(one.value) if isinstance(one.value, Absence) else None,
        }


def _place_row(place: Place) -> Row:
    return {
        "period": str(place.period),
        "organisation": path_text(place.organisation),
        "first_day": place.period.first_day,
        "last_day": place.period.last_day,
    }


def _seen(value: Figure, indicator: Indicator) -> Decimal | None:
    """The figure in its unit, as screens show it."""
    if isinstance(value, Absence):
        return None
    return indicator.unit.shown(value, indicator.decimals)


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except InvalidInput:
        return None


def _text(key: object) -> str | None:
    return None if key is None else str(key)
