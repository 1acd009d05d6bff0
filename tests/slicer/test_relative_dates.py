"""Days that are counted from today become full paths of the cut's hierarchy."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from server.runtime import Runtime


@pytest.fixture(scope="module")
def today(harbour: Runtime) -> date:
    """The day from which days are counted where no fact has one: that of the publication."""
    published = harbour.snapshot().published_at
    assert published is not None
    return published.date()


def _path(day: date) -> list[str]:
    return [str(day.year), str(day.month), str(day.day)]


def test_a_day_is_a_path_of_all_levels(cube: Callable[[str], Any], today: date) -> None:
    def path(text: str) -> Any:
        return cube(f"aggregate?cut=date:{text}")["cell"][0]["path"]

    assert path("today") == _path(today)
    assert path("yesterday") == _path(today - timedelta(days=1))
    assert path("3daysforward") == _path(today + timedelta(days=3))
    assert path("lastyear") == [str(today.year - 1), "1", "1"]


def test_the_ends_of_a_range_may_be_said_so(cube: Callable[[str], Any], today: date) -> None:
    (cut,) = cube("aggregate?cut=date@yq:2yearsago-today")["cell"]
    quarter = (today.month + 2) // 3

    assert cut["to"] == [str(today.year), str(quarter)]
    assert cut["from"] == [str(today.year - 2), str(quarter)]


def test_any_other_text_stays_a_value(cube: Callable[[str], Any]) -> None:
    assert cube("aggregate?cut=port:today")["cell"][0]["path"] == ["today"]
