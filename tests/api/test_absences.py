"""A figure of a cube that is not a number says why, in JSON, in lines and in CSV."""

import json

from tests.api.conftest import Ask

PATH = "/api/v1/cubes/departures/aggregate"
NAMES = "aggregates=flights,departure_delay_max"


def test_a_period_that_was_never_loaded_is_not_zero(ask: Ask) -> None:
    body = ask(f"{PATH}?cut=time:2014&{NAMES}").get_json()

    assert body["summary"] == {
        "flights": None,
        "departure_delay_max": None,
        "absences": {"flights": "not_loaded", "departure_delay_max": "not_loaded"},
    }


def test_what_has_arrived_and_holds_nothing_is_zero(ask: Ask) -> None:
    """SkyWest flew nothing from New York in February: no flights, and no longest delay."""
    body = ask(f"{PATH}?cut=time:2013,1,2&cut=organisation:regional,OO&{NAMES}").get_json()

    assert body["summary"] == {
        "flights": 0,
        "departure_delay_max": None,
        "absences": {"departure_delay_max": "not_applicable"},
    }


def test_a_row_of_numbers_says_nothing_more(ask: Ask) -> None:
    body = ask(f"{PATH}?cut=time:2013,4,12&drilldown=origin&{NAMES}").get_json()

    assert all("absences" not in one for one in [body["summary"], *body["cells"]])
    assert body["coverage"] == {"arrived": 1, "expected": 1, "due": 0, "missing": []}


def test_where_nothing_is_promised_nobody_counts_what_has_arrived(ask: Ask) -> None:
    body = ask("/api/v1/cubes/weather/aggregate?cut=time:2013,4,12").get_json()

    assert body["coverage"] is None


def test_in_lines_and_in_csv_the_reason_stands_there_too(ask: Ask) -> None:
    where = f"cut=time:2014&{NAMES}"
    (line,) = ask(f"{PATH}?{where}&format=jsonl").text.splitlines()
    head, row = ask(f"{PATH}?{where}&format=csv").text.splitlines()

    assert json.loads(line)["absences"]["flights"] == "not_loaded"
    assert (head, row) == ("flights,departure_delay_max", "not_loaded,not_loaded")


def test_cuts_that_exclude_each_other_have_no_answer(ask: Ask) -> None:
    body = ask(f"{PATH}?cut=time:2013,1&cut=time:2013,2&{NAMES}").get_json()

    assert body["summary"]["absences"]["flights"] == "not_applicable"
