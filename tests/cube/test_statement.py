"""Every shape of SELECT is kept as a `.sql` file, so that a change of SQL is read in review.

`statements/<name>.sql` holds the text. Write them anew with
`python -m tests.cube.test_statement`, then read the difference.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.model import load_model
from server.cube.statement import TOTAL, Statement
from server.errors import StoreAway
from server.snapshot import Snapshot
from server.store.select_only import check_select

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "statements"
MODEL = load_model(ROOT / "cube_models", "flights")
SNAPSHOT = Snapshot(
    7, 12, hidden={"departures": (3, 8)}, versions={"carriers": 1, "airports": 2, "aircraft": 5}
)
SCOPE = Scope(
    (
        ScopeRule("organisation", ("network", "AA")),
        ScopeRule("organisation", ("low_cost",)),
        ScopeRule("region", ("America/New_York",)),
    )
)


class Asked:
    """Readers that keep what they are asked and answer zeros, or that there are no rows."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.rows: list[tuple[object, ...]] = []

    def query(self, statement: Statement) -> "Asked":
        self.statements.append(statement)
        is_one_row = "LIMIT" not in statement.sql or f"{TOTAL}.flights" in statement.columns
        self.rows = [(0,) * len(statement.columns)] if is_one_row else []
        return self


def _statements(method: str, scope: Scope, language: str, **arguments: Any) -> list[Statement]:
    asked = Asked()
    cubes = Cubes(MODEL, asked)
    browser: ClickHouseBrowser = cubes.browser("departures", SNAPSHOT, scope, language)
    if method == "aggregate":
        arguments.setdefault("summary", False)
    getattr(browser, method)(**arguments)
    return asked.statements


# name of the file -> who asks, in which language, for what
SHAPES: dict[str, tuple[Scope, str, str, dict[str, Any]]] = {
    "aggregate_months": (
        EVERYTHING,
        "en",
        "aggregate",
        {"aggregates": "flights,departed,departure_delay_minutes", "drilldown": "time:month"},
    ),
    "aggregate_with_summary": (
        EVERYTHING,
        "en",
        "aggregate",
        {
            "aggregates": "flights,departure_delay_minutes,departure_delay_max,aircraft",
            "drilldown": "time:month",
            "summary": True,
        },
    ),
    "aggregate_every_function": (EVERYTHING, "en", "aggregate", {"drilldown": "time:year"}),
    "aggregate_weeks_by_carrier": (
        EVERYTHING,
        "zh",
        "aggregate",
        {"aggregates": "flights", "drilldown": "time@iso:week|organisation:carrier"},
    ),
    "aggregate_upper_level": (
        EVERYTHING,
        "zh",
        "aggregate",
        {"aggregates": "flights", "drilldown": "organisation:group"},
    ),
    "aggregate_unknown_members": (
        EVERYTHING,
        "en",
        "aggregate",
        {"aggregates": "flights", "drilldown": "aircraft:model"},
    ),
    "aggregate_in_scope": (
        SCOPE,
        "en",
        "aggregate",
        {"cell": "time:2013,4", "aggregates": "flights", "drilldown": "origin"},
    ),
    "aggregate_split": (
        EVERYTHING,
        "en",
        "aggregate",
        {"aggregates": "flights", "drilldown": "time:year", "split": "region:America/Chicago"},
    ),
    "aggregate_ordered_page": (
        EVERYTHING,
        "en",
        "aggregate",
        {
            "aggregates": "flights,seat_miles",
            "drilldown": "aircraft:tail_number",
            "order": "seat_miles:desc",
            "page": 2,
            "page_size": 20,
        },
    ),
    "cuts_of_several_members": (
        EVERYTHING,
        "en",
        "aggregate",
        {
            "cell": "time:2013,1,2;2013,1,1;2013,3;2012|origin:EWR;JFK|organisation:network;"
            "low_cost,B6|!region:America/Chicago;__null__",
            "aggregates": "flights",
            "summary": True,
        },
    ),
    "cuts_point_set_and_range": (
        EVERYTHING,
        "en",
        "aggregate",
        {
            "cell": "time:2013,1,2;2013,4|organisation:network,AA;low_cost"
            "|aircraft:BOEING,737\\-800-EMBRAER|distance:500-1000",
            "aggregates": "flights",
            "drilldown": "hour",
        },
    ),
    "cuts_negated_and_null": (
        EVERYTHING,
        "en",
        "aggregate",
        {
            "cell": "!region:America/Chicago|departure_delay:__null__;\\-5"
            "|!time:2013,1-2013,2|hour:5;6;7;8",
            "aggregates": "flights",
            "drilldown": "time:year",
        },
    ),
    "cuts_on_attributes": (
        EVERYTHING,
        "en",
        "aggregate",
        {
            "cell": "time.month:7;8|!region.airport_name:Logan Intl|region.latitude:30-"
            "|organisation.group_name:__null__;Low\\-cost carriers",
            "aggregates": "flights",
            "drilldown": "time:year",
        },
    ),
    "members_of_the_facts": (
        SCOPE,
        "en",
        "members",
        {"cell": "time:2013,4,12", "dimension": "region", "search": "san"},
    ),
    "members_of_the_table": (
        Scope((ScopeRule("region", ("America/New_York",)),)),
        "zh",
        "members",
        {"dimension": "region", "level": "region", "from_table": True, "page": 0, "page_size": 50},
    ),
    "facts_page": (
        SCOPE,
        "en",
        "facts",
        {
            "cell": "time:2013,4,12,31",
            "fields": "time.date,organisation.carrier_name,departure_delay,seat_miles",
            "order": "departure_delay:desc",
            "page": 1,
            "page_size": 100,
            "total": True,
        },
    ),
    "fact_by_key": (SCOPE, "en", "fact", {"key": "7.336777", "fields": "flight,day"}),
}


