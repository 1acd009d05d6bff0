"""How an answer was worked out: every statement with its values, what it read, how long it took.

Whoever asks sees the statements of their own question, with their own scope in them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from server.access import Scope
from server.cube.rollups import FACTS
from server.store.asking import NOBODY, Answered, asking_for, present_asker

MOST_VALUES = 20  # of one list of values
_READS = "ReadFrom"  # how the engine's names of reading steps begin


class Readers(Protocol):
    """Whatever runs a statement and answers its rows."""

    def query(self, statement: Any) -> Any:
        """The answer, with its rows in `rows`."""


@dataclass(frozen=True)
class Read:
    """One table or roll-up that a statement reads, and how much of it its sort key leaves."""

    source: str
    parts: str  # those read, of those there are
    granules: str


@dataclass(frozen=True)
class Working:
    """One statement of an answer."""

    sql: str
    parameters: Mapping[str, str]
    served_by: str
    reads: tuple[Read, ...]
    milliseconds: float
    rows_read: int
    rows: int  # of its answer


@contextmanager
def noting_workings() -> Iterator[list[Answered]]:
    """Hear of every question that is asked within the block."""
    heard: list[Answered] = []
    with asking_for(replace(present_asker(), hearer=heard.append)):
        yield heard


def workings(readers: Readers, heard: Iterable[Answered]) -> tuple[Working, ...]:
    """What was heard, with the engine's own plan of each statement."""
    return tuple(_working(readers, one) for one in heard)


def scope_words(scope: Scope) -> tuple[str, ...]:
    """What somebody is confined to, one rule each; none: everything may be seen."""
    return tuple(f"{rule.dimension}: {' › '.join(rule.path) or 'nothing'}" for rule in scope.rules)


def _working(readers: Readers, answered: Answered) -> Working:
    statement = answered.statement
    parameters: Mapping[str, object] = dict(statement.parameters)
    return Working(
        sql=statement.sql,
        parameters={name: _written(value) for name, value in parameters.items()},
        served_by=getattr(statement, "served_by", FACTS),
        reads=_reads(readers, statement.sql, parameters),
        milliseconds=round(1000 * answered.seconds, 3),
        rows_read=answered.rows_read,
        rows=answered.rows,
    )


@dataclass(frozen=True)
class _Plan:
    """Asks the engine how it would answer a statement."""

    sql: str
    parameters: Mapping[str, object]
    columns: tuple[str, ...] = field(default=("explain",))


def _reads(readers: Readers, sql: str, parameters: Mapping[str, object]) -> tuple[Read, ...]:
    plan = _Plan(f"EXPLAIN json = 1, indexes = 1\n{sql}", parameters)
    with asking_for(replace(NOBODY, cancellation=present_asker().cancellation)):
        rows = readers.query(plan).rows
    (told,) = json.loads("\n".join(row[0] for row in rows))
    return tuple(_found_in(told["Plan"]))


def _found_in(step: Mapping[str, Any]) -> Iterator[Read]:
    if step["Node Type"].startswith(_READS) and "Description" in step:
        indexes = step.get("Indexes", ())
        yield Read(step["Description"], _share(indexes, "Parts"), _share(indexes, "Granules"))
    for inner in step.get("Plans", ()):
        yield from _found_in(inner)


def _share(indexes: Sequence[Mapping[str, Any]], of: str) -> str:
    """Those that the last index left, of those that the first one saw."""
    if not indexes:
        return ""
    return f"{indexes[-1].get(f'Selected {of}', '')}/{indexes[0].get(f'Initial {of}', '')}"


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        shown = ", ".join(_written(one) for one in value[:MOST_VALUES])
        left = len(value) - MOST_VALUES
        return f"[{shown}{f', … {left:,} more' if left > 0 else ''}]"
    return value.isoformat() if isinstance(value, date) else str(value)
