"""docs/scoring.md tells the truth: its examples are scored, and nothing is left out."""

import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest

from server.indicators.absence import PRECEDENCE, Absence
from server.indicators.curve import Direction, Method
from server.indicators.curve_form import KINDS, read_curve
from server.indicators.reading import Fields
from server.indicators.rounding import round_half_even
from server.indicators.scoring import Status, score
from server.indicators.targets import ROLLUPS
from server.indicators.trend import Words

PAGE = Path(__file__).parents[2].joinpath("docs", "scoring.md").read_text("utf-8")
EXAMPLE = re.compile(
    r"```toml\n(?P<curve>(?:.*\n)*?)```\n\n(?P<head>\|.*\|)\n\|[-|]+\n(?P<rows>(?:\|.*\n)+)"
)
WORDS = [
    *KINDS,
    *Method,
    *Status,
    *Absence,
    *ROLLUPS,
    *get_args(Words),
    "may_deduct",
    "inherited",
    "own",
]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def examples() -> list[tuple[str, dict[str, str]]]:
    """Each row of each example with the curve above it."""
    return [
        (example["curve"], dict(zip(cells(example["head"]), cells(line), strict=True)))
        for example in EXAMPLE.finditer(PAGE)
        for line in example["rows"].splitlines()
    ]


@pytest.mark.parametrize(("curve", "row"), examples())
def test_every_example_is_true(curve: str, row: dict[str, str]) -> None:
    written: dict[str, Any] = tomllib.loads(curve, parse_float=Decimal)
    fields = Fields(written["curve"], "docs")
    shape = read_curve(fields, Direction(written["direction"]))
    fields.finish()

    figures = {
        name: Absence.NO_TARGET if cell == "–" else Fraction(cell) for name, cell in row.items()
    }
    result = score(figures["Value"], figures["Target"], shape, challenge=figures.get("Challenge"))

    assert isinstance(result, Fraction)
    assert round_half_even(result, 2) == Decimal(row["Score"])


def test_every_kind_of_curve_has_an_example() -> None:
    shown = " ".join(curve for curve, _ in examples())

    assert {kind for kind in KINDS if f'kind = "{kind}"' not in shown} == set()


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_a_definition_is_explained(word: str) -> None:
    assert re.search(rf"[`\"#]\s?[^`\"\n]*\b{word}\b|###.*\b{word}\b", PAGE)


def test_the_order_of_absences_is_the_one_in_force() -> None:
    told = PAGE.split("comes first in:")[1].split(". `coalesce`")[0]

    assert re.findall(r"`(\w+)`", told) == [str(absence) for absence in PRECEDENCE]
