"""Questions over several cubes: sales and visits of one market."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.across_reading import read_across, shared_dimensions
from server.cube.table import Table
from server.errors import IndicubeError, InvalidInput, LimitReached, NotAllowed, NotFound
from server.snapshot import Snapshot
from server.store.asking import Asker, asking_for
from server.store.working import Work
from tests.cube.market import Market, Sale, Shop
from tests.cube.test_hostile_text import HOSTILE

FIRST = date(2021, 1, 1)
ARTICLES = ("apple", "pear", "plum", "x;y|z", "苹果")
SNAPSHOT = Snapshot(
    1,
    1,
    versions={"shops": 1},
    first_dates={"sales": FIRST, "visits": FIRST + timedelta(days=10)},
    watermarks={"sales": date(2021, 3, 31), "visits": date(2021, 2, 28)},
)


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    market = Market().insert(_sales(), [Shop(1, 1, "a", "A", None, "north", "North")])
    visits = _visits()
    with market.store.writer() as writer:
        table = pa.table(
            {
                "_load": pa.array([1] * len(visits), pa.uint32()),
                "_row": pa.array(range(len(visits)), pa.uint64()),
                "day": pa.array([day for day, _ in visits], pa.date32()),
                "article": pa.array([article for _, article in visits], pa.string()),
            }
        )
        writer.insert("visits", table, "visits")
    yield market
    market.close()


def _sales() -> list[Sale]:
    chance = random.Random(1)  # noqa: S311  # the same facts every time
    return [
        Sale(1, row, FIRST + timedelta(days=chance.randrange(80)), chance.choice(("a", None)),
             chance.choice(ARTICLES[:4]), chance.choice((None, 1, 2, -3)))
        for row in range(60)
    ]  # fmt: skip


def _visits() -> list[tuple[date, str]]:
    chance = random.Random(2)  # noqa: S311
    return [
        (FIRST + timedelta(days=10 + chance.randrange(48)), chance.choice(ARTICLES[1:]))
        for _ in range(50)
    ]


def _ask(market: Market, aggregates: str, scope: Scope = EVERYTHING, **words: Any) -> Table:
    def open_cube(name: str) -> Any:
        return market.browser(SNAPSHOT, scope, cube=name)

    return read_across(open_cube, aggregates.split(), **words).table()


def test_cubes_share_dimensions_that_mean_the_same(market: Market) -> None:
    cubes = [market.model.cube("sales"), market.model.cube("visits")]

    assert shared_dimensions(cubes) == ("time", "article")


def test_a_row_is_there_where_any_cube_has_facts(market: Market) -> None:
    table = _ask(market, "sales.sales visits.visits", drilldown="article", totals=["whole"])

    sales = Counter(sale.article for sale in _sales())
    visits = Counter(article for _, article in _visits())
    assert [(row["article"], row["sales.sales"], row["visits.visits"]) for row in table.rows] == [
        (one, sales[one], visits[one]) for one in sorted(sales | visits)
    ]
    whole = {"sales.sales": sales.total(), "visits.visits": visits.total()}
    assert table.totals[0].rows[0] == table.summary == whole


def test_rows_are_worked_out_only_while_somebody_waits_for_them(market: Market) -> None:
    def ask(most: int) -> Table:
        seconds = count()
        with asking_for(Asker(work=Work(most, lambda: float(next(seconds))))):
            return _ask(market, "visits.visits sales.sales", drilldown="time@ymd:day|article")

    assert ask(10_000).rows == _ask(
        market, "visits.visits sales.sales", drilldown="time@ymd:day|article"
    ).rows  # fmt: skip
    with pytest.raises(LimitReached, match="takes longer than 20 s"):
        ask(20)


def test_of_days_that_are_cut_to_and_not_loaded_nobody_has_zero(market: Market) -> None:
    table = _ask(
        market, "sales.sales visits.visits", drilldown="article", cut=["time:2021,1,3"],
    )  # fmt: skip

    assert table.rows
    for row in table.rows:  # visits end in February, the articles were sold in March
        assert (row["visits.visits"], row["absences"]) == (None, {"visits.visits": "not_loaded"})


def test_who_has_no_facts_is_compared_with_the_days_that_are_loaded_alone(market: Market) -> None:
    table = _ask(
        market,
        "sales.sales visits.visits",
        drilldown="time:month|article",
        compare=["previous", "previous:difference"],
    )

    rows = {(row["time.month"], row["article"]): row for row in table.rows}
    lacking = [one for (month, one) in rows if month == 1 and one == "apple"]  # nobody visits it
    assert lacking
    january, february = rows[1, "apple"], rows.get((2, "apple"))
    assert january["visits.visits"] == 0
    assert january["visits.visits__previous"] is None  # no December was loaded
    assert january["absences"]["visits.visits__previous__difference"] == "not_loaded"
    assert february is not None
    assert (february["visits.visits"], february["visits.visits__previous__difference"]) == (0, 0)


def test_what_is_not_loaded_is_not_zero(market: Market) -> None:
    table = _ask(market, "sales.sales sales.pieces_max visits.visits", drilldown="time:month")

    january, february, march = table.rows
    assert march["visits.visits"] is None
    assert march["absences"] == {"visits.visits": "not_loaded"}
    assert january["visits.visits"] > 0
    assert february["sales.sales"] > 0
    nothing = _ask(
        market, "sales.sales sales.pieces_max visits.visits", drilldown="article",
        cut=["article:苹果"],
    )  # fmt: skip
    (row,) = nothing.rows
    assert row["sales.sales"] == 0
    assert row["absences"] == {"sales.pieces_max": "not_applicable"}


def test_formulas_go_over_the_figures_of_all(market: Market) -> None:
    table = _ask(
        market, "visits.visits", drilldown="time:month|article", order="rate:desc",
        formulas={"rate": "sales.sales / visits.visits", "missed": "visits.visits - sales.sales"},
        marks=["visits.visits:rank"],
    )  # fmt: skip

    assert all("sales.sales" not in row for row in table.rows)
    sales = Counter((one.day.month, one.article) for one in _sales())
    visits = Counter((day.month, article) for day, article in _visits())
    for row in table.rows:
        key = row["time.month"], row["article"]
        if key[0] == 3:
            assert row["absences"]["rate"] == "not_loaded"
        elif not visits[key]:
            assert row["absences"]["rate"] == "zero_denominator"
            assert row["missed"] == -sales[key]
        else:
            assert row["rate"] == Fraction(sales[key], visits[key])
    rates = [row["rate"] for row in table.rows if row["rate"] is not None]
    assert rates == sorted(rates, reverse=True)
    assert [row["rate"] for row in table.rows][: len(rates)] == rates


def test_a_cut_on_what_one_cube_lacks_leaves_it_nothing_to_say(market: Market) -> None:
    assert market.model.cube("visits").open_to == ("shop",)

    by_shop = _ask(market, "sales.sales visits.visits", drilldown="article", cut=["shop:north"])
    by_price = _ask(market, "sales.sales visits.visits", drilldown="article", cut=["price:1"])

    assert by_shop.summary is not None
    assert by_shop.summary["visits.visits"] == len(_visits())  # its model is open to shops
    assert by_shop.summary["sales.sales"] == sum(one.shop == "a" for one in _sales())
    assert by_price.summary == {
        "sales.sales": 60, "visits.visits": None, "absences": {"visits.visits": "not_applicable"},
    }  # fmt: skip
    assert {row["visits.visits"] for row in by_price.rows} == {None}
    with pytest.raises(NotFound, match="None of these cubes"):
        _ask(market, "sales.sales visits.visits", drilldown="article", cut=["paid:1"])


def test_who_may_not_ask_one_of_the_cubes_gets_no_answer(market: Market) -> None:
    by_shop = Scope((ScopeRule("shop", ("north",)),))
    by_price = Scope((ScopeRule("price", ("1",)),))

    seen = _ask(market, "sales.sales visits.visits", by_shop).summary
    assert seen == {
        "sales.sales": sum(one.shop == "a" for one in _sales()), "visits.visits": len(_visits()),
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        _ask(market, "sales.sales visits.visits", by_price)
    with pytest.raises(NotAllowed):
        _ask(market, "sales.sales visits.visits", by_price, cut=["price:1"])


def test_today_is_the_last_day_on_which_all_have_facts(market: Market) -> None:
    relative = _ask(market, "sales.sales visits.visits", cut=["time:lastmonth-today"])
    plain = _ask(market, "sales.sales visits.visits", cut=["time:2021,1,1,1-2021,1,2,28"])

    assert relative.summary == plain.summary


def test_the_best_and_the_others_are_of_all_cubes(market: Market) -> None:
    table = _ask(market, "sales.sales visits.visits", drilldown="article", top="2:visits.visits")

    visits = Counter(article for _, article in _visits())
    best = {row["article"] for row in table.rows}
    assert sorted((visits[one] for one in best), reverse=True) == [
        number for _, number in visits.most_common(2)
    ]
    assert table.others is not None
    assert table.others[0]["visits.visits"] == 50 - sum(visits[one] for one in best)
    assert table.others[0]["sales.sales"] == sum(one.article not in best for one in _sales())


@pytest.mark.parametrize(
    ("aggregates", "words", "error"),
    [
        ("sales", {}, InvalidInput),
        ("moon.sales", {}, NotFound),
        ("sales.moon", {}, NotFound),
        ("", {}, InvalidInput),
        ("sales.sales visits.visits", {"drilldown": "shop"}, InvalidInput),
        ("sales.sales visits.visits", {"drilldown": "moon"}, InvalidInput),
        ("sales.sales visits.visits", {"cut": ["article:a:b"]}, InvalidInput),
        ("sales.sales", {"formulas": {"f": "visits"}}, InvalidInput),
        ("sales.sales", {"formulas": {"f": "sales.sales +"}}, InvalidInput),
        ("sales.sales", {"formulas": {"f.g": "1"}}, InvalidInput),
        ("sales.sales", {"formulas": {"article": "sales.sales"}}, InvalidInput),
        ("sales.sales", {"formulas": {"absences": "sales.sales"}}, InvalidInput),
        ("sales.sales", {"formulas": {f"f{n}": "1" for n in range(21)}}, LimitReached),
        ("sales.sales", {"order": "visits.visits"}, InvalidInput),
    ],
)
def test_what_cannot_be_asked_is_said(
    market: Market, aggregates: str, words: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"\.$"):
        _ask(market, aggregates, **words)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_a_value_or_refused(market: Market, text: str) -> None:
    questions: list[dict[str, Any]] = [
        {"formulas": {"f": text}},
        {"formulas": {text: "1"}},
        {"cut": [text]},
        {"drilldown": [text]},
        {"order": text},
        {"top": text},
        {"totals": [text]},
    ]
    for words in questions:
        try:
            _ask(market, "sales.sales visits.visits", **words)
        except IndicubeError as error:
            assert str(error)  # noqa: PT017  # some texts are answered, the others get a sentence
    assert (_ask(market, "sales.sales").summary or {})["sales.sales"] == 60


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drills=st.lists(
        st.sampled_from(["time:month", "time@iso:week", "article", "time:day"]), max_size=2,
        unique_by=lambda one: one.partition(":")[0],
    ),
    cut=st.sampled_from(["", "article:pear;plum", "!article:pear", "time:2021,1-2021,1,2,10",
                         "time.weekday:6;7", "article:x\\;y\\|z"]),
)  # fmt: skip
def test_the_answer_is_the_outer_join_of_plain_python(
    market: Market, drills: list[str], cut: str
) -> None:
    table = _ask(market, "sales.sales sales.pieces_sum visits.visits", drilldown=drills, cut=[cut])

    sales: dict[Any, list[Any]] = {}
    for one in _sales():
        if _within(one.day, one.article, cut):
            sales.setdefault(_key(one.day, one.article, drills), []).append(one.pieces or 0)
    visits = Counter(
        _key(day, article, drills) for day, article in _visits() if _within(day, article, cut)
    )
    expected = {
        key: (len(sales.get(key, [])), sum(sales.get(key, [])), visits[key])
        for key in ({*sales, *visits} if drills else {()})
    }
    rows = table.rows if drills else (table.summary or {},)
    found = {
        tuple(_of_row(row, one) for one in drills): (
            row["sales.sales"], row["sales.pieces_sum"], row["visits.visits"] or 0,
        )
        for row in rows
    }  # fmt: skip
    assert found == expected
    assert len(rows) == len(found)


def _within(day: date, article: str, cut: str) -> bool:
    return {
        "": True,
        "article:pear;plum": article in ("pear", "plum"),
        "!article:pear": article != "pear",
        "time:2021,1-2021,1,2,10": day <= date(2021, 2, 10),
        "time.weekday:6;7": day.isoweekday() > 5,
        "article:x\\;y\\|z": article == "x;y|z",
    }[cut]


def _key(day: date, article: str, drills: list[str]) -> tuple[Any, ...]:
    values = {
        "time:month": (day.year, day.month),
        "time:day": (day.year, day.month, day.day),
        "time@iso:week": day.isocalendar()[:2],
        "article": article,
    }
    return tuple(values[one] for one in drills)


def _of_row(row: dict[str, Any], drill: str) -> Any:
    refs = {
        "time:month": ("time.year", "time.month"),
        "time:day": ("time.year", "time.month", "time.day"),
        "time@iso:week": ("time.iso_year", "time.week"),
    }
    return tuple(row[ref] for ref in refs[drill]) if drill in refs else row[drill]
