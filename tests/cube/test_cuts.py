"""Cuts from text and back: the grammar, and a sentence for everything that is not in it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cube.cell import Cut, cuts_from_objects, parse_cuts, text_of
from server.errors import InvalidInput, LimitReached, ManyErrors, NotFound
from tests.cube.market import market_model

SALES = market_model().cube("sales")


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("shop:north", Cut("shop", "default", "point", (("north",),))),
        ("shop@default:north,a", Cut("shop", "default", "point", (("north", "a"),))),
        ("!shop:north", Cut("shop", "default", "point", (("north",),), is_negated=True)),
        ("shop:a;b,c", Cut("shop", "default", "set", (("a",), ("b", "c")))),
        ("shop:", Cut("shop", "default", "point", (("",),))),
        ("shop:__null__", Cut("shop", "default", "point", ((None,),))),
        ("shop:a\\;b\\-c\\,d", Cut("shop", "default", "point", (("a;b-c,d",),))),
        ("shop:a\\\\", Cut("shop", "default", "point", (("a\\",),))),
        ("time:2021,1,3", Cut("time", "ymd", "point", ((2021, 1, 3),))),
        ("time@iso:2020,53", Cut("time", "iso", "point", ((2020, 53),))),
        ("time:2020,4-2021,1,2", Cut("time", "ymd", "range", ((2020, 4), (2021, 1, 2)))),
        ("pieces:5-", Cut("pieces", "default", "range", ((5,), ()))),
        ("pieces:-5", Cut("pieces", "default", "range", ((), (5,)))),
        ("pieces:\\-5", Cut("pieces", "default", "point", ((-5,),))),
        ("pieces:\\-5-\\-2", Cut("pieces", "default", "range", ((-5,), (-2,)))),
        ("price:1.50", Cut("price", "default", "point", ((Decimal("1.50"),),))),
        ("delivered:2021\\-01\\-02", Cut("delivered", "default", "point", ((date(2021, 1, 2),),))),
    ],
)  # fmt: skip
def test_a_text_is_the_cut_that_it_says(text: str, cut: Cut) -> None:
    assert parse_cuts(SALES, text) == (cut,)
    assert parse_cuts(SALES, text_of(SALES, [cut])) == (cut,)


def test_several_texts_add_up_and_an_empty_one_is_no_cut() -> None:
    assert parse_cuts(SALES, "") == ()
    assert parse_cuts(SALES, ["", "shop:a|pieces:1", "time:2021"]) == (
        *parse_cuts(SALES, "shop:a"),
        *parse_cuts(SALES, "pieces:1"),
        *parse_cuts(SALES, "time:2021"),
    )


@given(st.lists(st.text(max_size=20), min_size=1, max_size=2))
def test_any_text_can_be_a_value(path: list[str]) -> None:
    if "__null__" in path:
        return
    cut = Cut("shop", "default", "point", (tuple(path),))

    assert parse_cuts(SALES, text_of(SALES, [cut])) == (cut,)


@given(st.text(max_size=40))
def test_any_text_is_cuts_or_a_sentence(text: str) -> None:
    try:
        sentence = str(parse_cuts(SALES, text)) + "."
    except (InvalidInput, NotFound, ManyErrors) as error:
        sentence = str(error)

    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("shop", "invalid_cut", "is not a cut"),
        ("shop:a:b", "invalid_cut", "is not a cut"),
        ("shop:a;b-c", "invalid_cut", "mixes a set and a range"),
        ("shop:a-b-c", "invalid_cut", "mixes a set and a range"),
        ("pieces:__null__-5", "invalid_cut", "cannot end at __null__"),
        ("shop:a,b,c", "hierarchy", "at most 2 levels"),
        ("pieces:many", "invalid_value", "a whole number"),
        ("pieces:", "invalid_value", "a whole number"),
        ("pieces:18446744073709551616", "invalid_value", "a whole number"),
        ("pieces:１", "invalid_value", "a whole number"),
        ("price:1e5", "invalid_value", "a number"),
        ("price:0.00000000000000001", "invalid_value", "16 decimals"),
        ("delivered:tomorrow", "invalid_value", "a day such as"),
        ("delivered:2021\\-02\\-30", "invalid_value", "a day such as"),
        ("time:2021,5", "invalid_value", "no quarter 5"),
        ("time:2021,1,4", "invalid_value", "not in quarter 1"),
        ("time:2021,1,2,30", "invalid_value", "no day 2021-02-30"),
        ("time:0", "invalid_value", "no year 0"),
        ("time@iso:2021,53", "invalid_value", "52 ISO weeks"),
    ],
)
def test_what_is_no_cut_is_said_in_a_sentence(text: str, code: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as found:
        parse_cuts(SALES, text)

    assert found.value.code == code


def test_unknown_names_are_said_with_those_that_there_are() -> None:
    with pytest.raises(NotFound, match="no dimension 'moon'") as dimension:
        parse_cuts(SALES, "moon:full")
    with pytest.raises(NotFound, match="no hierarchy 'lunar'") as hierarchy:
        parse_cuts(SALES, "time@lunar:2021")

    assert (dimension.value.code, hierarchy.value.code) == (
        "unknown_dimension",
        "unknown_hierarchy",
    )
    assert "shop" in dimension.value.allowed
    assert hierarchy.value.allowed == ("ymd", "iso")


def test_all_mistakes_are_said_at_once() -> None:
    with pytest.raises(ManyErrors) as found:
        parse_cuts(SALES, "moon:full|pieces:many|shop:a")

    assert [error.code for error in found.value.errors] == ["unknown_dimension", "invalid_value"]


def test_a_cell_has_a_limit() -> None:
    with pytest.raises(LimitReached, match="101 cuts; at most 100"):
        parse_cuts(SALES, "|".join(["shop:a"] * 101))
    with pytest.raises(LimitReached, match="at most 2000"):
        parse_cuts(SALES, "shop:" + ";".join(["a"] * 2001))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ({"type": "point", "dimension": "time", "path": ["2021", 1]}, "time:2021,1"),
        ({"type": "set", "dimension": "shop", "paths": [["a|b"], [None]]}, "shop:a\\|b;__null__"),
        (
            {"type": "range", "dimension": "time", "hierarchy": "iso", "from": [2020, 53],
             "to": None, "invert": True},
            "!time@iso:2020,53-",
        ),
    ],
)  # fmt: skip
def test_a_cut_can_be_an_object(written: dict[str, Any], text: str) -> None:
    assert cuts_from_objects(SALES, [written]) == parse_cuts(SALES, text)


@pytest.mark.parametrize(
    "written",
    [
        {"type": "line", "dimension": "shop", "path": ["a"]},
        {"type": "point", "dimension": "shop", "path": "a"},
        {"type": "set", "dimension": "shop", "paths": []},
        {"type": "point", "dimension": "pieces", "path": [[1]]},
    ],
)
def test_an_object_that_is_no_cut_is_said(written: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        cuts_from_objects(SALES, [written])
