"""Tiles are added, moved, resized, taken away and put back; what is kept reads back as it was."""

import pytest

from server.dashboards.arranging import (
    MOST_TILES,
    Board,
    added,
    moved,
    resized,
    restored,
    stepped,
    without,
)
from server.dashboards.tiles import Tile, new_tile, tile_from_mapping, tile_to_mapping
from server.errors import Conflict, InvalidInput, LimitReached, NotFound
from server.scorecards.slicing import Cuts

ABC = Board(tuple(Tile("text", text=key, key=key) for key in "abc"))


def keys(board: Board) -> str:
    return "".join(tile.key for tile in board.tiles)


@pytest.mark.parametrize(
    ("key", "to", "order"),
    [("a", 0, "abc"), ("a", 1, "bac"), ("a", 2, "bca"), ("c", 0, "cab"), ("b", 99, "acb")],
)
def test_a_tile_moves_to_a_place(key: str, to: int, order: str) -> None:
    assert keys(moved(ABC, key, to)) == order


@pytest.mark.parametrize(
    ("key", "steps", "order"),
    [("a", -1, "abc"), ("a", 1, "bac"), ("b", -1, "bac"), ("c", 1, "abc"), ("c", -1, "acb")],
)
def test_a_tile_takes_a_step_and_stays_at_the_ends(key: str, steps: int, order: str) -> None:
    assert keys(stepped(ABC, key, steps)) == order


def test_a_tile_grows_and_shrinks_within_the_grid() -> None:
    grown = ABC
    for _ in range(9):
        grown = resized(grown, "b", 1, 1)
    assert (grown.tiles[1].width, grown.tiles[1].height) == (4, 3)
    for _ in range(9):
        grown = resized(grown, "b", -1, -1)
    assert (grown.tiles[1].width, grown.tiles[1].height) == (1, 1)


def test_the_tile_that_was_taken_away_last_comes_back_where_it_was() -> None:
    less = without(ABC, "b")

    assert keys(less) == "ac"
    assert keys(restored(less)) == "abc"
    with pytest.raises(Conflict):
        restored(restored(less))


def test_a_tile_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="'x'"):
        moved(ABC, "x", 0)


def test_a_full_dashboard_takes_no_more() -> None:
    full = Board(tuple(Tile("text", text="t", key=str(n)) for n in range(MOST_TILES)))

    with pytest.raises(LimitReached, match=str(MOST_TILES)):
        added(full, Tile("text", text="one more"))


def test_a_tile_reads_back_as_it_was_kept() -> None:
    tile = Tile(
        "ranking",
        subject="on_time_arrival",
        dimension="organisation",
        cuts=Cuts.of({"region": ("America/New_York", None)}),
        period="2013-07",
        width=2,
        height=3,
        key="k",
    )

    assert tile_from_mapping(tile_to_mapping(tile)) == tile


@pytest.mark.parametrize(
    "tile",
    [
        Tile("pie"),  # type: ignore[arg-type]
        Tile("figure", subject="x", period="2013-13"),
        Tile("ranking", subject="x"),
        Tile("text", text=" "),
        Tile("text", text="x" * 2_001),
    ],
)
def test_what_cannot_be_a_tile_is_refused(tile: Tile) -> None:
    with pytest.raises(InvalidInput):
        new_tile(tile)
