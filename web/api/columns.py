"""What the rows of an answer hold, column by column, as the model says it."""

import re
from collections.abc import Iterable, Mapping, Sequence

from server.cube.cube_model import CubeModel
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate, Attribute, Measure, ValueType
from server.cube.marked import RANK, RUNNING, Mark
from server.cube.modifiers import Output
from server.cube.statement import SPLIT
from server.cube.terms import is_wide
from server.exports.columns import Column, Kind
from server.store.tables import ColumnSpec

_DECIMAL = re.compile(r"Decimal\(\d+, ?(\d+)\)")
_KINDS: Mapping[ValueType, Kind] = {
    ValueType.TEXT: "key",
    ValueType.INTEGER: "whole",
    ValueType.DECIMAL: "decimal",
    ValueType.FLOAT: "number",
    ValueType.DATE: "day",
}


def cell_columns(
    cube: CubeModel,
    drills: Iterable[Drill],
    outputs: Iterable[Output],
    marks: Iterable[Mark] = (),
    *,
    has_split: bool = False,
) -> list[Column]:
    """The columns of cells: members, then figures, then their marks."""
    figures = [output_column(one) for one in outputs]
    split = [Column(SPLIT, "flag")] if has_split else []
    return [*split, *member_columns(cube, drills), *figures, *mark_columns(marks, figures)]


def member_columns(cube: CubeModel, drills: Iterable[Drill]) -> list[Column]:
    """The columns of members: all attributes of every level, each once."""
    found = {
        attribute.ref: _attribute_column(cube, drill.dimension.name, attribute)
        for drill in drills
        for level in drill.levels
        for attribute in level.attributes
    }
    return list(found.values())


def output_column(output: Output, name: str | None = None) -> Column:
    """The column of a figure; whatever is divided is the nearest binary number."""
    kind, scale = _figure_kind(output.aggregate) if output.is_amount else ("number", 0)
    return Column(name or output.name, kind, scale, is_figure=True)


def mark_columns(marks: Iterable[Mark], figures: Sequence[Column]) -> list[Column]:
    """The columns of marks: ranks are whole, a running total is what it adds up."""
    known = {one.name: one for one in figures}
    found = []
    for mark in marks:
        like = known[mark.figure]
        kind: Kind = "whole" if mark.kind == RANK else "number"
        if mark.kind == RUNNING:
            kind = like.kind
        scale = like.scale if kind == "decimal" else 0
        found += [Column(name, kind, scale, is_figure=True) for name in mark.names]
    return found


def key_names(cube: CubeModel) -> tuple[str, ...]:
    """The fields of facts that name members."""
    columns = [one.fact_column.name for one in cube.dimensions if one.fact_column is not None]
    return (*(each.ref for one in cube.dimensions for each in one.attributes), *columns)


def _figure_kind(aggregate: Aggregate) -> tuple[Kind, int]:
    if aggregate.is_derived:
        return "number", 0
    kind = _KINDS[aggregate.value_type]
    measure = aggregate.measure
    if kind == "decimal":
        return kind, _scale(measure)
    return ("wide" if kind == "whole" and is_wide(measure) else kind), 0


def _scale(measure: Measure | None) -> int:
    """The decimals of a measure: of a product those of all its factors."""
    factors = measure.factors if measure else ()
    return sum(_decimals(factor.column) for factor in factors)


def _attribute_column(cube: CubeModel, dimension: str, attribute: Attribute) -> Column:
    kind = _KINDS[attribute.value_type]
    if kind != "decimal":
        return Column(attribute.ref, kind)
    table = cube.dimension(dimension).table or cube.fact
    specs = (one for one in table.columns if one.name == attribute.column)
    return Column(attribute.ref, kind, max((_decimals(one) for one in specs), default=0))


def _decimals(column: ColumnSpec) -> int:
    scaled = _DECIMAL.fullmatch(column.plain_type)
    return int(scaled[1]) if scaled else 0
