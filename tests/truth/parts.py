"""The parts of a made-up cube, said once: for the model's documents and for the other engine."""

from dataclasses import dataclass
from datetime import date
from typing import Any

Document = dict[str, Any]
FLAGS = ("paid", "late")


@dataclass(frozen=True)
class Level:
    """One level: the outputs that a drill-down answers, the key first."""

    name: str
    refs: tuple[str, ...]
    kind: str = "text"  # text, integer, decimal, date
    is_descending: bool = False

    @property
    def key(self) -> str:
        """The output that tells its members apart."""
        return self.refs[0]


@dataclass(frozen=True)
class Dimension:
    """A dimension and its hierarchies, the default one first."""

    name: str
    hierarchies: tuple[tuple[str, tuple[Level, ...]], ...]
    column: str
    column_type: str
    table: str = ""
    is_dated: bool = False
    is_tree: bool = False
    attributes: tuple[tuple[str, str], ...] = ()  # that no hierarchy leads to, and their kinds

    @property
    def is_time(self) -> bool:
        """Whether its keys are parts of a day."""
        return self.column == "day"

    def levels(self, hierarchy: str) -> tuple[Level, ...]:
        """The levels of a hierarchy from the top down."""
        return dict(self.hierarchies)[hierarchy]


@dataclass(frozen=True)
class Measure:
    """A number of a fact: its document, and the same number over the other engine's columns."""

    document: Document
    sql: str
    is_inexact: bool = False

    @property
    def name(self) -> str:
        """Its name in the model."""
        return str(self.document["name"])


@dataclass(frozen=True)
class Aggregate:
    """A figure: its document, the columns that the other engine answers, and how they make it."""

    document: Document
    pieces: tuple[str, ...]
    finish: str = "itself"  # a function of `figures`
    is_additive: bool = False
    is_inexact: bool = False
    windows: tuple[tuple[str, str], ...] = ()  # columns over spans of time that the pieces need

    @property
    def name(self) -> str:
        """Its name in the model."""
        return str(self.document["name"])


@dataclass(frozen=True)
class Moment:
    """One published state: which batches are to be seen, and which versions of the tables."""

    number: int
    top: int
    visible: tuple[int, ...]
    versions: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class World:
    """A cube, its rows, and the states in which it can be asked."""

    seed: int
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    aggregates: tuple[Aggregate, ...]
    columns: tuple[tuple[str, str], ...]  # of the facts: name and type
    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    facts: tuple[tuple[Any, ...], ...]  # batch, row, and the columns
    members: tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]  # of each table: version, row …
    moments: tuple[Moment, ...]
    grain: tuple[str, ...] = ()
    roll_ups: tuple[Document, ...] = ()
    name: str = "facts"  # of the cube and of its table
    others: tuple["World", ...] = ()  # further cubes over the same tables of dimensions

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name."""
        return next(each for each in self.dimensions if each.name == name)

    def has_dimension(self, name: str) -> bool:
        """Whether there is a dimension of that name."""
        return any(each.name == name for each in self.dimensions)

    def chosen(self, names: tuple[str, ...]) -> tuple[Aggregate, ...]:
        """The aggregates of these names, in their order."""
        found = {each.name: each for each in self.aggregates}
        return tuple(found[name] for name in names)

    def days(self, moment: Moment) -> list[date]:
        """The days of the facts that are visible at a moment."""
        place = 2 + [name for name, _ in self.columns].index("day")
        return [fact[place] for fact in self.facts if fact[0] in moment.visible]

    def values(self, column: str) -> list[Any]:
        """The different values of a fact column, those of no fact left out."""
        place = 2 + [name for name, _ in self.columns].index(column)
        return list(dict.fromkeys(fact[place] for fact in self.facts))


def labelled(name: str, **others: Any) -> Document:
    """The document of something with a name and its labels."""
    return {"name": name, "label": name.title(), "labels": {"zh": f"{name}的"}, **others}
