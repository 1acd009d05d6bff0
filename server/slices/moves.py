"""PURE: the moves of a slicer: from one question to the next that somebody can mean by a click."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, parse_cuts, path_text, text_of
from server.cube.elements import Hierarchy
from server.slices.question import SHOWS, Axis, Order, Show, SliceQuestion, Top, Value
from server.slices.result import Path

Side = Literal["rows", "columns"]


def repaired(question: SliceQuestion) -> SliceQuestion:
    """The question without orders and tops of what is no longer in it."""
    names = {one.reference for one in question.values}
    members = {one.dimension for one in question.rows}
    order = tuple(
        replace(one, column=one.column if question.columns else "")
        for one in question.order
        if one.by in names | members
    )
    top = question.top if question.top and question.top.by in names and question.rows else None
    return replace(question, order=order, top=top)


def with_axis(question: SliceQuestion, side: Side, axis: Axis) -> SliceQuestion:
    """The axis added to the rows or the columns; taken away from where it was."""
    rows = tuple(one for one in question.rows if one != axis)
    columns = tuple(one for one in question.columns if one != axis)
    if side == "rows":
        return _moved(question, (*rows, axis), columns)
    return _moved(question, rows, (*columns, axis))


def without_axis(question: SliceQuestion, axis: Axis) -> SliceQuestion:
    """The axis taken away."""
    return _moved(
        question,
        tuple(one for one in question.rows if one != axis),
        tuple(one for one in question.columns if one != axis),
    )


def with_other_axis(question: SliceQuestion, axis: Axis, other: Axis) -> SliceQuestion:
    """Another axis in the place of one."""

    def changed(axes: Sequence[Axis]) -> tuple[Axis, ...]:
        return tuple(dict.fromkeys(other if one == axis else one for one in axes))

    rows = changed(question.rows)
    return _moved(
        question, rows, tuple(one for one in changed(question.columns) if one not in rows)
    )


def swapped(question: SliceQuestion) -> SliceQuestion:
    """Rows for columns."""
    return _moved(question, question.columns, question.rows)


def level_below(hierarchy: Hierarchy, axis: Axis) -> Axis | None:
    """The axis one level deeper."""
    depth = hierarchy.depth_of(axis.level)
    if depth >= len(hierarchy.levels):
        return None
    return replace(axis, level=hierarchy.levels[depth].name)


def level_above(hierarchy: Hierarchy, axis: Axis) -> Axis | None:
    """The axis one level higher."""
    depth = hierarchy.depth_of(axis.level)
    return replace(axis, level=hierarchy.levels[depth - 2].name) if depth > 1 else None


def drilled(question: SliceQuestion, cube: CubeModel, axis: Axis, path: Path) -> SliceQuestion:
    """Into a member: the slice is cut to it, and its axis goes one level deeper."""
    inside = cut_to_member(question, cube, axis, path)
    hierarchy = cube.dimension(axis.dimension).hierarchy(axis.hierarchy)
    below = level_below(hierarchy, axis) if hierarchy else None
    return with_other_axis(inside, axis, below) if below else inside


def cut_to_member(
    question: SliceQuestion, cube: CubeModel, axis: Axis, path: Path
) -> SliceQuestion:
    """Cut to a member; it takes the place of every other cut of its dimension."""
    text = f"{axis.dimension}@{axis.hierarchy}:{path_text(path)}"
    kept = without_dimension(question, cube, axis.dimension).cuts
    return with_cuts(question, cube, (*kept, text))


def raised(question: SliceQuestion, cube: CubeModel, cut: Cut, depth: int) -> SliceQuestion:
    """Out of a member: its cut goes up to so many levels, and its axis to the level below that."""
    kept = without_dimension(question, cube, cut.dimension).cuts
    shorter = replace(cut, paths=(cut.paths[0][:depth],))
    texts = (*kept, text_of(cube, [shorter])) if depth else kept
    found = with_cuts(question, cube, texts)
    hierarchy = cube.dimension(cut.dimension).hierarchy(cut.hierarchy)
    if hierarchy is None or depth >= len(hierarchy.levels):
        return found
    level = hierarchy.levels[depth].name
    for axis in question.axes:
        if (axis.dimension, axis.hierarchy) == (cut.dimension, cut.hierarchy):
            found = with_other_axis(found, axis, replace(axis, level=level))
    return found


def with_cuts(question: SliceQuestion, cube: CubeModel, cuts: Sequence[str]) -> SliceQuestion:
    """Other cuts, in canonical form."""
    texts = (text_of(cube, [cut]) for cut in parse_cuts(cube, list(cuts)))
    return replace(question, cuts=tuple(dict.fromkeys(texts)))


def without_cut(question: SliceQuestion, cut: str) -> SliceQuestion:
    """One cut taken away."""
    return replace(question, cuts=tuple(one for one in question.cuts if one != cut))


def without_dimension(question: SliceQuestion, cube: CubeModel, dimension: str) -> SliceQuestion:
    """Every cut on the members of a dimension taken away; one on an attribute stays."""
    cuts = [(parse_cuts(cube, one)[0], one) for one in question.cuts]
    kept = (text for one, text in cuts if one.dimension != dimension or one.attribute)
    return replace(question, cuts=tuple(kept))


def with_value(question: SliceQuestion, value: Value) -> SliceQuestion:
    """The value added; taken away when it is there, unless it is the only one."""
    if question.value(value.reference) is None:
        return replace(question, values=(*question.values, value))
    kept = tuple(one for one in question.values if one.reference != value.reference)
    return repaired(replace(question, values=kept or question.values))


def with_show(question: SliceQuestion, show: Show, *, is_shown: bool) -> SliceQuestion:
    """Of every value also the share or the change; or no longer."""

    def changed(value: Value) -> Value:
        wanted = set(value.show) | {show} if is_shown else set(value.show) - {show}
        return replace(value, show=tuple(one for one in SHOWS if one in wanted) or ("value",))

    return replace(question, values=tuple(changed(one) for one in question.values))


def with_show_of(question: SliceQuestion, reference: str, show: Show) -> SliceQuestion:
    """Of one value also something else; or no longer, where it is shown."""
    value = question.value(reference)
    if value is None:
        return question
    wanted = set(value.show) ^ {show}
    kept = tuple(one for one in SHOWS if one in wanted) or ("value",)
    shown = tuple(replace(one, show=kept) if one == value else one for one in question.values)
    return replace(question, values=shown)


def ordered_by(question: SliceQuestion, by: str, column: str = "") -> SliceQuestion:
    """Sorted by a value or a dimension: the greatest first, then the least first, then not."""
    first = question.order[0] if question.order else None
    is_value = question.value(by) is not None
    if first is None or (first.by, first.column) != (by, column):
        return replace(question, order=(Order(by, is_value, column),))
    if first.is_descending == is_value:
        return replace(question, order=(Order(by, not is_value, column),))
    return replace(question, order=())


def with_top(question: SliceQuestion, number: int | None) -> SliceQuestion:
    """The top so many by the first order, or by the first value; or everything."""
    if number is None:
        return replace(question, top=None)
    by = next((one.by for one in question.order if question.value(one.by)), None)
    others = question.top.others if question.top else True
    found = replace(question, top=Top(number, by or question.values[0].reference, others))
    return found if question.order else ordered_by(found, found.top.by if found.top else "")


def _moved(
    question: SliceQuestion, rows: tuple[Axis, ...], columns: tuple[Axis, ...]
) -> SliceQuestion:
    """Other axes: the order by a column that is gone is gone."""
    order = tuple(
        replace(one, column="") if columns != question.columns else one for one in question.order
    )
    return repaired(replace(question, rows=rows, columns=columns, order=order))
