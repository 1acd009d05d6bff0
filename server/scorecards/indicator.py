"""Everything about one indicator at one slice: standing, operands, breakdowns, chart, origin."""

from server.indicators.absence import Figure
from server.indicators.definition import Indicator
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.breakdown import Inquiry, breakdown
from server.scorecards.catalogue import read_catalogue
from server.scorecards.charts import trend_chart
from server.scorecards.evaluate import all_operands, standings_in
from server.scorecards.figure import bands_of
from server.scorecards.figures import Operands
from server.scorecards.frame import PICKED, default_period, frame
from server.scorecards.views import IndicatorView


def indicator_view(runtime: Runtime, asked: Asked, code: str) -> IndicatorView:
    """One indicator at the asked slice; NotFound when its code is unknown."""
    snapshot = runtime.snapshot(asked.as_of, asked.as_of_model)
    catalogue = read_catalogue(runtime.metadata, snapshot.definitions)
    indicator = catalogue.indicator(code)
    cube = runtime.cubes.model.cube(indicator.cube)
    period = asked.period or default_period(runtime, snapshot, cube.fact.name)
    operands = all_operands(runtime, asked, [indicator], period, snapshot)
    bands = bands_of(catalogue, code)
    standing = standings_in(runtime, asked, [indicator], period, operands, snapshot, bands)[code]
    inquiry = Inquiry(runtime, asked, standing, snapshot, bands)
    parts = (
        breakdown(inquiry, name)
        for name in PICKED
        if cube.has_dimension(name) and asked.cuts.fit(cube)
    )
    origin = catalogue.sources["indicator", code]
    return IndicatorView(
        frame=frame(runtime, asked.person, cube.name, period, asked.cuts, asked.language, snapshot),
        standing=standing,
        operands=_operands(runtime, asked, indicator, operands[indicator.cube][period]),
        breakdowns=tuple(part for part in parts if part is not None),
        chart=trend_chart(standing, asked.language),
        author=origin.author,
        reason=origin.reason,
        scorecards=tuple(
            (card.code, card.name.in_language(asked.language))
            for card in catalogue.scorecards_with(code)
        ),
    )


def _operands(
    runtime: Runtime, asked: Asked, indicator: Indicator, known: Operands
) -> tuple[tuple[str, str, Figure], ...]:
    cube = runtime.cubes.model.cube(indicator.cube)
    return tuple(
        (name, cube.aggregate(name).labels.in_language(asked.language), known[name])
        for name in sorted(indicator.formula.names)
    )
