"""A slice as a table: one row for each cell of rows and columns, without totals.

Columns of members become rows, so that a new month is a new row and no column ever moves.
"""

from collections.abc import Iterator, Sequence

from server.cube.cube_model import CubeModel
from server.cube.elements import Level
from server.indicators.absence import Absence, Figure
from server.links.table import LinkTable, Value, distinct
from server.slices.result import AxisHead, Path, Paths, SliceResult, ValueHead


def table_of_slice(result: SliceResult, cube: CubeModel) -> LinkTable:
    """The whole answer of a slice."""
    axes = [_levels(cube, head) for head in (*result.row_heads, *result.column_heads)]
    names = [name for levels in axes for name in _names(levels)]
    names += [_value_name(head) for head in result.values]
    return LinkTable(distinct(names), tuple(_rows(result, axes)), result.snapshot, result.watermark)


def _rows(result: SliceResult, axes: Sequence[tuple[Level, ...]]) -> Iterator[tuple[Value, ...]]:
    count = len(result.values)
    for row in result.rows:
        for place, column in enumerate(result.columns):
            if not {row.kind, column.kind} <= {"cell", "others"}:
                continue
            within = (*_filled(row.paths, row.labels, len(result.row_heads)),)
            within += (*_filled(column.paths, column.labels, len(result.column_heads)),)
            members = [
                value
                for levels, (path, label) in zip(axes, within, strict=True)
                for value in _member(levels, path, label)
            ]
            figures = row.cells[place * count : (place + 1) * count]
            shown = [_plain(one, head) for one, head in zip(figures, result.values, strict=True)]
            yield (*members, *shown)


def _levels(cube: CubeModel, head: AxisHead) -> tuple[Level, ...]:
    hierarchy = cube.dimension(head.axis.dimension).hierarchy(head.axis.hierarchy)
    if hierarchy is None:
        return ()
    return hierarchy.levels[: hierarchy.depth_of(head.axis.level)]


def _names(levels: tuple[Level, ...]) -> list[str]:
    """The keys from the top down, and the label of the member."""
    keys = [level.key.ref for level in levels]
    return [*keys, levels[-1].label.ref] if _has_label(levels) else keys


def _member(levels: tuple[Level, ...], path: Path, label: str) -> list[Value]:
    keys: list[Value] = [*path, *([None] * (len(levels) - len(path)))]
    return [*keys, label] if _has_label(levels) else keys


def _has_label(levels: tuple[Level, ...]) -> bool:
    return levels[-1].label.ref != levels[-1].key.ref


def _filled(paths: Paths, labels: Sequence[str], number: int) -> Iterator[tuple[Path, str]]:
    """The member on each axis; the rest that is put together as others is none."""
    for place in range(number):
        path = paths[place] if place < len(paths) else ()
        yield path, labels[place] if place < len(labels) else "others"


def _value_name(head: ValueHead) -> str:
    name = head.value.reference
    return name if head.show == "value" else f"{name}.{head.show}"


def _plain(figure: Figure, head: ValueHead) -> Value:
    """The number that the slicer shows, bare."""
    return None if isinstance(figure, Absence) else head.unit.shown(figure, head.decimals)
