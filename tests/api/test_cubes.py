"""The aggregation API for programs."""

from collections import Counter

import pytest

from tests.api.conftest import Ask
from tests.web.people import ANALYST, VIEWER
from tests.web.source import NETWORK, count, december, is_on_time

CUBE = "/api/v1/cubes/departures"
DECEMBER = "cut=time:2013,4,12"


def test_an_aggregate_is_that_of_the_source(ask: Ask) -> None:
    answer = ask(f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights|on_time_arrivals")

    assert answer.get_json()["summary"] == {
        "flights": len(december()),
        "on_time_arrivals": count(december(), is_on_time),
    }


def test_a_drill_down_gives_a_cell_for_each_member(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=organisation:carrier"
    cells = {
        cell["organisation.carrier"]: cell["flights"] for cell in ask(path).get_json()["cells"]
    }

    assert cells == Counter(row["carrier"] for row in december())


def test_order_and_pages_cut_the_cells(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=organisation:carrier"
    body = ask(path + "&order=flights:desc&page=0&pagesize=2").get_json()

    flights = [cell["flights"] for cell in body["cells"]]
    assert len(flights) == 2
    assert flights == sorted(flights, reverse=True)
    assert body["total_cell_count"] == len({row["carrier"] for row in december()})


@pytest.mark.parametrize("has", [True, False])
def test_the_summary_is_left_out_on_request(ask: Ask, has: bool) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights,aircraft&drilldown=origin"
    question = {
        "cut": [DECEMBER.removeprefix("cut=")],
        "aggregates": ["flights", "aircraft"],
        "drilldown": ["origin"],
        "summary": has,
    }
    wanted = {
        "flights": len(december()),
        "aircraft": len({row["tailnum"] for row in december()} - {"NA"}),
    }

    for answer in (
        ask(f"{path}&summary={str(has).lower()}"),
        ask(f"{CUBE}/aggregate", json=question),
    ):
        assert answer.get_json()["summary"] == (wanted if has else None)
        assert len(answer.get_json()["cells"]) == 3


def test_whether_the_summary_is_wanted_is_true_or_false(ask: Ask) -> None:
    refused = ask(f"{CUBE}/aggregate?summary=no").get_json()["error"]
    as_text = ask(f"{CUBE}/aggregate", json={"summary": "false"}).get_json()["error"]

    assert [each["field"] for each in (refused, as_text)] == ["summary"] * 2
    assert refused["message"] == "summary must be true or false."


def test_every_answer_names_what_it_is_based_on(ask: Ask) -> None:
    answer = ask(f"{CUBE}/aggregate?{DECEMBER}")
    body = answer.get_json()

    assert answer.headers["Indicube-Snapshot"] == str(body["snapshot"])
    assert answer.headers["Indicube-Watermark"] == body["watermark"] == "2013-12-31"
    assert len(body["model_version"]) == 64


def test_members_and_facts_are_listed(ask: Ask) -> None:
    members = ask(f"{CUBE}/members/organisation?depth=1").get_json()["members"]
    facts = ask(f"{CUBE}/facts?{DECEMBER}&page=0&pagesize=3").get_json()

    assert {one["organisation.group"] for one in members} == {"network", "low_cost", "regional"}
    assert facts["total"] == len(december())
    assert all({"_load", "_row", "carrier"} <= fact.keys() for fact in facts["facts"])


@pytest.mark.parametrize("cut", ["time:-", "time@iso:-", "hour:-", "organisation:-"])
def test_a_range_that_is_open_at_both_ends_holds_everything(ask: Ask, cut: str) -> None:
    whole = ask(f"{CUBE}/aggregate?aggregates=flights").get_json()
    found = ask(f"{CUBE}/aggregate?aggregates=flights&cut={cut}").get_json()

    assert found["summary"] == whole["summary"]
    assert (found["cell"][0]["from"], found["cell"][0]["to"]) == (None, None)


def test_the_owners_scope_is_in_every_answer(ask: Ask) -> None:
    own = count(december(), lambda row: row["carrier"] in NETWORK)
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights"

    assert ask(path, ANALYST).get_json()["summary"] == {"flights": own}
    outside = ask(path + "&cut=organisation:low_cost", ANALYST).get_json()["summary"]
    assert outside == {"flights": 0}
    facts = ask(f"{CUBE}/facts?{DECEMBER}&page=0&pagesize=50", ANALYST).get_json()["facts"]
    assert {fact["carrier"] for fact in facts} <= NETWORK


def test_a_viewers_token_does_not_slice(ask: Ask) -> None:
    assert ask("/api/v1/indicators", VIEWER).status_code == 200
    assert ask(CUBE, VIEWER).status_code == 403


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/v1/cubes/made_up", 404, None),
        (f"{CUBE}/aggregate?cut=made_up:1", 404, None),
        (f"{CUBE}/aggregate?aggregates=made_up", 404, None),
        (f"{CUBE}/aggregate?page=x&pagesize=2", 400, "page"),
        (f"{CUBE}/aggregate?order=made_up", 400, "order"),
        (f"{CUBE}/members/made_up", 404, None),
        (f"{CUBE}/aggregate?lang=klingon", 400, "lang"),
    ],
)
def test_a_wrong_question_is_told_with_what_is_allowed(
    ask: Ask, path: str, status: int, field: str | None
) -> None:
    answer = ask(path)
    error = answer.get_json()["error"]

    assert answer.status_code == status
    assert error["message"]
    if field:
        assert error["field"] == field


def test_labels_follow_the_language(ask: Ask) -> None:
    english = ask("/api/v1/cubes?lang=en").get_json()["cubes"]
    chinese = ask("/api/v1/cubes?lang=zh").get_json()["cubes"]

    assert [one["name"] for one in english] == [one["name"] for one in chinese]
    assert all(e["label"] != c["label"] for e, c in zip(english, chinese, strict=True))


def test_an_answer_to_a_program_sets_no_cookie(ask: Ask) -> None:
    assert "Set-Cookie" not in ask(CUBE).headers


def test_a_quotient_is_a_number_in_json_and_in_csv(ask: Ask) -> None:
    delays = [float(row["dep_delay"]) for row in december() if row["dep_delay"] not in ("", "NA")]
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=departure_delay_avg,departure_delay_median"
    ordered = sorted(delays)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

    summary = ask(path).get_json()["summary"]
    table = ask(f"{path}&format=csv").text.splitlines()

    assert summary == {
        "departure_delay_avg": sum(delays) / len(delays),
        "departure_delay_median": middle,
    }
    assert [float(cell) for cell in table[1].split(",")] == list(summary.values())


def test_a_cube_says_of_each_aggregate_what_it_is_and_over_what_it_adds_up(ask: Ask) -> None:
    told = {one["name"]: one for one in ask(CUBE).get_json()["aggregates"]}

    assert told["departure_delay_avg"] == {
        "name": "departure_delay_avg",
        "label": "Average departure delay",
        "function": "avg",
        "unit": "minutes",
        "adds_up": "nowhere",
        "over_time": None,
        "is_approximate": False,
    }
    assert told["flights"]["adds_up"] == "everywhere"
