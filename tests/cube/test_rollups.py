"""Roll-ups answer what they can, always what the facts would, and say so as the engine does."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.model import Model, load_model
from server.cube.statement import Statement
from server.errors import InvalidInput, ManyErrors
from server.snapshot import Snapshot
from server.store.readers import Rows
from tests.cube.market import FOLDER, Market, market_model, snapshot_of
from tests.cube.oracle import LEVELS, OracleCut
from tests.cube.test_browser_laws import DAYS, FIRST, LAWS, SHOPS, _cuts, _drills, _sale, _shop
from tests.cube.test_statement import Asked

ROLL_UPS: list[dict[str, Any]] = [
    {"name": "by_month", "keys": ["time:month", "shop"]},
    {"name": "by_day", "keys": ["time:day", "article"], "aggregates": ["sales", "pieces_sum"]},
    {
        "name": "by_week",
        "keys": ["time:week", "shop", "article"],
        "aggregates": ["sales", "shops", "paid_pieces"],
    },
]


def rolled_up_model(folder: Path, roll_ups: list[dict[str, Any]], cube: int = 0) -> Model:
    """The market with roll-ups of its sales, or of another of its cubes."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    path = folder / "market" / "cubes.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["cubes"][cube]["rollups"] = roll_ups
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_model(folder, "market")


def ready(snapshot: Snapshot, model: Model) -> Snapshot:
    """The snapshot with every roll-up of the model ready to serve."""
    rows = {each.address: 1 for cube in model.cubes.values() for each in cube.roll_ups}
    return replace(snapshot, rollups=rows)


