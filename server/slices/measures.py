"""What a value is: its operands, its formula, its unit; and the heads under which it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.cube.cube_model import CubeModel
from server.cube.elements import Aggregate, ValueType
from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.indicators.absence import Figure
from server.indicators.curve import Direction
from server.indicators.formula import Formula
from server.indicators.wording import UNITS, Unit
from server.scorecards.catalogue import Catalogue
from server.scorecards.figures import Operands
from server.slices.question import GROWTHS, Show, SliceQuestion, Value
from server.slices.result import ValueHead

_DECIMALS = {ValueType.INTEGER: 0}
_SHARE_DECIMALS = 1


@dataclass(frozen=True)
class Measured:
    """A value with all that its figures need."""

    value: Value
    label: str
    unit: Unit
    decimals: int
    direction: Direction
    is_additive: bool
    formula: Formula | None = None  # of an indicator

    @property
    def aggregates(self) -> frozenset[str]:
        """The aggregates that its figures are made of."""
        return self.formula.names if self.formula else frozenset({self.value.name})

    def figure(self, operands: Operands) -> Figure:
        """The figure for the aggregates of one cell."""
        return self.formula.evaluate(operands) if self.formula else operands[self.value.name]

    def head(self, show: Show) -> ValueHead:
        """The head of the value itself or of what else is shown of it."""
        is_share = show in ("share", *GROWTHS)
        return ValueHead(
            value=self.value,
            show=show,
            label=self.label,
            unit=UNITS["percent"] if is_share else self.unit,
            decimals=_SHARE_DECIMALS if is_share else self.decimals,
            direction=self.direction,
            is_additive=self.is_additive,
            cell_unit=self.unit,
        )


def measured_values(
    question: SliceQuestion, cube: CubeModel, catalogue: Catalogue, language: str
) -> tuple[Measured, ...]:
    """The values of a question; an unknown indicator is a sentence that names the known ones."""
    if not question.values:
        raise InvalidInput(
            f"A slice needs a value, such as {cube.aggregates[0].name}.",
            field="value",
            allowed=[one.name for one in cube.aggregates],
        )
    found: list[Measured] = []
    errors: list[IndicubeError] = []
    for value in question.values:
        try:
            found.append(_measured(value, cube, catalogue, language))
        except IndicubeError as error:
            errors.append(error)
    if len(errors) > 1:
        raise ManyErrors(errors)
    if errors:
        raise errors[0]
    return tuple(found)


def heads_of(values: Iterable[Measured]) -> tuple[ValueHead, ...]:
    """The heads of all values, in the order in which they stand in every column."""
    return tuple(one.head(show) for one in values for show in one.value.show)


def _measured(value: Value, cube: CubeModel, catalogue: Catalogue, language: str) -> Measured:
    if value.kind == "aggregate":
        return _of_aggregate(value, cube.aggregate(value.name), language)
    indicator = catalogue.indicator(value.name)
    if indicator.cubes != (cube.name,):
        raise InvalidInput(
            f"The indicator {value.name} is of {' and '.join(indicator.cubes)}, "
            f"not of the cube {cube.name} alone.",
            code="other_cubes",
            field="value",
            allowed=[
                one.code for one in catalogue.indicators.values() if one.cubes == (cube.name,)
            ],
        )
    return Measured(
        value=value,
        label=indicator.name.in_language(language),
        unit=indicator.unit,
        decimals=indicator.decimals,
        direction=indicator.direction,
        is_additive=_adds_up(indicator.formula, cube),
        formula=indicator.formula,
    )


def _of_aggregate(value: Value, aggregate: Aggregate, language: str) -> Measured:
    return Measured(
        value=value,
        label=aggregate.labels.in_language(language),
        unit=UNITS.get(aggregate.unit, UNITS["count"]),
        decimals=_DECIMALS.get(aggregate.value_type, 2),
        direction=Direction.BAND,  # more of an aggregate is neither good nor bad
        is_additive=aggregate.is_additive,
    )


def _adds_up(formula: Formula, cube: CubeModel) -> bool:
    """Whether the indicators of parts add up: one additive aggregate over a constant."""
    top, below = formula.as_ratio or (formula, None)
    if below is not None and below.names:
        return False
    return (
        len(top.names) == 1
        and str(top) in top.names
        and all(cube.aggregate(name).is_additive for name in top.names)
    )
