"""Everything about one indicator at one slice: standing, operands, breakdowns, chart, origin."""

from server.indicators.absence import Figure
from server.indicators.definition import Indicator
from server.indicators.operands import Operand
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.breakdown import breakdown
from server.scorecards.breaking import Inquiry
from server.scorecards.catalogue import read_catalogue
from server.scorecards.charts import trend_chart
from server.scorecards.evaluate import all_operands, standings_in
from server.scorecards.figure import bands_of
from server.scorecards.figures import Operands
from server.scorecards.frame import PICKED, default_period, frame, tables_of
from server.scorecards.views import IndicatorView


def indicator_view(runtime: Runtime, asked: Asked, code: str) -> IndicatorView:
    """One indicator at the asked slice; NotFound when its code is unknown."""
    snapshot = runtime.snapshot(asked.as_of, asked.as_of_model)
    catalogue = read_catalogue(runtime.metadata, snapshot.definitions)
    indicator = catalogue.indicator(code)
    cube, tables = runtime.cubes.model.cube(indicator.cube), tables_of(runtime, [indicator])
    period = asked.period or default_period(runtime, snapshot, *tables)
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
        frame=frame(
            runtime,
            asked.person,
            cube.name,
            period,
            asked.cuts,
            asked.language,
            snapshot,
            tables,
        ),
        standing=standing,
        operands=_operands(runtime, asked, indicator, operands.of(indicator)[period]),
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
    return tuple(
        (one.name, _label(runtime, asked, indicator, one), known[one.name])
        for one in indicator.operands
    )


def _label(runtime: Runtime, asked: Asked, indicator: Indicator, operand: Operand) -> str:
    """An aggregate in words; of a formula over several cubes each with its cube."""
    cube = runtime.cubes.model.cube(operand.cube)
    label = cube.aggregate(operand.aggregate).labels.in_language(asked.language)
    if not indicator.is_across:
        return label
    return f"{cube.labels.in_language(asked.language)}: {label}"
