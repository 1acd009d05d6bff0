"""Random questions about random stocks: the browser says what plain Python says, slowly."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cube.market import Count, Market, Shop, snapshot_of

FIRST, DAYS = date(2020, 12, 20), 50  # over the end of a year of 53 weeks
TOWNS = {"a": "north", "b": "south", "c": "south"}
LEVELS: dict[str, tuple[str, ...]] = {
    "time@ymd": ("year", "quarter", "month", "day"),
    "time@iso": ("iso_year", "week", "weekday"),
    "shop": ("town", "shop"),
    "article": ("article",),
    "shelf": ("shelf",),
}
TIMES = ("time@ymd", "time@iso")
LAWS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Choice = Callable[[Sequence[Count]], Any]


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Market, list[Count]]]:
    """Counts in four batches, some without a number, some twice for a leaf and a day."""
    chance = random.Random(20210101)  # noqa: S311  # the same facts every time
    counts = [_count(chance, number) for number in range(240)]
    shops = [Shop(1, 1, shop, None, None, town, None) for shop, town in TOWNS.items()]
    market = Market().insert(shops=shops, counts=counts)
    yield market, counts
    market.close()


def _count(chance: random.Random, number: int) -> Count:
    def maybe(value: Any) -> Any:
        return None if chance.random() < 0.2 else value

    return Count(
        load=chance.randint(1, 4),
        row=number,
        day=FIRST + timedelta(days=chance.randrange(DAYS)),
        shop=chance.choice("abc"),
        article=chance.choice(("apple", "pear")),
        amount=maybe(chance.randint(-9, 9)),
        shelf=chance.choice(("front", "back")),
        worth=maybe(Decimal(chance.randint(-999, 999)) / 100),
        counted=chance.randint(0, 1),
    )


def _key(count: Count, level: str) -> Any:
    iso = count.day.isocalendar()
    parts = {
        "year": count.day.year,
        "quarter": (count.day.month + 2) // 3,
        "month": count.day.month,
        "day": count.day.day,
        "iso_year": iso.year,
        "week": iso.week,
        "weekday": iso.weekday,
        "town": TOWNS[count.shop],
    }
    return parts[level] if level in parts else getattr(count, level)


Cut = tuple[str, tuple[Any, ...], bool]  # hierarchy, path, negated


@st.composite
def _cuts(draw: st.DrawFn) -> Cut:
    hierarchy = draw(st.sampled_from(sorted(LEVELS)))
    day = draw(st.dates(FIRST, FIRST + timedelta(days=DAYS)))
    shop, article = draw(st.sampled_from("abc")), draw(st.sampled_from(("apple", "pear", "plum")))
    example = Count(1, 1, day, shop, article, 1, draw(st.sampled_from(("front", "back"))))
    depth = draw(st.integers(1, len(LEVELS[hierarchy])))
    path = tuple(_key(example, level) for level in LEVELS[hierarchy][:depth])
    return hierarchy, path, draw(st.booleans())


def _text(cut: Cut) -> str:
    hierarchy, path, is_negated = cut
    return f"{'!' if is_negated else ''}{hierarchy}:{','.join(map(str, path))}"


def _is_within(count: Count, cuts: Sequence[Cut]) -> bool:
    return all(
        (tuple(_key(count, level) for level in LEVELS[hierarchy][: len(path)]) == path)
        is not is_negated
        for hierarchy, path, is_negated in cuts
    )


def _drills() -> st.SearchStrategy[list[tuple[str, int]]]:
    one = st.sampled_from(sorted(LEVELS)).flatmap(
        lambda hierarchy: st.tuples(st.just(hierarchy), st.integers(1, len(LEVELS[hierarchy])))
    )
    return st.lists(one, max_size=3, unique_by=lambda drill: drill[0])


@LAWS
@given(
    cuts=st.lists(_cuts(), max_size=3),
    drills=_drills(),
    top=st.integers(0, 4),
    hidden=st.sets(st.integers(1, 4), max_size=2),
)
def test_every_stock_of_every_cell_is_what_plain_python_says(
    world: tuple[Market, list[Count]],
    cuts: list[Cut],
    drills: list[tuple[str, int]],
    top: int,
    hidden: set[int],
) -> None:
    market, counts = world
    seen = [each for each in counts if each.load <= top and each.load not in hidden]
    of_time = [cut for cut in cuts if cut[0] in TIMES]
    dated = [each for each in seen if _is_within(each, of_time)]
    levels = [level for hierarchy, depth in drills for level in LEVELS[hierarchy][:depth]]
    browser = market.browser(snapshot_of(top, hidden), cube="stock")

    answer = browser.aggregate(
        [_text(cut) for cut in cuts],
        drilldown=[f"{name}:{LEVELS[name][depth - 1]}" for name, depth in drills],
        page=0,
        page_size=1000,
    )

    cell = [each for each in dated if _is_within(each, cuts)]
    assert answer.summary == _figures(cell, dated)
    if drills:
        names = list(_figures([], []))
        found = {
            tuple(row[_ref(level)] for level in levels): {name: row[name] for name in names}
            for row in answer.cells
        }
        assert found == _by_group(cell, dated, drills, levels)


def _ref(level: str) -> str:
    dimension = "shop" if level in ("town", "shop") else "time"
    return level if level in ("article", "shelf") else f"{dimension}.{level}"


def _by_group(
    cell: list[Count], dated: list[Count], drills: list[tuple[str, int]], levels: list[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    times = [level for name, depth in drills if name in TIMES for level in LEVELS[name][:depth]]

    def key_of(count: Count, among: list[str]) -> tuple[Any, ...]:
        return tuple(_key(count, level) for level in among)

    groups: dict[tuple[Any, ...], list[Count]] = {}
    for each in cell:
        groups.setdefault(key_of(each, levels), []).append(each)
    return {
        key: _figures(
            group,
            [each for each in dated if key_of(each, times) == key_of(group[0], times)],
        )
        for key, group in groups.items()
    }


def _figures(group: list[Count], span: list[Count]) -> dict[str, Any]:
    """Every aggregate of a group, in a span of time whose facts are these."""
    last, first = (edge((c.day for c in span), default=None) for edge in (max, min))
    apples = [each for each in group if each.article == "apple"]
    amounts = [each.amount for each in group if each.amount is not None]
    shops = len({each.shop for each in group})
    stock_last = _added(each.amount for each in group if each.day == last)
    dates = len({each.day for each in span})
    average = Fraction(sum(amounts), dates) if amounts else None
    return {
        "facts": len(group),
        "amounts": sum(amounts),
        "stock_last": stock_last,
        "stock_known": _of_leaves(group, span, lambda facts: max(c.day for c in facts)),
        "stock_first": _added(each.amount for each in group if each.day == first),
        "stock_average": average,
        "stock_least": _of_leaves(group, span, lambda facts: _extreme(facts, -1)),
        "stock_most": _of_leaves(group, span, lambda facts: _extreme(facts, 1)),
        "worth_last": _added(each.worth for each in group if each.day == last),
        "counted_known": _of_leaves(
            [each for each in group if each.counted],
            [each for each in span if each.counted],
            lambda facts: max(c.day for c in facts),
        ),
        "apples_last": _added(each.amount for each in apples if each.day == last),
        "shops": shops,
        "stock_per_shop": None if stock_last is None or not shops else Fraction(stock_last, shops),
        "turns": Fraction(sum(amounts)) / average if average else None,
    }


def _of_leaves(group: list[Count], span: list[Count], choose: Choice) -> Any:
    """The amounts of a group on the day that is chosen for each leaf of the span."""
    leaves: dict[tuple[str, str], list[Count]] = {}
    for each in span:
        if each.amount is not None:
            leaves.setdefault((each.shop, each.article), []).append(each)
    days = {leaf: choose(facts) for leaf, facts in leaves.items()}
    return _added(c.amount for c in group if days.get((c.shop, c.article)) == c.day)


def _extreme(facts: Sequence[Count], sign: int) -> date:
    by_day: dict[date, int] = {}
    for each in facts:
        by_day[each.day] = by_day.get(each.day, 0) + (each.amount or 0)
    best = max(by_day.values(), key=lambda total: total * sign)
    days = [day for day, total in by_day.items() if total == best]
    return max(days) if sign > 0 else min(days)


def _added(values: Any) -> Any:
    present = [value for value in values if value is not None]
    return sum(present[1:], present[0]) if present else None


@LAWS
@given(drills=_drills().filter(bool), cuts=st.lists(_cuts(), max_size=2))
def test_stocks_of_parts_add_up_over_everything_but_time(
    world: tuple[Market, list[Count]], drills: list[tuple[str, int]], cuts: list[Cut]
) -> None:
    market, _ = world
    browser = market.browser(snapshot_of(4), cube="stock")
    names = [each.name for each in browser.model.aggregates if each.is_semi_additive]
    parts = [f"{name}:{LEVELS[name][depth - 1]}" for name, depth in drills if name not in TIMES]

    answer = browser.aggregate(
        [_text(cut) for cut in cuts], aggregates=names, drilldown=parts, page=0, page_size=1000
    )

    for name in names if parts else ():
        assert answer.summary[name] == _added(row[name] for row in answer.cells)
