"""Change the tiles of a dashboard: one step, from a known version, by its owner."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from server.dashboards.tiles import Tile, new_tile, tile_from_mapping, tile_to_mapping
from server.dashboards.tiles import resized as resized_tile
from server.errors import Conflict, LimitReached, NotFound
from server.metadata.dashboards import Arrangement, Dashboard

MOST_TILES = 40

Tiles = tuple[Tile, ...]


@dataclass(frozen=True)
class Board:
    """The tiles in order, and the one that was taken away last with its place."""

    tiles: Tiles
    removed: tuple[Tile, int] | None = None


def board_of(kept: Dashboard) -> Board:
    """The tiles of a dashboard as they are kept."""
    removed = kept.removed
    return Board(
        tuple(tile_from_mapping(one) for one in kept.tiles),
        (tile_from_mapping(removed["tile"]), int(removed["place"])) if removed else None,
    )


def arrangement_of(board: Board) -> Arrangement:
    """The tiles as they are kept."""
    removed: Mapping[str, Any] | None = None
    if board.removed is not None:
        tile, place = board.removed
        removed = {"tile": tile_to_mapping(tile), "place": place}
    return Arrangement(tuple(tile_to_mapping(one) for one in board.tiles), removed)


def added(board: Board, tile: Tile) -> tuple[Board, str]:
    """The board with a new tile at its end, and the key of that tile."""
    _refuse_full(board)
    keyed = replace(new_tile(tile), key=secrets.token_hex(4))
    return replace(board, tiles=(*board.tiles, keyed)), keyed.key


def moved(board: Board, key: str, to: int) -> Board:
    """The board with a tile at another place, counted from 0; beyond the ends means the end."""
    place = _place(board, key)
    others = board.tiles[:place] + board.tiles[place + 1 :]
    at = max(0, min(len(others), to))
    return replace(board, tiles=(*others[:at], board.tiles[place], *others[at:]))


def stepped(board: Board, key: str, steps: int) -> Board:
    """The board with a tile so many places later, or earlier."""
    return moved(board, key, max(0, _place(board, key) + steps))


def resized(board: Board, key: str, wider: int, taller: int) -> Board:
    """The board with a tile so many columns and rows larger, or smaller."""
    return _with(board, key, lambda tile: resized_tile(tile, wider, taller))


def without(board: Board, key: str) -> Board:
    """The board without a tile, which can be put back until the next one is taken away."""
    place = _place(board, key)
    tiles = board.tiles[:place] + board.tiles[place + 1 :]
    return Board(tiles, (board.tiles[place], place))


def restored(board: Board) -> Board:
    """The board with the tile that was taken away last, where it was."""
    if board.removed is None:
        raise Conflict("No tile was taken away that could be put back.")
    _refuse_full(board)
    tile, place = board.removed
    tiles = (*board.tiles[:place], tile, *board.tiles[place:])
    return Board(tiles)


def _refuse_full(board: Board) -> None:
    if len(board.tiles) >= MOST_TILES:
        raise LimitReached(f"A dashboard holds {MOST_TILES} tiles; take one away first.")


def _with(board: Board, key: str, change: Callable[[Tile], Tile]) -> Board:
    place = _place(board, key)
    changed = change(board.tiles[place])
    return replace(board, tiles=(*board.tiles[:place], changed, *board.tiles[place + 1 :]))


def _place(board: Board, key: str) -> int:
    for place, tile in enumerate(board.tiles):
        if tile.key == key:
            return place
    raise NotFound(f"This dashboard has no tile {key!r}.", field="tile")
