"""What the answer to a question must be: SQL of the other engine, written from the question alone.

A cut is a condition with SQL's three truths over the outputs of flat facts; groups are put in order
and cut into pages in Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.truth.conditions import condition_of, split_condition, time_condition_of
from tests.truth.figures import figure_of
from tests.truth.other_engine import OtherEngine
from tests.truth.parts import Aggregate, World
from tests.truth.questions import Question, levels_of

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
    chosen = world.chosen(question.aggregates)
    facts = _Facts(
        engine.flat(question.moment, question.membership, question.language),
        condition_of(engine, question),
        time_condition_of(engine, question),
    )
    summary = _figures(chosen, engine.rows(facts.select(chosen))[0])
    keys, outputs = _outputs(engine, question)
    if not keys:
        return Answer([], 0, summary)
    found = engine.rows(facts.select(chosen, keys, outputs, _spans(engine, question)))
    refs = [ref for ref, _ in outputs]
    rows = [
        dict(zip(refs, row, strict=False)) | _figures(chosen, row[len(refs) :]) for row in found
    ]
    ordered = in_order(rows, [*question.order, *_natural(world, question)])
    first, last = _span(question, len(ordered))
    return Answer(ordered[first:last], len(ordered), summary)


def pieces_over(
    engine: OtherEngine,
    aggregates: Sequence[Aggregate],
    table: str,
    where: str,
    keys: Sequence[str],
) -> list[Row]:
    """The figures of every group of some facts, each group a span of time by its first key."""
    facts = _Facts(table, where, "true")
    sql = facts.select(aggregates, keys, [(key, key) for key in keys], keys[:1])
    names = [key.strip('"') for key in keys]
    return [
        dict(zip(names, row, strict=False)) | _figures(aggregates, row[len(names) :])
        for row in engine.rows(sql)
    ]


def in_order(rows: Iterable[Row], orders: Sequence[tuple[str, bool]]) -> list[Row]:
    """The rows sorted by several outputs, the first one first; what is absent comes last."""
    ordered = list(rows)
    for ref, is_descending in reversed(orders):
        given = [row for row in ordered if row[ref] is not None]
        absent = [row for row in ordered if row[ref] is None]
        given.sort(key=lambda row: _comparable(row[ref]), reverse=is_descending)
        ordered = [*given, *absent]
    return ordered


@dataclass(frozen=True)
class _Facts:
    """Where facts are taken from, what they must meet, and what of that is about time."""

    table: str
    where: str
    of_time: str

    def select(
        self,
        aggregates: Iterable[Aggregate],
        keys: Sequence[str] = (),
        outputs: Sequence[tuple[str, str]] = (),
        spans: Sequence[str] = (),
    ) -> str:
        """The SELECT; what stocks need of a span of time is found before other cuts apply."""
        every = tuple(aggregates)
        listed = [sql for _, sql in outputs]
        listed += [piece for each in every for piece in each.pieces]
        grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
        source = f"(SELECT * FROM {self.table} WHERE {self.of_time})"
        for each in every:
            for name, sql in each.windows:
                column = sql.replace("<span>", ", ".join(spans) or "true")
                source = f"(SELECT *, {column} AS {name} FROM {source})"
        return f"SELECT {', '.join(listed)} FROM {source} WHERE {self.where}{grouped}"


def _spans(engine: OtherEngine, question: Question) -> list[str]:
    """What tells the spans of time of an answer apart."""
    levels = [
        level
        for drill in question.drills
        if drill.dimension == "time"
        for level in levels_of(engine.world, drill)
    ]
    spans = [f'"{level.key}"' for level in levels]
    if question.split and all(cut.dimension == "time" for cut in question.split):
        spans.append(f"({split_condition(engine, question)})")
    return spans


def _outputs(engine: OtherEngine, question: Question) -> tuple[list[str], list[tuple[str, str]]]:
    """What to group by, and the outputs: a member is described as on the group's last day."""
    keys: list[str] = []
    outputs: list[tuple[str, str]] = []
    if question.split:
        keys.append(split_condition(engine, question))
        outputs.append((SPLIT, keys[0]))
    for drill in question.drills:
        for level in levels_of(engine.world, drill):
            keys.append(f'"{level.key}"')
            outputs.append((level.key, f'"{level.key}"'))
            outputs += [(ref, f'last("{ref}" ORDER BY day)') for ref in level.refs[1:]]
    return list(dict.fromkeys(keys)), list(dict.fromkeys(outputs))


def _natural(world: World, question: Question) -> list[tuple[str, bool]]:
    split = [(SPLIT, False)] if question.split else []
    levels = [level for drill in question.drills for level in levels_of(world, drill)]
    return [*split, *((level.key, level.is_descending) for level in levels)]


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