def _text(name: str) -> str:
    scope, language, method, arguments = SHAPES[name]
    statements = _statements(method, scope, language, **arguments)
    parts = []
    for statement in statements:
        values = "".join(
            f"-- {key} = {value!r}\n" for key, value in sorted(statement.parameters.items())
        )
        parts.append(f"{values}{statement.sql}\n")
    return "\n".join(parts)


@pytest.mark.parametrize("name", SHAPES)
def test_a_statement_is_what_its_file_says(name: str) -> None:
    assert _text(name) == (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def test_there_is_a_file_for_every_shape_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == {*SHAPES, "aggregate_mirrored"}


@pytest.mark.parametrize("name", SHAPES)
def test_a_statement_carries_the_snapshot_and_only_typed_parameters(name: str) -> None:
    scope, language, method, arguments = SHAPES[name]
    for statement in _statements(method, scope, language, **arguments):
        check_select(statement.sql)
        if "FROM `departures`" in statement.sql:
            assert "fact._load <= {top:UInt32}" in statement.sql
            assert "fact._load NOT IN {hidden:Array(UInt32)}" in statement.sql
            assert statement.parameters["top"] == 12
            assert statement.parameters["hidden"] == [3, 8]
        else:
            assert "fact._load = {version_airports:UInt32}" in statement.sql
        for parameter in statement.parameters:
            assert f"{{{parameter}:" in statement.sql
        assert "2013" not in statement.sql
        assert "America" not in statement.sql


def _mirrored_text() -> str:
    asked = Asked()
    snapshot = replace(SNAPSHOT, is_mirrored=True)
    Cubes(MODEL, asked).browser("departures", snapshot).aggregate(aggregates="flights")
    (statement,) = asked.statements
    assert statement.parameters["fact_table"] == "departures"
    assert statement.parameters["snapshot"] == 7
    assert "hidden" not in statement.parameters
    check_select(statement.sql)
    return statement.sql + "\n"


def test_where_nothing_is_hidden_no_empty_list_is_read_for_every_fact() -> None:
    asked = Asked()
    for hidden in ({}, {"weather": (3,)}, {"departures": (3,)}):
        snapshot = replace(SNAPSHOT, hidden=hidden)
        Cubes(MODEL, asked).browser("departures", snapshot).aggregate(aggregates="flights")

    nothing, of_another, some = asked.statements
    assert nothing.sql == of_another.sql
    assert nothing.sql.endswith("WHERE fact._load <= {top:UInt32}")
    assert some.sql == f"{nothing.sql}\n    AND fact._load NOT IN {{hidden:Array(UInt32)}}"
    assert (nothing.parameters, some.parameters) == ({"top": 12}, {"top": 12, "hidden": [3]})


def test_a_long_list_of_hidden_batches_is_read_in_the_mirror() -> None:
    assert (FOLDER / "aggregate_mirrored.sql").read_text(encoding="utf-8") == _mirrored_text()


def test_a_table_under_repair_is_asked_nothing() -> None:
    closed = replace(SNAPSHOT, closed=frozenset({"departures"}))
    airports = replace(SNAPSHOT, closed=frozenset({"airports"}))

    with pytest.raises(StoreAway, match="rows of departures were found damaged"):
        Cubes(MODEL, Asked()).browser("departures", closed).aggregate()
    with pytest.raises(StoreAway, match="rows of airports were found damaged"):
        Cubes(MODEL, Asked()).browser("departures", airports).aggregate(drilldown="region:region")


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in SHAPES:
        (FOLDER / f"{name}.sql").write_text(_text(name), encoding="utf-8")
    (FOLDER / "aggregate_mirrored.sql").write_text(_mirrored_text(), encoding="utf-8")


if __name__ == "__main__":
    _write()
