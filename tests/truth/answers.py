"""What the answer to a question must be: SQL of the other engine, written from the question alone.

A cut is a condition with SQL's three truths over the outputs of flat facts; groups are put in order
and cut into pages in Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.truth.figures import figure_of
from tests.truth.other_engine import OtherEngine
from tests.truth.parts import Aggregate, Level, World
from tests.truth.questions import Cut, Drill, Question

SPLIT = "__within_split__"
Row = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """The rows of the page, how many rows there are in all, and the figures of the whole."""

    rows: list[Row]
    count: int
    summary: Row


def answer_to(engine: OtherEngine, question: Question) -> Answer:
    """The answer that must come."""
    world = engine.world
    table = engine.flat(question.moment, question.membership, question.language)
    where = condition_of(world, question)
    chosen = world.chosen(question.aggregates)
    summary = _figures(chosen, engine.rows(_select(chosen, table, where, (), ()))[0])
    keys, outputs = _outputs(world, question)
    if not keys:
        return Answer([], 0, summary)
    found = engine.rows(_select(chosen, table, where, keys, outputs))
    refs = [ref for ref, _ in outputs]
    rows = [
        dict(zip(refs, row, strict=False)) | _figures(chosen, row[len(refs) :]) for row in found
    ]
    ordered = in_order(rows, [*question.order, *_natural(world, question)])
    first, last = _span(question, len(ordered))
    return Answer(ordered[first:last], len(ordered), summary)


def condition_of(world: World, question: Question) -> str:
    """What a fact must meet to be counted."""
    every = [cut_condition(world, cut) for cut in question.cuts]
    for name in question.scope.dimensions:
        paths = tuple(tuple(path) for path in question.scope.paths(name))
        hierarchy = world.dimension(name).hierarchies[0][0]
        prefix = "now:" if world.dimension(name).table else ""
        every.append(cut_condition(world, Cut(name, hierarchy, "set", paths), prefix))
    return " AND ".join(every) or "true"


def cut_condition(world: World, cut: Cut, prefix: str = "") -> str:
    """A cut as a condition."""
    keys = [
        f'"{prefix}{level.key}"' for level in world.dimension(cut.dimension).levels(cut.hierarchy)
    ]
    if cut.kind == "range":
        low, high = cut.paths
        inner = f"({_beyond(keys, low, '>')}) AND ({_beyond(keys, high, '<')})"
    else:
        inner = " OR ".join(f"({_is(keys, path)})" for path in cut.paths)
    return f"NOT ({inner})" if cut.is_negated else f"({inner})"


def in_order(rows: Iterable[Row], orders: Sequence[tuple[str, bool]]) -> list[Row]:
    """The rows sorted by several outputs, the first one first; what is absent comes last."""
    ordered = list(rows)
    for ref, is_descending in reversed(orders):
        given = [row for row in ordered if row[ref] is not None]
        absent = [row for row in ordered if row[ref] is None]
        given.sort(key=lambda row: _comparable(row[ref]), reverse=is_descending)
        ordered = [*given, *absent]
    return ordered


def literal(value: Any) -> str:
    """A value as the other engine reads it."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return f"{value}::DECIMAL(38, 4)" if isinstance(value, Decimal) else str(value)


def _is(keys: Sequence[str], path: Sequence[Any]) -> str:
    return " AND ".join(
        f"{key} IS NULL" if value is None else f"{key} = {literal(value)}"
        for key, value in zip(keys, path, strict=False)
    )


def _beyond(keys: Sequence[str], path: Sequence[Any], sign: str) -> str:
    if not path:
        return "true"
    key, value = keys[0], literal(path[0])
    if len(path) == 1:
        return f"{key} {sign}= {value}"
    return f"{key} {sign} {value} OR ({key} = {value} AND ({_beyond(keys[1:], path[1:], sign)}))"


def _select(
    aggregates: Iterable[Aggregate],
    table: str,
    where: str,
    keys: Sequence[str],
    outputs: Sequence[tuple[str, str]],
) -> str:
    listed = [sql for _, sql in outputs]
    listed += [piece for each in aggregates for piece in each.pieces]
    grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {', '.join(listed)} FROM {table} WHERE {where}{grouped}"


def _outputs(world: World, question: Question) -> tuple[list[str], list[tuple[str, str]]]:
    """What to group by, and the outputs: a member is described as on the group's last day."""
    keys: list[str] = []
    outputs: list[tuple[str, str]] = []
    if question.split:
        within = " AND ".join(cut_condition(world, cut) for cut in question.split)
        keys.append(f"coalesce({within}, false)")
        outputs.append((SPLIT, keys[0]))
    for drill in question.drills:
        for level in _levels(world, drill):
            keys.append(f'"{level.key}"')
            outputs.append((level.key, f'"{level.key}"'))
            outputs += [(ref, f'last("{ref}" ORDER BY day)') for ref in level.refs[1:]]
    return list(dict.fromkeys(keys)), list(dict.fromkeys(outputs))


def _natural(world: World, question: Question) -> list[tuple[str, bool]]:
    split = [(SPLIT, False)] if question.split else []
    levels = [level for drill in question.drills for level in _levels(world, drill)]
    return [*split, *((level.key, level.is_descending) for level in levels)]


def _levels(world: World, drill: Drill) -> tuple[Level, ...]:
    return world.dimension(drill.dimension).levels(drill.hierarchy)[: drill.depth]


def _span(question: Question, number: int) -> tuple[int, int]:
    if question.page is None:
        return 0, number
    page, size = question.page
    return page * size, (page + 1) * size


def _figures(aggregates: Iterable[Aggregate], values: Sequence[Any]) -> Row:
    figures: Row = {}
    place = 0
    for each in aggregates:
        figures[each.name] = figure_of(each, values[place : place + len(each.pieces)])
        place += len(each.pieces)
    return figures


def _comparable(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
