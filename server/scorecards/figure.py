"""How one indicator stands at one slice, and nothing else: what a program asks for.

A screen shows breakdowns and pickers beside it; here nobody asks the facts for them.
"""

from dataclasses import dataclass
from datetime import date

from server.indicators.scoring import DEFAULT_BANDS, Bands
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import Catalogue, read_catalogue
from server.scorecards.evaluate import all_operands, standings_in
from server.scorecards.frame import default_period, slice_of, tables_of
from server.scorecards.views import Slice, Standing
from server.snapshot import Snapshot


@dataclass(frozen=True)
class IndicatorFigure:
    """A standing, where it stands, and what it is based on."""

    slice: Slice
    standing: Standing
    snapshot: Snapshot
    data_to: date | None


def indicator_figure(
    runtime: Runtime, asked: Asked, code: str, snapshot: Snapshot
) -> IndicatorFigure:
    """One indicator at the asked slice; NotFound when its code, or a member, is unknown."""
    catalogue = read_catalogue(runtime.metadata, snapshot.definitions)
    indicator = catalogue.indicator(code)
    tables = tables_of(runtime, [indicator])
    period = asked.period or default_period(runtime, snapshot, *tables)
    operands = all_operands(runtime, asked, [indicator], period, snapshot)
    bands = bands_of(catalogue, code)
    standings = standings_in(runtime, asked, [indicator], period, operands, snapshot, bands)
    known = [day for one in tables if (day := snapshot.watermarks.get(one))]
    return IndicatorFigure(
        slice=slice_of(runtime, asked, indicator.cube, period, snapshot),
        standing=standings[code],
        snapshot=snapshot,
        data_to=min(known) if len(known) == len(tables) else None,
    )


def bands_of(catalogue: Catalogue, code: str) -> Bands:
    """The bands of the first scorecard that holds an indicator."""
    cards = catalogue.scorecards_with(code)
    return cards[0].bands if cards else DEFAULT_BANDS
