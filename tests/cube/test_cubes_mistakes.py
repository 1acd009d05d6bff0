"""What is wrong with a model of cubes 1.1 is told in sentences that name the place, all at once."""

import copy
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from server.cube.cubes_reading import read_cubes_model
from server.errors import IndicubeError, ManyErrors
from tests.cube.bookshop import DOCUMENT, TYPES


def _broken(change: Any) -> tuple[str, ...]:
    document, types = copy.deepcopy(DOCUMENT), copy.deepcopy(TYPES)
    change(document, types)
    with pytest.raises((IndicubeError, ManyErrors)) as refused:
        read_cubes_model(document, types)
    return tuple(each.message for each in getattr(refused.value, "errors", (refused.value,)))


def _set(path: str, value: Any) -> Any:
    def change(document: Any, types: Any) -> None:
        *steps, last = path.split("/")
        found: Any = {"document": document, "types": types}
        for step in steps:
            found = found[int(step) if step.isdigit() else step]
        found[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "document/cubes/0/dimensions/4",
            "canal",
            "cube sales: unknown dimension 'canal'. Allowed: date",
        ),
        (
            "document/cubes/0/joins/0/alias",
            "day",
            "date.year is in the table 'date', which no join",
        ),
        (
            "document/cubes/0/joins/3/master",
            {"table": "books", "column": ["a", "b"]},
            "are one column each",
        ),
        ("document/cubes/0/joins/1/alias", "date", "there are two joins of 'date'"),
        (
            "document/cubes/0/mappings/book.isbn",
            "date.id",
            "tables that do not hang together: books, date",
        ),
        (
            "document/cubes/0/mappings/amount",
            "ft_sales.gone",
            "table ft_sales has no column 'gone'",
        ),
        (
            "document/cubes/0/measures/0/expression",
            "a + b",
            "measure amount: an expression is not read",
        ),
        ("document/cubes/0/aggregates/2/function", "stddev", "unknown function 'stddev'"),
        ("document/cubes/0/aggregates/1/measure", "profit", "aggregate amount_sum: "),
        ("document/cubes/1/mappings/written.year/extract", "epoch", "'epoch' is no part of a date"),
        (
            "document/dimensions/1/template",
            "day",
            "dimension paid_on: its template 'day' is not there",
        ),
        (
            "document/dimensions/0/hierarchies/1/levels",
            ["year", "week"],
            "hierarchy ym: unknown level 'week'",
        ),
        ("document/cubes/0/dimensions/3", {"name": "genre", "alias": "gen re"}, "name is 'gen re'"),
        ("types/days/day", "Float64", "the key of level day is inexact"),
        ("types/reviews/written_on", "String", "time hangs on a Date column"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(path: str, value: Any, sentence: str) -> None:
    told = _broken(_set(path, value))

    assert any(sentence in each for each in told), told
    assert all(re.match(r"model\.json: ", each) for each in told)


def test_every_mistake_is_named_at_once() -> None:
    def change(document: Any, types: Any) -> None:
        document["cubes"][0]["measures"][0]["expression"] = "a + b"
        document["cubes"][1]["dimensions"].append("nobody")
        del types["houses"]

    told = "\n".join(_broken(change))
    assert "expression is not read" in told
    assert "unknown dimension 'nobody'" in told
    assert "nothing is known of the table 'houses'" in told


_ODD: tuple[Any, ...] = (
    None,
    1,
    True,
    1.5,
    "",
    "x",
    [],
    {},
    ["x"],
    [1],
    [None],
    [{}],
    {"name": "x"},
    {"a": [1]},
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = list(enumerate(value)) if isinstance(value, list) else []
    for key, each in value.items() if isinstance(value, dict) else items:
        yield from _paths(each, (*path, key))


def test_a_document_of_any_shape_is_read_or_refused_in_sentences() -> None:
    chance = random.Random(11)  # noqa: S311  # the same documents every time
    paths = [path for path in _paths(DOCUMENT) if path]
    refused = 0
    for _ in range(400):
        document = copy.deepcopy(DOCUMENT)
        *steps, last = chance.choice(paths)
        place: Any = document
        for step in steps:
            place = place[step]
        place[last] = chance.choice(_ODD)
        try:
            read_cubes_model(document, TYPES)
        except (IndicubeError, ManyErrors):
            refused += 1

    assert 100 < refused < 400


def test_a_value_of_a_wrong_kind_is_named_with_its_place() -> None:
    def change(document: Any, _: Any) -> None:
        document["cubes"][0]["measures"][1] = 7
        document["dimensions"][0]["levels"][1]["attributes"] = "month"
        document["dimensions"][2]["levels"][0]["label_attribute"] = ["country"]

    assert set(_broken(change)) == {
        "model.json: cube sales: measure number 2: it must be an object, it is '7'.",
        "model.json: dimension date: level month: it must be a list, it is 'month'.",
        "model.json: dimension book: level house: label_attribute: it must be a text, "
        "it is \"['country']\".",
    }
