"""A roll-up by a dimension that is several columns of the facts serves what all of them tell.

Articles stand under whether they were paid; an article's label is the shop in English and the day
of delivery is another attribute: both differ from fact to fact, and the least of them is shown.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.browser import Cubes
from server.cube.model import Model, load_model
from tests.cube.market import Market, snapshot_of
from tests.cube.rolled_market import Watched, known_days, ready, rolled_up_model
from tests.cube.test_browser_laws import SHOPS, _sale, _shop

GOODS = {
    "name": "goods", "label": "Goods", "labels": {"zh": "货物"}, "flat": True,
    "levels": [
        {"name": "state", "label": "State", "labels": {"zh": "状态"},
         "attributes": [{"name": "state", "column": "paid", "label": "State",
                         "labels": {"zh": "状态"}}]},
        {"name": "article", "label": "Article", "labels": {"zh": "商品"},
         "label_attribute": "seller",
         "attributes": [
             {"name": "article", "label": "Article", "labels": {"zh": "商品"}},
             {"name": "seller", "column": "shop", "localized": {"zh": "article"},
              "label": "Seller", "labels": {"zh": "卖家"}},
             {"name": "delivered", "label": "Delivered", "labels": {"zh": "送达"}}]},
    ],
}  # fmt: skip
ROLL_UPS: list[dict[str, Any]] = [
    {"name": "by_goods", "keys": ["time:month", "goods"]},
    {"name": "by_time", "keys": ["time:day"], "aggregates": ["sales"]},
]
SERVED: dict[str, dict[str, Any]] = {
    "the upper level": {"drilldown": "goods:state", "aggregates": "sales,pieces_sum"},
    "all levels with their labels": {"drilldown": "goods:article", "aggregates": "pieces_sum"},
    "months": {"drilldown": "time:month|goods:article", "aggregates": "sales,price_avg"},
    "a path": {"cell": "goods:1,apple", "aggregates": "pieces_sum"},
    "a negated set of paths": {
        "cell": "!goods:1,apple;0",
        "aggregates": "pieces_sum,pieces_max",
        "drilldown": "goods:article",
    },
    "a cut on a level's key": {"cell": "goods.article:apple", "aggregates": "pieces_sum"},
    "a split": {"split": "goods:1", "drilldown": "time:quarter", "aggregates": "pieces_sum"},
    "a year to date": {
        "cell": "time:2021",
        "drilldown": "time:month|goods:state",
        "aggregates": "sales,pieces_sum",
        "time": "ytd",
    },
}
ASKED_OF_FACTS: dict[str, dict[str, Any]] = {
    "a cut on a label, which is no key": {"cell": "goods.seller:a", "aggregates": "pieces_sum"},
    "a cut on another attribute": {"cell": "goods.delivered:__null__", "aggregates": "sales"},
    "a day": {"cell": "time:2021,1,1,3|goods:1", "aggregates": "pieces_sum"},
}


def _model(folder: Path) -> Model:
    rolled_up_model(folder, [])
    for part, change in (("shared/dimensions", _with_goods), ("market/cubes", _with_roll_ups)):
        path = folder / f"{part}.json"
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")
    return load_model(folder, "market")


def _with_goods(document: Any) -> None:
    document["dimensions"].append(GOODS)


def _with_roll_ups(document: Any) -> None:
    document["cubes"][0]["dimensions"].append({"name": "goods"})
    document["cubes"][0]["rollups"] = ROLL_UPS


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    chance = random.Random(20130104)  # noqa: S311  # the same facts every time
    sales = [_sale(chance, number) for number in range(400)]
    shops = [_shop(chance, version, shop) for version in (1, 2) for shop in SHOPS[:-1]]
    market = Market(_model(tmp_path_factory.mktemp("flat"))).insert(sales, shops)
    with market.store.writer() as writer:
        writer.run("INSERT INTO sales SELECT * FROM sales ARRAY JOIN range(99) AS again")
    yield market
    market.close()


def _answers(
    market: Market, question: dict[str, Any], scope: Scope = EVERYTHING, language: str = "en"
) -> tuple[Any, Any, set[tuple[str, str]]]:
    """The answer with roll-ups, that of the facts, and who served the first."""
    watched, snapshot = Watched(market), known_days(snapshot_of(6, [2]))
    with_them = Cubes(market.model, watched).browser(
        "sales", ready(snapshot, market.model), scope, language
    )
    plain = market.browser(snapshot, scope, language).aggregate(**question)
    found = with_them.aggregate(**question)
    assert plain.served_by == "facts"
    return _told(found), _told(plain), set(watched.told)


def _told(answer: Any) -> Any:
    return list(answer.cells or ()), answer.summary


@pytest.mark.parametrize("shape", SERVED)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_serves_whatever_its_columns_tell(market: Market, shape: str, language: str) -> None:
    found, plain, served = _answers(market, SERVED[shape], language=language)

    assert found == plain
    assert served == {("by_goods", "by_goods")}


@pytest.mark.parametrize("shape", ASKED_OF_FACTS)
def test_what_no_key_tells_is_asked_of_the_facts(market: Market, shape: str) -> None:
    found, plain, served = _answers(market, ASKED_OF_FACTS[shape])

    assert found == plain
    assert served == {("facts", "facts")}


def test_a_scope_along_its_levels_is_told_too(market: Market) -> None:
    within = Scope((ScopeRule("goods", ("1", "apple")),))
    found, plain, served = _answers(market, {"aggregates": "sales,pieces_sum"}, within)
    everything, _, _ = _answers(market, {"aggregates": "sales,pieces_sum"})

    assert found == plain != everything
    assert served == {("by_goods", "by_goods")}


def test_different_labels_of_one_article_are_shown_as_the_least(market: Market) -> None:
    (cells, _), _, _ = _answers(market, {"drilldown": "goods:article", "aggregates": "sales"})

    assert len(cells) > 2
    assert {row["goods.seller"] for row in cells} == {min(SHOPS)}
