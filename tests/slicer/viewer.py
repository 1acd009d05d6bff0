"""A CubesViewer page as far as a server can tell: the addresses that it makes, and what it reads.

Written from what its library and views do, each thing in words of our own. Reading raises KeyError
where the page would find nothing, and so would show nothing, or stop.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

Path = Sequence[object]
_SPECIAL = re.compile(r"([\\!|:;,-])")
_UNTOUCHED = "!'()*~"  # by what writes the page's addresses
_NAME = re.compile(r"\w+", re.ASCII)  # what the page can take apart again


def address(path: str, **parameters: object) -> str:
    """The address of a question, its values written as jQuery writes them."""
    pairs = (
        f"{name}={quote_plus(str(value), safe=_UNTOUCHED)}" for name, value in parameters.items()
    )
    query = "&".join(pairs)
    return f"{path}?{query}" if query else path


def text_of(path: Path) -> str:
    """A path in a cut: each value behind backslashes, the absent one by its name."""
    return ",".join(
        "__null__" if value is None else _SPECIAL.sub(r"\\\1", str(value)) for value in path
    )


@dataclass(frozen=True)
class Level:
    """A level, as the page reads it from the model."""

    name: str
    label: str
    key: str
    label_ref: str
    refs: tuple[str, ...]
    role: str | None
    is_map: bool  # whether it is shown on a map
    has_many: bool  # members, so that it is answered by pages alone, which the page never asks

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Level":
        """Attributes are looked up by name, and cells read by their refs."""
        by_name = {one["name"]: one["ref"] for one in told["attributes"]}
        first = told["attributes"][0]["ref"]
        key = by_name.get(told.get("key"), first)
        return cls(
            told["name"],
            told["label"],
            key,
            by_name.get(told.get("label_attribute"), key),
            tuple(one["ref"] for one in told["attributes"]),
            told.get("role"),
            told.get("role") == "geo" or "cv-geo-source" in told["info"],
            told.get("cardinality") == "high",
        )

    def read(self, cell: Mapping[str, Any]) -> tuple[Any, Any]:
        """Key and label of a cell; every attribute has to be there."""
        for ref in self.refs:
            cell[ref]
        return cell[self.key], cell[self.label_ref]


@dataclass(frozen=True)
class Along:
    """A hierarchy of a dimension."""

    dimension: str
    hierarchy: str
    levels: tuple[Level, ...]

    @property
    def head(self) -> str:
        """How it is named in a cut and a drill-down: always with its hierarchy."""
        return f"{self.dimension}@{self.hierarchy}"

    def drill(self, depth: int) -> str:
        """The drill-down to a level."""
        return f"{self.head}:{self.levels[depth - 1].name}"

    def cut(self, *paths: Path, is_inverted: bool = False) -> str:
        """A point or a set."""
        return f"{'!' * is_inverted}{self.head}:{';'.join(text_of(path) for path in paths)}"

    def since(self, first: Path, last: Path = ()) -> str:
        """A range, as the filter by days makes it."""
        return f"{self.head}:{text_of(first)}-{text_of(last)}"

    def read(self, cell: Mapping[str, Any], depth: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The path of a cell and the labels along it."""
        keys, labels = zip(*(level.read(cell) for level in self.levels[:depth]), strict=True)
        return keys, labels

    def day(self, year: int, month: int, day: int) -> tuple[int, ...]:
        """A day by the roles of the levels; KeyError where a level has none that is known."""
        parts = {"year": year, "quarter": (month + 2) // 3, "month": month, "day": day}
        return tuple(parts[level.role or ""] for level in self.levels)


class Model:
    """The model of a cube, as the page reads it."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.name, self.label = told["name"], told["label"]
        assert "cv-view-params" not in told["info"]
        self.aggregates = [(one["ref"], one["label"], one.get("measure")) for one in _list(told)]
        self.measures = {one["ref"]: one["label"] for one in told["measures"]}
        self.details = [(one["ref"], one["name"]) for one in told["details"]]
        self.levels = [Level.of(one) for each in told["dimensions"] for one in each["levels"]]
        self.along = [one for each in told["dimensions"] for one in _along(each)]
        self.filtered_by_days = [one for each in told["dimensions"] for one in _by_days(each)]

    def named(self, head: str) -> Along:
        """The hierarchy with that head."""
        return next(one for one in self.along if one.head == head)

    def figures(self, cell: Mapping[str, Any]) -> dict[str, Any]:
        """Every aggregate of a cell."""
        return {ref: cell[ref] for ref, _, _ in self.aggregates}

    def row(self, fact: Mapping[str, Any]) -> list[Any]:
        """A row of the table of facts: every level's label, measures and details."""
        labels = [level.read(fact)[1] for level in self.levels]
        others = [*self.measures, *(ref for ref, _ in self.details)]
        return [*labels, *(fact[ref] for ref in others)]


def _list(told: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [one for one in told["aggregates"] if one["name"]]


def _along(dimension: Mapping[str, Any]) -> Iterator[Along]:
    assert dimension["label"], dimension["name"]
    levels = {one["name"]: Level.of(one) for one in dimension["levels"]}
    names = [dimension["name"], *levels, *(one["name"] for one in dimension["hierarchies"])]
    assert all(_NAME.fullmatch(name) for name in names), names
    found = {
        one["name"]: Along(
            dimension["name"], one["name"], tuple(levels[name] for name in one["levels"])
        )
        for one in dimension["hierarchies"]
        if one["label"]
    }
    assert dimension["default_hierarchy_name"] in found
    yield from found.values()


def _by_days(dimension: Mapping[str, Any]) -> Iterator[Along]:
    info = dimension["info"]
    if dimension.get("role") == "time" and info.get("cv-datefilter", True):
        wanted = info.get("cv-datefilter-hierarchy", dimension["default_hierarchy_name"])
        yield next(one for one in _along(dimension) if one.hierarchy == wanted)
