"""Random questions to random facts: the browser says what an independent oracle says."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cube.market import Market, Sale, Shop, snapshot_of
from tests.cube.oracle import LEVELS, Oracle, OracleCut

FIRST = date(2020, 12, 20)  # 2020 has 53 ISO weeks
DAYS = 60
SHOPS = ("a", "b", "c d", "ü;|", "gone")
ARTICLES = ("apple", "a\\b", "x'y", "", "-1", "苹果")
LAWS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Market, Oracle]]:
    """Four hundred sales in six batches, two versions of the shops."""
    chance = random.Random(20130101)  # noqa: S311  # the same facts every time
    sales = [_sale(chance, number) for number in range(400)]
    shops = [_shop(chance, version, shop) for version in (1, 2) for shop in SHOPS[:-1]]
    market = Market().insert(sales, shops)
    yield market, Oracle(sales, shops)
    market.close()


def _sale(chance: random.Random, number: int) -> Sale:
    def maybe(value: Any) -> Any:
        return None if chance.random() < 0.2 else value

    return Sale(
        load=chance.randint(1, 6),
        row=number,
        day=FIRST + timedelta(days=chance.randrange(DAYS)),
        shop=maybe(chance.choice(SHOPS)),
        article=chance.choice(ARTICLES),
        pieces=maybe(chance.randint(-5, 5)),
        price=maybe(Decimal(chance.randint(-500, 500)) / 100),
        weight=maybe(chance.random()),
        serial=chance.choice((0, 1, 2**64 - 1)),
        delivered=maybe(FIRST + timedelta(days=chance.randrange(DAYS))),
        paid=chance.randint(0, 1),
    )


def _shop(chance: random.Random, version: int, shop: str) -> Shop:
    town = chance.choice(("north", "south", None))
    name = None if town is None else town.title()
    return Shop(version, 1, shop, f"Shop {shop}", None, town, name, chance.choice((None, 2, 7)))


def _values(ref: str) -> st.SearchStrategy[Any]:
    known: dict[str, st.SearchStrategy[Any]] = {
        "shop.town": st.sampled_from(["north", "south", "unknown", "west"]),
        "shop.shop": st.sampled_from([*SHOPS, None]),
        "article": st.sampled_from([*ARTICLES, "none"]),
        "pieces": st.one_of(st.integers(-6, 6), st.none(), st.just(70_000)),
        "price": st.one_of(
            st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100),
            st.sampled_from([Decimal("0.005"), Decimal(7), None]),
        ),
        "delivered": st.one_of(st.none(), st.dates(FIRST, FIRST + timedelta(days=DAYS))),
    }
    return known[ref]


@st.composite
def _paths(draw: st.DrawFn, hierarchy: str, is_end: bool) -> tuple[Any, ...]:
    refs = LEVELS[hierarchy]
    depth = draw(st.integers(1, len(refs)))
    if hierarchy.startswith("time"):
        day = draw(st.dates(FIRST - timedelta(days=40), FIRST + timedelta(days=DAYS + 40)))
        path = [Oracle([], []).key(Sale(1, 1, day, None), ref, 1) for ref in refs]
        return tuple(path[:depth])
    path = [draw(_values(ref)) for ref in refs[:depth]]
    if is_end:
        path = [key for key in path if key is not None]
    return tuple(path)


@st.composite
def _cuts(draw: st.DrawFn) -> OracleCut:
    hierarchy = draw(st.sampled_from(sorted(LEVELS)))
    kind = draw(st.sampled_from(["point", "set", "range"]))
    if kind == "range":
        ends = st.one_of(st.just(()), _paths(hierarchy, True))
        paths = [draw(ends), draw(ends)]
        if any(path == ("",) for path in paths):
            paths = [(), ()]  # an empty text at the end of a range cannot be written
    else:
        number = 1 if kind == "point" else draw(st.integers(2, 6))
        paths = [draw(_paths(hierarchy, False)) for _ in range(number)]
    return OracleCut(hierarchy, kind, tuple(paths), draw(st.booleans()))


def _drills() -> st.SearchStrategy[list[tuple[str, int]]]:
    one = st.sampled_from(sorted(LEVELS)).flatmap(
        lambda hierarchy: st.tuples(st.just(hierarchy), st.integers(1, len(LEVELS[hierarchy])))
    )
    return st.lists(one, max_size=3, unique_by=lambda drill: drill[0])


@LAWS
@given(
    cuts=st.lists(_cuts(), max_size=3),
    drills=_drills(),
    top=st.integers(0, 7),
    hidden=st.sets(st.integers(1, 6), max_size=3),
    version=st.integers(0, 2),
)
def test_every_figure_of_every_cell_is_what_the_oracle_says(
    world: tuple[Market, Oracle],
    cuts: list[OracleCut],
    drills: list[tuple[str, int]],
    top: int,
    hidden: set[int],
    version: int,
) -> None:
    market, oracle = world
    browser = market.browser(snapshot_of(top, hidden & set(range(1, top + 1)), version))
    sales = [
        sale
        for sale in oracle.sales
        if sale.load <= top and sale.load not in hidden and oracle.within(sale, cuts, version)
    ]
    refs = [ref for hierarchy, depth in drills for ref in LEVELS[hierarchy][:depth]]
    expected = {
        key: oracle.figures(members, version)
        for key, members in oracle.groups(sales, refs, version).items()
    }

    answer = browser.aggregate(
        [cut.text for cut in cuts],
        drilldown=[f"{hierarchy}:{_level(hierarchy, depth)}" for hierarchy, depth in drills],
        page=0,
        page_size=1000,
    )

    assert answer.summary == oracle.figures(sales, version)
    if drills:
        assert {
            tuple(cell[ref] for ref in refs): _figures(cell) for cell in answer.cells
        } == expected
        assert answer.total_cell_count == len(answer.cells) == len(expected)


@LAWS
@given(cut=_cuts(), others=st.lists(_cuts(), max_size=2))
def test_a_cut_its_negation_and_what_neither_can_say_make_up_the_whole(
    world: tuple[Market, Oracle], cut: OracleCut, others: list[OracleCut]
) -> None:
    market, oracle = world
    browser = market.browser(snapshot_of(6))
    rest = [each.text for each in others]
    negated = OracleCut(cut.hierarchy, cut.kind, cut.paths, not cut.is_negated)
    undecided = [
        sale
        for sale in oracle.sales
        if oracle.within(sale, others, 1)
        and not oracle.within(sale, [cut], 1)
        and not oracle.within(sale, [negated], 1)
    ]

    whole, inside, outside = (
        browser.aggregate([*rest, *more], aggregates="sales").summary["sales"]
        for more in ([], [cut.text], [negated.text])
    )

    assert whole == inside + outside + len(undecided)


@LAWS
@given(drills=_drills().filter(bool), cuts=st.lists(_cuts(), max_size=2))
def test_additive_figures_of_the_parts_add_up_to_the_whole(
    world: tuple[Market, Oracle], drills: list[tuple[str, int]], cuts: list[OracleCut]
) -> None:
    market, _ = world
    browser = market.browser(snapshot_of(6, [2]))
    additive = [each.name for each in browser.model.aggregates if each.is_additive]

    answer = browser.aggregate(
        [cut.text for cut in cuts],
        aggregates=additive,
        drilldown=[f"{hierarchy}:{_level(hierarchy, depth)}" for hierarchy, depth in drills],
        page=0,
        page_size=1000,
    )

    whole = browser.aggregate([cut.text for cut in cuts], aggregates=additive).summary
    assert whole == {name: sum(cell[name] for cell in answer.cells) for name in additive}
    assert whole == answer.summary


def _level(hierarchy: str, depth: int) -> str:
    return LEVELS[hierarchy][depth - 1].rpartition(".")[2]


def _figures(cell: dict[str, Any]) -> dict[str, Any]:
    names = Oracle([], []).figures([], 1)
    return {name: cell[name] for name in names}
