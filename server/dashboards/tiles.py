"""PURE: a tile says what it shows, of which part and when, and how large; kept as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args

from server.errors import InvalidInput
from server.periods import Kind, Period, last_full_period
from server.scorecards.slicing import NO_CUTS, Cuts

TileKind = Literal[
    "figure", "trend", "ranking", "table", "scorecard", "slice", "slice_table", "text"
]
KINDS: tuple[TileKind, ...] = get_args(TileKind)
LATEST: tuple[Kind, ...] = ("month", "quarter", "year")
SLICES: tuple[TileKind, ...] = ("slice", "slice_table")
LARGE: tuple[TileKind, ...] = ("trend", "ranking", "table", *SLICES)  # half of a wall screen

WIDEST, TALLEST = 4, 3
MOST_TITLE, MOST_TEXT, MOST_QUERY = 120, 2_000, 8_000

# Columns and rows of the grid that a new tile takes.
_SIZES: Mapping[TileKind, tuple[int, int]] = {
    "figure": (1, 1),
    "trend": (2, 2),
    "ranking": (2, 2),
    "table": (2, 2),
    "scorecard": (2, 1),
    "slice": (2, 2),
    "slice_table": (2, 2),
    "text": (1, 1),
}


@dataclass(frozen=True)
class Focus:
    """What a whole dashboard is looked at for: a period and a part; neither: all as pinned."""

    period: Period | None = None
    cuts: Cuts = NO_CUTS
    like_for_like: bool = False  # comparisons only of organisations that are on both sides


NO_FOCUS = Focus()


@dataclass(frozen=True)
class Tile:
    """One tile of a dashboard."""

    kind: TileKind
    subject: str = ""  # the code of an indicator or a scorecard, or the name of a cube
    dimension: str = ""  # what a ranking or a table is by
    cuts: Cuts = NO_CUTS
    period: str = "month"  # one of LATEST: the last full one; or a period such as "2013-07"
    query: str = ""  # the question of a slice, as the parameters of its address
    title: str = ""  # of a text
    text: str = ""
    width: int = 1
    height: int = 1
    key: str = ""  # tells the tiles of one dashboard apart

    def period_at(self, watermark: date | None) -> Period | None:
        """The period that the tile shows; None when it follows the facts and there are none."""
        if self.period not in LATEST:
            return Period.parse(self.period)
        kind: Kind = self.period
        return last_full_period(kind, watermark) if watermark else None


def focused(tile: Tile, focus: Focus) -> Tile:
    """The tile in focus; what it was pinned with for good, a period or a part, stays."""
    cuts = Cuts.of({**dict(focus.cuts.paths), **dict(tile.cuts.paths)})
    if focus.period is None or tile.period not in LATEST:
        return replace(tile, cuts=cuts)
    kind: Kind = tile.period
    return replace(tile, cuts=cuts, period=str(Period.containing(focus.period.last_day, kind)))


def new_tile(tile: Tile) -> Tile:
    """The tile in the size of its kind, when everything that it says can be.

    Raises:
        InvalidInput: what is wrong with it.
    """
    width, height = _SIZES[_checked_kind(tile.kind)]
    if tile.period not in LATEST:
        Period.parse(tile.period)
    for name, text, most in (
        ("title", tile.title, MOST_TITLE),
        ("text", tile.text, MOST_TEXT),
        ("query", tile.query, MOST_QUERY),
    ):
        if len(text) > most:
            raise InvalidInput(f"The {name} of a tile has at most {most} letters.", field=name)
    if tile.kind == "text" and not (tile.title.strip() or tile.text.strip()):
        raise InvalidInput("A tile of text needs a title or a text.", field="text")
    if tile.kind in ("ranking", "table") and not tile.dimension:
        raise InvalidInput(f"A {tile.kind} needs a dimension.", field="dimension")
    return replace(tile, width=width, height=height)


def tile_to_mapping(tile: Tile) -> dict[str, Any]:
    """The tile as JSON keeps it."""
    kept = {
        name: getattr(tile, name)
        for name in ("key", "kind", "subject", "dimension", "period", "query", "title", "text")
    }
    cuts = [[name, list(path)] for name, path in tile.cuts.paths]
    return {**kept, "cuts": cuts, "width": tile.width, "height": tile.height}


def tile_from_mapping(kept: Mapping[str, Any]) -> Tile:
    """Read what `tile_to_mapping` writes."""
    texts = ("key", "subject", "dimension", "period", "query", "title", "text")
    return Tile(
        kind=_checked_kind(kept["kind"]),
        cuts=Cuts(tuple((name, tuple(path)) for name, path in kept["cuts"])),
        width=_within(kept["width"], WIDEST),
        height=_within(kept["height"], TALLEST),
        **{name: str(kept[name]) for name in texts},
    )


def resized(tile: Tile, wider: int, taller: int) -> Tile:
    """The tile by so many columns and rows larger, within what the grid has."""
    return replace(
        tile,
        width=_within(tile.width + wider, WIDEST),
        height=_within(tile.height + taller, TALLEST),
    )


def _checked_kind(kind: str) -> TileKind:
    for known in KINDS:
        if kind == known:
            return known
    raise InvalidInput(f"There is no tile of the kind {kind!r}.", field="kind", allowed=KINDS)


def _within(size: int, most: int) -> int:
    return max(1, min(most, int(size)))
