"""Cuts as conditions of the other engine: SQL with its three truths over flat facts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tests.truth.calendars import UNITS
from tests.truth.other_engine import OtherEngine
from tests.truth.questions import Cut, Question, Relative

_PARTS = {
    "ymd": ("year", "quarter", "month", "day"),
    "iso": ("isoyear", "week", "isodow"),
}


def condition_of(engine: OtherEngine, question: Question) -> str:
    """What a fact must meet to be counted: the cuts, and the scope as it is now."""
    of_time = [_of_cut(engine, question, cut) for cut in question.cuts if cut.dimension == "time"]
    return " AND ".join([*of_time, condition_without_time(engine, question)])


def condition_without_time(engine: OtherEngine, question: Question) -> str:
    """The same without the cuts of time."""
    every = [_of_cut(engine, question, cut) for cut in question.cuts if cut.dimension != "time"]
    for name in question.scope.dimensions:
        paths = tuple(tuple(path) for path in question.scope.paths(name))
        dimension = engine.world.dimension(name)
        cut = Cut(name, dimension.hierarchies[0][0], "set", paths)
        every.append(_of_cut(engine, question, cut, "now:" if dimension.table else ""))
    return " AND ".join(every) or "true"


def time_condition_of(engine: OtherEngine, question: Question) -> str:
    """What of the cuts is about time."""
    every = [_of_cut(engine, question, cut) for cut in question.cuts if cut.dimension == "time"]
    return " AND ".join(every) or "true"


def split_condition(engine: OtherEngine, question: Question) -> str:
    """Whether a fact is within the cuts of a split."""
    every = [_of_cut(engine, question, cut) for cut in question.split]
    return f"coalesce({' AND '.join(every)}, false)"


def _of_cut(engine: OtherEngine, question: Question, cut: Cut, prefix: str = "") -> str:
    keys = _keys(engine, cut, prefix)
    paths = [_values(engine, question, cut, path) for path in cut.paths]
    if cut.kind == "range":
        inner = f"({_beyond(keys, paths[0], '>')}) AND ({_beyond(keys, paths[1], '<')})"
    else:
        inner = " OR ".join(f"({_is(keys, path)})" for path in paths)
    return f"NOT ({inner})" if cut.is_negated else f"({inner})"


def _keys(engine: OtherEngine, cut: Cut, prefix: str) -> list[str]:
    dimension = engine.world.dimension(cut.dimension)
    if cut.attribute:
        return [f'"{prefix}raw:{cut.dimension}.{cut.attribute}"']
    keys = [f'"{prefix}{level.key}"' for level in dimension.levels(cut.hierarchy)]
    # Below its own depth a member of a tree is nobody, which is a value like any other.
    return [f"coalesce({key}, '')" for key in keys] if dimension.is_tree else keys


def _values(
    engine: OtherEngine, question: Question, cut: Cut, path: Sequence[Any]
) -> list[str | None]:
    """The values of a path as SQL; a day counted from today is a whole path."""
    if path and isinstance(path[0], Relative):
        day = f"({path[0].sql(engine.today(question.moment))})::DATE"
        return _path_of_day(day, cut.hierarchy)
    is_tree = engine.world.dimension(cut.dimension).is_tree
    return [_literal("" if value is None and is_tree else value) for value in path]


def _path_of_day(day: str, hierarchy: str) -> list[str | None]:
    if hierarchy in _PARTS:
        return [f"{part}({day})" for part in _PARTS[hierarchy]]
    numbers = [f"{hierarchy}_{unit}" for unit in UNITS[hierarchy]]
    return [f"(SELECT {each} FROM days WHERE calendar_day = {day})" for each in numbers]


def _literal(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return f"{value}::DECIMAL(38, 4)" if isinstance(value, Decimal) else str(value)


def _is(keys: Sequence[str], path: Sequence[str | None]) -> str:
    return " AND ".join(
        f"{key} IS NULL" if value is None else f"{key} = {value}"
        for key, value in zip(keys, path, strict=False)
    )


def _beyond(keys: Sequence[str], path: Sequence[str | None], sign: str) -> str:
    if not path:
        return "true"
    key, value = keys[0], path[0]
    if len(path) == 1:
        return f"{key} {sign}= {value}"
    return f"{key} {sign} {value} OR ({key} = {value} AND ({_beyond(keys[1:], path[1:], sign)}))"
