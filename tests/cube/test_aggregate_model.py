"""Aggregates in the model: what each function may say, and every mistake named with its place."""

from pathlib import Path
from typing import Any

import pytest

from server.cube.elements import Aggregate, Function, OverTime, ValueType
from server.cube.model import load_model
from server.errors import InvalidInput, ManyErrors
from tests.cube.market import FOLDER
from tests.cube.test_model import GONE, _changed, _load

SALES, STOCK = "cubes/cubes/0", "cubes/cubes/2"
PLACES = {
    aggregate.name: f"cubes/cubes/{number}/aggregates/{index}"
    for number, cube in enumerate(load_model(FOLDER, "market").cubes.values())
    for index, aggregate in enumerate(cube.aggregates)
}

# What is changed in which aggregate, to what, and the sentence that must come of it.
MISTAKES: list[tuple[str, str, object, str]] = [
    ("pieces_avg", "measure", "profit", "aggregate pieces_avg: unknown measure 'profit'"),
    ("pieces_avg", "columns", ["shop"], "avg takes a measure, not columns"),
    ("pieces_avg", "over_time", "last", "unknown key 'over_time'"),
    ("pieces_avg", "quantile", "0.5", "unknown key 'quantile'"),
    ("price_per_piece", "weight", GONE, "aggregate price_per_piece: unknown weight ''"),
    ("price_per_piece", "weight", "known_shop", "known_shop only says whether a member is known"),
    ("price_per_piece", "weight", "serial", "may need 29 digits"),
    ("paid_share", "numerator", "moon", "aggregate paid_share: numerator is 'moon'"),
    ("paid_share", "denominator", GONE, "denominator is ''"),
    ("paid_share", "numerator", "north_share", "numerator is 'north_share'"),
    ("paid_share", "where", "paid", "a ratio takes no where"),
    ("paid_share", "filter", "article:apple", "a ratio takes no filter"),
    ("paid_share", "measure", "price", "a ratio takes no measure"),
    ("pieces_p90", "quantile", GONE, "quantile is '', not a text between 0 and 1"),
    ("pieces_p90", "quantile", "1", "quantile is '1'"),
    ("pieces_p90", "quantile", "NaN", "quantile is 'NaN'"),
    ("pieces_p90", "quantile", "0.1234567", "at most 6 decimal places"),
    ("pieces_p90", "quantile", 0.9, "quantile must be a text, it is 0.9"),
    ("shops_about", "approximate", "yes", "approximate must be true or false"),
    ("pieces_sum", "approximate", True, "unknown key 'approximate'"),
    ("apple_pieces", "filter", "moon:full", "aggregate apple_pieces: filter: Cube sales has no"),
    ("apple_pieces", "filter", "price:dear", "filter: "),
    ("apple_pieces", "filter", "time:yesterday", "filter: "),
    ("stock_last", "over_time", "median", "aggregate stock_last: over_time is 'median'"),
    ("stock_last", "carry", 2, "carry goes with over_time last_non_empty alone"),
    ("stock_known", "carry", -1, "carry is -1, not a number of periods"),
    ("stock_known", "carry", "1", "carry is '1', not a number of periods"),
    ("pieces_avg", "carry", 1, "unknown key 'carry'"),
    ("stock_last", "filter", "time:2021", "a filter on time does not go with over_time"),
]


@pytest.mark.parametrize(("name", "key", "value", "sentence"), MISTAKES)
def test_a_mistake_in_an_aggregate_is_named_with_its_place(
    tmp_path: Path, name: str, key: str, value: object, sentence: str
) -> None:
    message = _mistakes(tmp_path, f"{PLACES[name]}/{key}", value)

    assert sentence in message
    assert "market/cubes.json: cube" in message


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("fact/grain", GONE, "aggregate stock_last: over_time needs the grain of the facts"),
        ("fact/grain", ["moon"], "grain names an unknown column 'moon'"),
        ("fact/grain", ["shop", "day"], "grain names day, the day"),
        ("fact/grain", ["amount"], "grain column amount may be NULL"),
        ("fact/grain", "shop", "grain must be a list of texts"),
        ("dimensions/0", GONE, "over_time needs a dimension of time"),
    ],
)
def test_stocks_need_a_grain_and_a_time(
    tmp_path: Path, path: str, value: object, sentence: str
) -> None:
    assert sentence in _mistakes(tmp_path, f"{STOCK}/{path}", value)


def _mistakes(folder: Path, path: str, value: object) -> str:
    with pytest.raises((InvalidInput, ManyErrors)) as found:
        _load(folder, _changed(path, value))
    return str(found.value)


def _aggregate(name: str, cube: str = "sales") -> Aggregate:
    return load_model(FOLDER, "market").cube(cube).aggregate(name)


def test_a_derived_aggregate_knows_what_it_is_worked_out_from() -> None:
    average, ratio = _aggregate("paid_price_avg"), _aggregate("paid_share")

    assert [(part.function, part.where) for part in average.simple] == [
        (Function.SUM, "paid"),
        (Function.COUNT_NONEMPTY, "paid"),
    ]
    assert [part.name for part in ratio.simple] == ["__part__.paid_sales", "__part__.sales"]
    assert average.unit == "euro"
    assert average.value_type is ValueType.DECIMAL
    assert _aggregate("weight_median").value_type is ValueType.FLOAT


@pytest.mark.parametrize(
    ("cube", "name", "form"),
    [
        ("sales", "pieces_sum", None),
        ("sales", "apple_pieces", None),
        ("sales", "pieces_avg", "all"),
        ("sales", "paid_share", "all"),
        ("sales", "pieces_p90", "all"),
        ("sales", "shops_about", "all"),
        ("stock", "stock_last", "time"),
        ("stock", "stock_average", "time"),
    ],
)
def test_clients_of_cubes_are_told_over_what_values_do_not_add_up(
    cube: str, name: str, form: Any
) -> None:
    told = load_model(FOLDER, "market").cube(cube).cubes_cube.aggregate(name)

    assert told.nonadditive == form
    assert told.function == _aggregate(name, cube).function.value
    assert _aggregate(name, cube).is_additive is (form is None)


def test_a_stock_says_what_it_takes_along_time() -> None:
    assert _aggregate("stock_known", "stock").over_time is OverTime.LAST_NON_EMPTY
    assert load_model(FOLDER, "market").cube("stock").grain == ("shop", "article")
