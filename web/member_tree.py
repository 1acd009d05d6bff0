"""The members of a dimension as a tree: found by search, or opened step by step."""

from collections.abc import Collection
from dataclasses import dataclass

from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import Path, path_text
from server.cube.elements import Dimension, Hierarchy
from server.slices.times import is_time, period_at
from web.words import language, period_words

MOST_MEMBERS = 300


@dataclass(frozen=True)
class MemberLine:
    """A member in the tree."""

    path: str  # as a cut writes it
    label: str
    depth: int
    is_picked: bool
    has_more: bool = False  # members below it
    is_open: bool = False  # they are listed


@dataclass(frozen=True)
class MemberTree:
    """The members of a dimension within some cuts."""

    browser: ClickHouseBrowser
    dimension: Dimension
    along: Hierarchy
    cuts: tuple[str, ...] = ()
    picked: Collection[Path] = ()
    opened: frozenset[str] = frozenset()
    from_table: bool = False  # also members without facts

    def grown(self, above: Path = ()) -> tuple[MemberLine, ...]:
        """The members below one, each followed by its own where it is opened."""
        lines: list[MemberLine] = []
        depth = len(above) + 1
        for path, label in self.members(above, depth):
            has_more, is_open = depth < len(self.along.levels), path_text(path) in self.opened
            lines.append(
                MemberLine(path_text(path), label, depth, path in self.picked, has_more, is_open)
            )
            if is_open and has_more and len(lines) <= MOST_MEMBERS:
                lines += self.grown(path)
        return tuple(lines)

    def found(self, search: str) -> tuple[MemberLine, ...]:
        """Members of every level whose key or label holds the text."""
        return tuple(
            MemberLine(path_text(path), label, depth, path in self.picked)
            for depth in range(1, len(self.along.levels) + 1)
            for path, label in self.members((), depth, search)
        )

    def members(self, above: Path, depth: int, search: str = "") -> list[tuple[Path, str]]:
        """The paths of some depth below a member, each with its label."""
        cuts = list(self.cuts)
        if above:
            cuts.append(f"{self.dimension.name}@{self.along.name}:{path_text(above)}")
        rows = self.browser.members(
            tuple(cuts),
            dimension=self.dimension.name,
            hierarchy=self.along.name,
            depth=depth,
            page=0,
            page_size=MOST_MEMBERS + 1,
            search=search,
            from_table=self.from_table,
        )
        levels = self.along.levels[:depth]
        found = []
        for row in rows:
            path = tuple(row[level.key.ref] for level in levels)
            found.append((path, self._label(path, row[levels[-1].label.ref])))
        return found

    def _label(self, path: Path, label: object) -> str:
        timed = is_time(self.browser.model, self.dimension.name)
        period = period_at(self.along, path) if timed else None
        if period is not None:
            return period_words(period)
        if label is not None:
            return str(label)
        unknown = self.dimension.unknown.in_language(language())
        return unknown if path[-1] is None else str(path[-1])
