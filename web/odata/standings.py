"""How indicators stand, by period and organisation, as rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice

from server.access import Person
from server.cube.browser import ClickHouseBrowser
from server.errors import InvalidInput, LimitReached, NotAllowed
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import Bands, Status, shown, status_of
from server.periods import Period, periods_between
from server.runtime import Runtime
from server.scorecards.arrival import Arrival, arrival, within
from server.scorecards.catalogue import Catalogue
from server.scorecards.figure import bands_of
from server.scorecards.figures import Operands
from server.scorecards.frame import default_period
from server.scorecards.gathering import ByPeriod, Gathered, gather
from server.scorecards.slicing import Cuts, path_text
from server.scorecards.standing import score_in, target_in, value_in
from server.snapshot import Snapshot
from web.odata.organisations import ORGANISATION, Asking, Path, key_text
from web.odata.rows import Row

MOST_PERIODS = 800  # that one question asks


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
    _parts: dict[tuple[Place, str], bool] = field(default_factory=dict)

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

    def rows(self, spots: Sequence[Spot]) -> list[Row]:
        """The rows of spots, in their order: one question for a cube and a depth of organisation.

        Periods of several kinds are asked apart.
        """
        found: dict[Spot, Row] = {}
        for together in _of_one_kind(spots):
            periods = [one.place.period for one in together]
            asked = _run(min(periods), max(periods))
            codes = {one.code for one in together}
            chosen = {one.code: one for one in self._indicators if one.code in codes}
            cuts = {path: Cuts.of({ORGANISATION: path}) for path in _paths(together)}
            gathered = self._gathered(tuple(chosen.values()), asked, cuts)
            for one in together:
                indicator, path = chosen[one.code], one.place.organisation
                known = gathered[path].of(indicator)
                found[one] = self._row(one.place, indicator, known, cuts[path])
        return [found[one] for one in spots]

    def _gathered(
        self,
        indicators: Sequence[Indicator],
        periods: tuple[Period, ...],
        cuts: Mapping[Path, Cuts],
    ) -> dict[Path, Gathered]:
        """What the indicators are worked out from, by organisation.

        First it is noted what each organisation needs of each cube; then a cube is asked for all.
        """
        model = self.runtime.cubes.model
        wanted: dict[tuple[str, tuple[str, ...]], list[Path]] = {}

        def note(cube: str, aggregates: tuple[str, ...], own: Cuts) -> ByPeriod:
            wanted.setdefault((cube, aggregates), []).append(own.path(ORGANISATION))
            return {}

        for each in cuts.values():
            gather(indicators, periods, each, model, note)
        answers = {
            (cube, aggregates): Asking(
                self._browser(cube), self.person.scope, aggregates, periods
            ).of(paths)
            for (cube, aggregates), paths in wanted.items()
        }

        def answered(cube: str, aggregates: tuple[str, ...], own: Cuts) -> ByPeriod:
            return answers[cube, aggregates][own.path(ORGANISATION)]

        return {
            path: gather(indicators, periods, each, model, answered) for path, each in cuts.items()
        }

    @cached_property
    def _indicators(self) -> list[Indicator]:
        """Those whose cubes the person's scope can be applied to."""
        known = self.catalogue.indicators.values()
        return [one for one in known if all(self._may_see(cube) for cube in one.cubes)]

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
                keys = tuple(key_text(row[level.key.ref]) for level in levels)
                for depth, level in enumerate(levels, 1):
                    found.setdefault(keys[:depth], str(row[level.label.ref]))
        return dict(sorted(found.items(), key=lambda item: (len(item[0]), path_text(item[0]))))

    def _row(
        self, place: Place, indicator: Indicator, known: Mapping[Period, Operands], cuts: Cuts
    ) -> Row:
        """Judged as a scorecard judges it: what has not arrived whole is partial."""
        value = value_in(indicator, place.period, known)
        score = score_in(indicator, place.period, known, cuts)
        is_partial = not isinstance(value, Absence) and any(
            self._is_part(place, cube, cuts) for cube in indicator.cubes
        )
        status = status_of(score, self._bands[indicator.code])
        return {
            "indicator": indicator.code,
            **_place_row(place),
            "name": indicator.name.in_language(self.language),
            "organisation_name": self._labels.get(place.organisation),
            "unit": indicator.unit.code,
            "value": _seen(value, indicator),
            "target": _seen(target_in(indicator, place.period, cuts), indicator),
            "score": None if isinstance(score, Absence) else shown(score),
            "status": str(Status.PARTIAL if is_partial else status),
            "absent": str(value) if isinstance(value, Absence) else None,
        }

    @cached_property
    def _bands(self) -> dict[str, Bands]:
        return {one.code: bands_of(self.catalogue, one.code) for one in self._indicators}

    def _is_part(self, place: Place, cube: str, cuts: Cuts) -> bool:
        """Whether a part of the period alone has arrived."""
        key = (place, cube)
        if key not in self._parts:
            table = self.runtime.cubes.model.cube(cube).fact.name
            asks = within(cuts, self.person.scope)
            found = arrival(place.period, self.snapshot, table, asks)
            self._parts[key] = found is Arrival.PART
        return self._parts[key]


def _run(first: Period, last: Period) -> tuple[Period, ...]:
    """The periods from the first to the last."""
    found = tuple(islice(periods_between(first, last), MOST_PERIODS + 1))
    if len(found) > MOST_PERIODS:
        raise LimitReached(
            f"From {first} to {last} there are more than {MOST_PERIODS} periods; ask for fewer.",
            field="$filter",
        )
    return found


def _of_one_kind(spots: Iterable[Spot]) -> list[list[Spot]]:
    """The spots by the kind of their periods: those of one are asked together."""
    found: dict[str, list[Spot]] = {}
    for one in spots:
        found.setdefault(one.place.period.kind, []).append(one)
    return list(found.values())


def _paths(spots: Iterable[Spot]) -> list[Path]:
    return list(dict.fromkeys(one.place.organisation for one in spots))


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
