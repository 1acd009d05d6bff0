"""One indicator by the members of a dimension, one level below the slice's own member."""

from collections.abc import Mapping
from fractions import Fraction

from server.cube.model import CubeModel
from server.errors import NotFound
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import Bands
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import Arrival, arrival
from server.scorecards.evaluate import Asked
from server.scorecards.figures import (
    Operands,
    Question,
    cells,
    figures_of,
    period_of,
)
from server.scorecards.standing import stand
from server.scorecards.views import Breakdown, BreakdownRow, Member
from server.snapshot import Snapshot

MEMBERS = 50
_VOLUME = "flights"


def breakdown(
    runtime: Runtime,
    asked: Asked,
    indicator: Indicator,
    dimension: str,
    period: Period,
    snapshot: Snapshot,
    bands: Bands,
) -> Breakdown | None:
    """The indicator by member; None when the dimension has no level below the chosen member."""
    cube = runtime.cubes.model.cubes[indicator.cube]
    if dimension not in cube.dimension_names:
        raise NotFound(
            f"The cube {cube.name} has no dimension {dimension!r}.",
            field="by",
            allowed=cube.dimension_names,
        )
    levels = cube.dimension(dimension).levels
    path = asked.cuts.path(dimension)
    if len(path) >= len(levels) or arrival(period, snapshot, cube.fact_table) is Arrival.NONE:
        return None
    return _ask(runtime, asked, indicator, dimension, period, snapshot, bands)