def known_days(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the first and the last day of the sales noted, as the ledger notes them."""
    last = FIRST + timedelta(days=DAYS - 1)
    return replace(snapshot, first_dates={"sales": FIRST}, watermarks={"sales": last})


class Watched:
    """Readers that ask the engine, for each statement, which projection it would read."""

    def __init__(self, market: Market, cube: str = "sales") -> None:
        self._market = market
        self._cube = cube
        self.told: list[tuple[str, str]] = []  # what Python says and what the engine says

    def query(self, statement: Statement) -> Rows:
        with self._market.store.writer() as writer:
            plan = writer.rows(f"EXPLAIN projections = 1 {statement.sql}", statement.parameters)
        lines = " ".join(line for (line,) in plan)
        names = [roll_up.name for roll_up in self._market.model.cube(self._cube).roll_ups]
        read = [name for name in names if f"({name}__" in lines]
        self.told.append((statement.served_by, ", ".join(read) or "facts"))
        return self._market.store.readers.query(statement)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    chance = random.Random(20130102)  # noqa: S311  # the same facts every time
    model = rolled_up_model(tmp_path_factory.mktemp("market") / "models", ROLL_UPS)
    sales = [_sale(chance, number) for number in range(400)]
    shops = [_shop(chance, version, shop) for version in (1, 2) for shop in SHOPS[:-1]]
    market = Market(model).insert(sales, shops)
    with market.store.writer() as writer:  # a table so small that no roll-up is smaller has none
        writer.run("INSERT INTO sales SELECT * FROM sales ARRAY JOIN range(99) AS again")
    yield market
    market.close()


def asked(
    market: Market, scope: Scope = EVERYTHING
) -> tuple[ClickHouseBrowser, ClickHouseBrowser, Watched]:
    """A browser that may use the roll-ups, one that may not, and who watches the first."""
    watched = Watched(market)
    snapshot = known_days(snapshot_of(6, [2]))
    cubes = Cubes(market.model, watched)
    with_them = cubes.browser("sales", ready(snapshot, market.model), scope)
    return with_them, market.browser(snapshot, scope), watched


SHAPES: dict[str, tuple[dict[str, Any], str]] = {
    "months of shops": (
        {"aggregates": "sales,pieces_sum", "drilldown": "time:month|shop:shop"},
        "by_month",
    ),
    "quarters, for they are made of months": (
        {"drilldown": "time:quarter", "aggregates": "sales,pieces_max,turnover_sum,paid_pieces"},
        "by_month",
    ),
    "years": ({"drilldown": "time:year", "aggregates": "sales,price_sum"}, "by_month"),
    "upper levels, looked up by the member": (
        {"drilldown": "shop:town", "aggregates": "pieces_sum,pieces_min,pieces_count"},
        "by_month",
    ),
    "the whole cell": ({"aggregates": "sales,pieces_sum"}, "by_day, by_month, by_week"),
    "a cut on a month": (
        {"cell": "time:2021,1,1|shop:north", "aggregates": "pieces_sum,price_sum"},
        "by_month",
    ),
    "a range that ends where months end": (
        {"cell": "time:2020,4,12-2021,1,1", "aggregates": "pieces_sum", "drilldown": "shop:town"},
        "by_month",
    ),
    "a negated cut": (
        {"cell": "!shop:north|!time:2021,1,1", "aggregates": "price_sum", "drilldown": "time:year"},
        "by_month",
    ),
    "a member that is absent": (
        {"cell": "shop:unknown,__null__", "aggregates": "price_sum"},
        "by_month",
    ),
    "a split by keys": (
        {"split": "shop:north", "aggregates": "price_sum", "drilldown": "time:year"},
        "by_month",
    ),
    "single days": (
        {
            "cell": "time:2021,1,1,3-2021,1,1,9|article:apple",
            "aggregates": "pieces_sum",
            "drilldown": "time:day",
        },
        "by_day",
    ),
    "days and weeks of articles": (
        {
            "drilldown": "time@iso:week|article",
            "page": 0,
            "page_size": 99,
            "aggregates": "pieces_sum",
        },
        "by_day",
    ),
    "a distinct count that is kept": (
        {
            "drilldown": "time@iso:week|article",
            "page": 0,
            "page_size": 99,
            "aggregates": "shops,paid_pieces",
        },
        "by_week",
    ),
    "an attribute of time": (
        {"cell": "time.month:1|time.year:2021", "aggregates": "price_sum"},
        "by_month",
    ),
    "an attribute of the dimension's table": (
        {"cell": "shop.town_name:North", "aggregates": "price_sum"},
        "by_month",
    ),
    "a page in an order": (
        {
            "drilldown": "shop:shop",
            "aggregates": "pieces_sum",
            "order": "pieces_sum:desc",
            "page": 0,
            "page_size": 2,
        },
        "by_month",
    ),
    "a filter that the keys tell": (
        {
            "drilldown": "time:month",
            "aggregates": "sales,apple_pieces,pieces_sum",
            "order": "apple_pieces:desc",
        },
        "by_day",
    ),
    "a filter and nothing to break down by": ({"aggregates": "apple_pieces"}, "by_day"),
    "a filter within a split": (
        {"aggregates": "apple_pieces", "split": "article:x'y", "drilldown": "time:day"},
        "by_day",
    ),
    "a distinct count of a key": (
        {"drilldown": "time:quarter|shop:town", "aggregates": "shops,shops_about,pieces_sum"},
        "by_month",
    ),
    "a year to date of whole months": (
        {
            "cell": "time:2021|!shop:north",
            "drilldown": "time:month|shop:shop",
            "aggregates": "sales,pieces_avg,pieces_max,shops",
            "time": "ytd,rolling-2",
        },
        "by_month",
    ),
    "a filtered year to date by days": (
        {
            "cell": "time:2021,1,2",
            "drilldown": "time:day",
            "aggregates": "apple_pieces",
            "time": "ytd",
            "compare": "previous:difference",
        },
        "by_day",
    ),
    "a year to date of a day within a month": (
        {"cell": "time:2021,1,1,3", "aggregates": "price_sum", "time": "ytd"},
        "facts",
    ),
    "an unfinished month against as much of the one before": (
        {"cell": "time:2021,1,2", "aggregates": "price_sum", "compare": "previous"},
        "facts",
    ),
    "a filter that no key tells": (
        {"drilldown": "shop:town", "aggregates": "north_sales"},
        "facts",
    ),
    "a day within a month": ({"cell": "time:2021,1,1,3", "aggregates": "price_sum"}, "facts"),
    "a range that ends within a month": (
        {"cell": "time:2020,4,12-2021,1,1,3", "aggregates": "price_sum"},
        "facts",
    ),
    "a figure that is not kept": (
        {"drilldown": "time:month", "aggregates": "price_sum,floor_pieces_sum"},
        "facts",
    ),
    "a level that no key tells": (
        {"drilldown": "pieces", "aggregates": "sales", "page": 0, "page_size": 9},
        "facts",
    ),
    "a cut that no key tells": ({"cell": "price:1", "aggregates": "sales"}, "facts"),
    "weeks, which months do not tell": (
        {"drilldown": "time@iso:week|shop:shop", "aggregates": "price_sum"},
        "facts",
    ),
    "a measure of the dimension's table": (
        {"drilldown": "shop:shop", "aggregates": "floor_pieces_sum"},
        "facts",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_question_is_served_as_python_says_and_the_engine_agrees(
    market: Market, shape: str
) -> None:
    question, expected = SHAPES[shape]
    with_them, without, watched = asked(market)

    answer = with_them.aggregate(**question)
    plain = without.aggregate(**question)

    assert (list(answer.cells or ()), answer.summary) == (list(plain.cells or ()), plain.summary)
    assert plain.served_by == "facts"
    assert answer.served_by in expected.split(", ")
    if "," not in expected:
        assert set(watched.told) == {(expected, expected)}
    else:  # several keep it: the engine reads the smallest
        assert all((said == "facts") == (read == "facts") for said, read in watched.told)


def test_a_roll_up_serves_where_no_batch_is_hidden(market: Market) -> None:
    watched = Watched(market)
    snapshot = ready(known_days(snapshot_of(6)), market.model)

    Cubes(market.model, watched).browser("sales", snapshot).aggregate(
        aggregates="price_sum", drilldown="time:month", time="ytd"
    )

    assert set(watched.told) == {("by_month", "by_month")}


STORED = (
    "quarters, for they are made of months",
    "a range that ends where months end",
    "a filter that the keys tell",
    "a distinct count of a key",
    "a year to date of whole months",
)
STORED_IN = Path(__file__).parent / "rollup_statements"


@pytest.mark.parametrize("shape", STORED)
def test_a_statement_is_what_its_file_says(market: Market, shape: str) -> None:
    assert (STORED_IN / _file(shape)).read_text(encoding="utf-8") == _text(market.model, shape)


def test_there_is_a_file_for_every_stored_shape_and_no_other() -> None:
    assert {path.name for path in STORED_IN.glob("*.sql")} == {_file(shape) for shape in STORED}


def _file(shape: str) -> str:
    return f"{shape.split(',')[0].replace(' ', '_')}.sql"


def _text(model: Model, shape: str) -> str:
    """The statement of the cells, as a roll-up serves it."""
    recorded = Asked()
    question = {**SHAPES[shape][0], "summary": False}
    cubes = Cubes(model, recorded)
    cubes.browser("sales", ready(known_days(snapshot_of(6, [2])), model)).aggregate(**question)
    return f"{recorded.statements[0].sql}\n"


def test_members_are_listed_from_a_roll_up(market: Market) -> None:
    with_them, without, watched = asked(market)

    listed = with_them.members("time:2021,1,1", "shop")

    assert listed == without.members("time:2021,1,1", "shop")
    assert watched.told == [("by_month", "by_month")]


def test_the_scope_is_part_of_what_a_roll_up_must_tell(market: Market) -> None:
    town = Scope((ScopeRule("shop", ("north",)),))
    article = Scope((ScopeRule("article", ("apple",)),))
    for scope, expected in ((town, "by_month"), (article, "facts")):
        with_them, without, watched = asked(market, scope)

        answer = with_them.aggregate(aggregates="price_sum", drilldown="time:month")

        assert (
            answer.cells == without.aggregate(aggregates="price_sum", drilldown="time:month").cells
        )
        assert set(watched.told) == {(expected, expected)}


def test_a_roll_up_that_is_not_ready_serves_nothing(market: Market) -> None:
    browser = market.browser(snapshot_of(6))

    assert browser.aggregate(aggregates="sales", drilldown="time:month").served_by == "facts"


@LAWS
@given(
    cuts=st.lists(_cuts(), max_size=2),
    drills=_drills(),
    top=st.integers(0, 7),
    hidden=st.sets(st.integers(1, 6), max_size=3),
    version=st.integers(0, 2),
    split=st.one_of(st.none(), _cuts()),
    names=st.sets(
        st.sampled_from([each.name for each in market_model().cube("sales").aggregates]),
        min_size=1,
        max_size=4,
    ),
)
def test_every_answer_is_the_same_with_roll_ups_and_without(
    market: Market,
    cuts: list[OracleCut],
    drills: list[tuple[str, int]],
    top: int,
    hidden: set[int],
    version: int,
    split: OracleCut | None,
    names: set[str],
) -> None:
    snapshot = snapshot_of(top, hidden & set(range(1, top + 1)), version)
    question: dict[str, Any] = {
        "cell": [cut.text for cut in cuts],
        "aggregates": sorted(names),
        "drilldown": [
            f"{along}:{LEVELS[along][depth - 1].rpartition('.')[2]}" for along, depth in drills
        ],
        "split": [split.text] if split else None,
        "page": 0,
        "page_size": 1000,
    }

    answer = market.browser(ready(snapshot, market.model)).aggregate(**question)
    plain = market.browser(snapshot).aggregate(**question)

    assert (answer.cells, answer.summary, answer.total_cell_count) == (
        plain.cells,
        plain.summary,
        plain.total_cell_count,
    )


@settings(LAWS, max_examples=50)
@given(
    cuts=st.lists(_cuts(), max_size=2),
    time=st.sampled_from((None, "time:year", "time:quarter", "time:month", "time:day")),
    drill=st.sampled_from((None, "shop:town", "shop:shop", "article")),
    modifiers=st.sampled_from(
        (
            {"time": "ytd"},
            {"time": "mtd,rolling-2"},
            {"time": "qtd", "compare": "previous:difference"},
            {"compare": "last_year,previous:change"},
        )
    ),
    hidden=st.sets(st.integers(1, 6), max_size=3),
    names=st.sets(
        st.sampled_from([each.name for each in market_model().cube("sales").aggregates]),
        min_size=1,
        max_size=3,
    ),
)
def test_figures_along_time_are_the_same_with_roll_ups_and_without(
    market: Market,
    cuts: list[OracleCut],
    time: str | None,
    drill: str | None,
    modifiers: dict[str, str],
    hidden: set[int],
    names: set[str],
) -> None:
    snapshot = known_days(snapshot_of(6, hidden))
    question: dict[str, Any] = {
        "cell": [cut.text for cut in cuts],
        "aggregates": sorted(names),
        "drilldown": [each for each in (time, drill) if each],
        "page": 0,
        "page_size": 1000,
        **modifiers,
    }

    served, plain = (
        _told(market.browser(each), question) for each in (ready(snapshot, market.model), snapshot)
    )

    assert served == plain


def _told(browser: ClickHouseBrowser, question: dict[str, Any]) -> Any:
    """The answer, or why there is none."""
    try:
        answer = browser.aggregate(**question)
    except InvalidInput as wrong:
        return wrong.message
    return answer.cells, answer.summary, answer.total_cell_count


def test_mistakes_of_roll_ups_are_named_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(ManyErrors) as wrong:
        rolled_up_model(
            tmp_path,
            [
                {"name": "Bad", "keys": ["time:month", "nowhere"]},
                {"name": "upper", "keys": ["shop:town"]},
                {"name": "weekday", "keys": ["time:decade"]},
                {"name": "empty", "keys": []},
                {"name": "twice", "keys": ["shop", "shop"]},
                {"name": "kept", "keys": ["shop"], "aggregates": ["floor_pieces_sum", "none"]},
                {"name": "untold", "keys": ["time:month"], "aggregates": ["apple_pieces"]},
            ],
        )

    text = "\n".join(str(each) for each in wrong.value.errors)
    for said in (
        "roll-up Bad: name is 'Bad'",
        "roll-up Bad: unknown dimension 'nowhere'",
        "roll-up upper: 'shop:town': a roll-up keeps members",
        "roll-up weekday: 'time:decade' is no span of time",
        "roll-up empty: there are no keys",
        "roll-up twice: a dimension is named twice",
        "roll-up kept: floor_pieces_sum needs more",
        "roll-up kept: unknown aggregate 'none'",
        "roll-up untold: apple_pieces needs more keys",
    ):
        assert said in text


def test_the_days_of_the_market_span_borders_of_every_kind() -> None:
    assert FIRST < date(2021, 1, 1) < date(2021, 2, 1) < date.fromordinal(FIRST.toordinal() + DAYS)


def _write() -> None:
    """Write the stored statements anew: `python -m tests.cube.test_rollups`; then read them."""
    with TemporaryDirectory() as folder:
        model = rolled_up_model(Path(folder) / "models", ROLL_UPS)
        for shape in STORED:
            (STORED_IN / _file(shape)).write_text(_text(model, shape), encoding="utf-8")


if __name__ == "__main__":
    _write()
