"""What the clients read first: version, info, cubes, and the model of each."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from tests.slicer.conftest import Ask

Cube = Callable[[str], Any]


def test_the_version_is_that_of_the_api(ask: Ask) -> None:
    assert ask("/version").get_json() == {
        "version": "1.1",
        "server_version": version("indicube"),
        "api_version": 2,
    }


def test_the_server_says_what_its_clients_need_to_know(ask: Ask) -> None:
    told = ask("/info").get_json()

    assert told["json_record_limit"] == 1000
    assert (told["cubes_version"], told["api_version"]) == ("1.1", 2)
    assert (told["first_weekday"], told["timezone"]) == (0, "UTC")
    assert told["authentication"] == {"type": "http_basic", "identity": "admin"}
    assert told["label"]
    assert {"name", "description", "copyright", "license", "maintainer", "contributors",
            "visualizers", "keywords", "related"} <= told.keys()  # fmt: skip


def test_cubes_are_listed_with_label_category_and_info(ask: Ask) -> None:
    listed = {one["name"]: one for one in ask("/cubes").get_json()}

    assert set(listed) == {"departures", "weather", "landings", "notes"}
    assert listed["landings"] == {
        "name": "landings", "label": "Landings", "category": "sea", "info": {"since": 2013},
    }  # fmt: skip


def test_a_model_names_what_can_be_asked(cube: Cube) -> None:
    told = cube("model")

    assert (told["name"], told["label"], told["category"]) == ("landings", "Landings", "sea")
    assert (told["description"], told["key"]) == ("What ships brought.", "slip")
    assert [each["name"] for each in told["dimensions"]] == [
        "date", "port", "berth", "pilot", "cargo", "vessel",
    ]  # fmt: skip
    assert [(each["name"], each["ref"], each["label"]) for each in told["details"]] == [
        ("weather", "weather", "Weather"), ("remark", "remark", "remark"),
    ]  # fmt: skip
    assert {each["name"]: each["label"] for each in told["measures"]} == {
        "weight": "Weight (t)", "crew": "Crew",
    }  # fmt: skip
    assert [(each["name"], each["function"], each.get("measure")) for each in told["aggregates"]][
        :2
    ] == [("landings", "count", None), ("weight_sum", "sum", "weight")]
    assert told["features"]["actions"] == ["aggregate", "fact", "members", "facts", "cell"]
    assert {"count", "sum", "avg", "min", "max"} <= set(told["features"]["aggregate_functions"])
    assert told["features"]["post_aggregate_functions"] == []


def test_a_dimension_has_levels_with_names_of_attributes_and_hierarchies(cube: Cube) -> None:
    date, _, _, pilot, *_ = cube("model")["dimensions"]

    assert (date["role"], date["default_hierarchy_name"]) == ("time", "ymd")
    assert date["info"] == {"cv-datefilter-hierarchy": "ymd"}
    assert [(one["name"], one["levels"]) for one in date["hierarchies"]] == [
        ("ymd", ["year", "month", "day"]), ("yq", ["year", "quarter"]),
    ]  # fmt: skip
    month = next(one for one in date["levels"] if one["name"] == "month")
    assert (month["role"], month["key"], month["label_attribute"]) == (
        "month", "month", "month_name",
    )  # fmt: skip
    assert [one["ref"] for one in month["attributes"]] == ["date.month", "date.month_name"]
    (level,) = pilot["levels"]
    assert (level["key"], level["label_attribute"], level["order_attribute"]) == (
        "code", "name", "since",
    )  # fmt: skip
    assert (pilot["is_flat"], pilot["has_details"]) == (True, True)


def test_a_flat_dimension_has_one_attribute_and_the_hierarchy_default(cube: Cube) -> None:
    port, vessel = (one for one in cube("model")["dimensions"] if one["name"] in ("port", "vessel"))

    assert [one["name"] for one in port["hierarchies"]] == ["default"]
    assert [one["ref"] for one in port["levels"][0]["attributes"]] == ["port"]
    assert (port["is_flat"], port["has_details"]) == (True, False)
    assert vessel["levels"][0]["cardinality"] == "high"


def test_what_is_null_is_left_out(cube: Cube) -> None:
    def nulls(value: Any) -> bool:
        if isinstance(value, dict):
            return any(each is None or nulls(each) for each in value.values())
        return isinstance(value, list) and any(nulls(each) for each in value)

    assert not nulls(cube("model"))


def test_labels_are_in_the_language_that_is_asked(ask: Ask) -> None:
    def label(query: str, **headers: str) -> str:
        return str(ask(f"/cube/departures/model{query}", **headers).get_json()["label"])

    assert label("") == label("?lang=xx") == "Departures"  # of a language that is not ours
    assert label("?lang=zh") != "Departures"
    assert label("", **{"Accept-Language": "zh-CN,en"}) == label("?lang=zh")


def test_the_index_is_a_page_that_leads_to_the_cubes(ask: Ask) -> None:
    for path in ("", "/"):
        answer = ask(path)
        assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
        assert 'href="/slicer/cube/landings/model">Landings</a>' in answer.text


def test_there_is_nothing_to_log_out_of(ask: Ask) -> None:
    assert (ask("/logout").status_code, ask("/logout").text) == (200, "logged out")
