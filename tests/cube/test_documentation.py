"""`docs/cube.md` says what there is: every function, part and key, and cuts that can be asked."""

import re
from pathlib import Path

import pytest

from server.cube.cell import parse_cuts, text_of
from server.cube.elements import Function
from server.cube.model import load_model
from server.cube.time_paths import PARTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cube.md").read_text(encoding="utf-8")
CELLS = PAGE.split("## Cells")[1].split("\n## ")[0]
CUTS = [match.group(1) for match in re.finditer(r"^\| `([^`]+)` \|", CELLS, re.MULTILINE)]
DEPARTURES = load_model(ROOT / "cube_models", "flights").cube("departures")


def test_there_are_examples_of_cuts() -> None:
    assert len(CUTS) > 10


@pytest.mark.parametrize("text", CUTS)
def test_a_cut_of_the_page_can_be_asked(text: str) -> None:
    assert text_of(DEPARTURES, parse_cuts(DEPARTURES, text)) == text


@pytest.mark.parametrize("word", [*Function, *PARTS])
def test_every_function_and_part_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_every_key_of_the_model_is_on_the_page() -> None:
    keys: set[str] = set()
    for path in (ROOT / "server/cube").glob("*_reading.py"):
        for call in re.findall(r"\.allow\(([^)]*)\)", path.read_text(encoding="utf-8")):
            keys.update(re.findall(r'"(\w+)"', call))

    assert "open_to" in keys
    assert {key for key in keys if f"`{key}`" not in PAGE and f'"{key}"' not in PAGE} == set()
