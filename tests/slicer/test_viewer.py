"""What a CubesViewer page asks and reads, on the sample and on an imported model.

The page sends GETs without a token and without a header of its own, names no aggregates, sorts and
pages by itself, and stops where something that it reads is not there. That another site's page may
read the answers is tried in a browser (`test_foreign_page`).
"""

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.metadata.session import open_metadata
from server.runtime import Runtime
from tests.slicer.conftest import with_settings
from tests.slicer.viewer import Along, Model, address
from tests.web.people import ADMIN, settle_people
from web.app import create_app

ORIGIN = {"Origin": "https://viewer.example"}
CUBES = ("departures", "weather", "landings", "notes")
YMD = ("year", "quarter", "month", "day")


class Page:
    """A page that was given the address of a server, in which it asks as nobody."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def ask(self, path: str, **parameters: object) -> TestResponse:
        """What is answered, which the page may read."""
        answer = self._client.get(address(f"/slicer{path}", **parameters), headers=ORIGIN)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
        return answer

    def read(self, path: str, **parameters: object) -> Any:
        """The JSON that is answered."""
        answer = self.ask(path, **parameters)
        assert (answer.status_code, answer.content_type) == (200, "application/json"), answer.text
        return answer.get_json()

    def model(self, cube: str) -> Model:
        """The model of a cube."""
        return Model(self.read(f"/cube/{cube}/model"))


@pytest.fixture(scope="module")
def sample(flights: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that asks the real flights."""
    kept = tmp_path_factory.mktemp("viewer") / "metadata.db"
    source = flights.settings.database.removeprefix("sqlite:///")
    with sqlite3.connect(source) as real, sqlite3.connect(kept) as copy:
        real.backup(copy)
    metadata = open_metadata(f"sqlite:///{kept}")
    runtime = replace(flights, metadata=metadata)
    settle_people(runtime)
    yield Page(create_app(with_settings(runtime, slicer_user=ADMIN, slicer_cors=("*",))))
    metadata.close()


@pytest.fixture(scope="module")
def imported(harbour: Runtime) -> Page:
    """A page that asks the harbour, beside whose cubes are those of the pack."""
    return Page(create_app(with_settings(harbour, slicer_user=ADMIN, slicer_cors=("*",))))


@pytest.fixture(scope="module")
def departures(sample: Page) -> Model:
    return sample.model("departures")


@pytest.fixture(scope="module")
def landings(imported: Page) -> Model:
    return imported.model("landings")


def test_it_connects_and_lists_the_cubes(sample: Page, imported: Page) -> None:
    info = sample.read("/info")
    assert all(info[name] for name in ("cubes_version", "api_version", "json_record_limit"))
    assert type(info["json_record_limit"]) is int

    listed = {one["name"]: one for one in imported.read("/cubes")}
    assert set(CUBES) <= set(listed)
    assert all(one["label"] and one["category"] != "" for one in listed.values())
    assert imported.ask("//cubes").status_code == 200  # where the address ends with a slash


@pytest.mark.parametrize("cube", CUBES)
@pytest.mark.parametrize("language", ["", "zh"])
def test_it_reads_everything_of_a_model(imported: Page, cube: str, language: str) -> None:
    """Names that it can take apart again, labels, refs, roles; `info` is an object everywhere."""
    told = imported.read(f"/cube/{cube}/model", lang=language)
    model = Model(told)

    assert model.aggregates
    assert all(label for _, label, _ in model.aggregates)
    assert {measure for *_, measure in model.aggregates if measure} <= set(model.measures)
    assert all(model.measures.values())
    assert all(level.label for level in model.levels)
    assert not any(level.is_map for level in model.levels)
    assert list(_without_info(told)) == []


@pytest.mark.parametrize("cube", ["departures", "weather"])
def test_every_level_of_the_sample_can_be_drilled_to(sample: Page, cube: str) -> None:
    model, day = sample.model(cube), "time@ymd:2013,4,12,31"
    whole = sample.read(f"/cube/{cube}/aggregate", cut=day)
    count = model.aggregates[0][0]
    assert whole["cells"] == []

    for along in model.along:
        depth = min(len(along.levels), 2)
        asked = {"drilldown": along.drill(depth), "cut": day}
        if along.levels[depth - 1].has_many:  # the page says that it failed
            assert sample.ask(f"/cube/{cube}/aggregate", **asked).status_code == 400
            continue
        told = sample.read(f"/cube/{cube}/aggregate", **asked)
        cells = _cells(model, along, depth, told)
        assert model.figures(told["summary"]) == model.figures(whole["summary"])
        assert sum(cell[count] for cell in cells.values()) == whole["summary"][count], along


def test_every_level_of_an_imported_model_can_be_drilled_to(
    imported: Page, landings: Model
) -> None:
    for along in landings.along:
        for depth in range(1, len(along.levels) + 1):
            if along.levels[depth - 1].has_many:
                continue
            told = imported.read("/cube/landings/aggregate", drilldown=along.drill(depth))
            cells = _cells(landings, along, depth, told)
            assert sum(cell["landings"] for cell in cells.values()) == 6, along.drill(depth)


def test_a_series_drills_to_two_dimensions_at_once(sample: Page, departures: Model) -> None:
    """The axis comes first, joined by a bar; cells are read by the refs of both."""
    time, group = departures.named("time@ymd"), departures.named("organisation@default")
    drilldown = f"{time.drill(3)}|{group.drill(1)}"
    cut = f"{time.cut((2013, 4))}|{group.cut(('low_cost',), ('network',))}"
    told = sample.read("/cube/departures/aggregate", drilldown=drilldown, cut=cut)

    december = {
        group.read(cell, 1): departures.figures(cell)["flights"]
        for cell in told["cells"]
        if time.read(cell, 3)[0] == (2013, 4, 12)
    }
    assert december == {
        (("low_cost",), ("Low-cost carriers",)): 6590,
        (("network",), ("Network carriers",)): 13416,
    }
    assert len(told["cells"]) == told["total_cell_count"] == 6


# cut of the harbour -> slips that are left, by hand
CUTS: list[tuple[str, Callable[[Model], str], list[int]]] = [
    ("nothing", lambda _: "", [-6, 101, 102, 103, 104, 105]),
    ("a member", lambda model: model.named("port@default").cut(("Ayr",)), [101, 102]),
    ("a minus", lambda model: model.named("berth@default").cut((-5,)), [101, 105]),
    ("rows that were chosen", lambda model: model.named("port@default").cut(("Ayr",), ("Bude",)),
     [101, 102, 103, 104]),
    ("all but these", lambda model: model.named("port@default").cut(("Ayr",), is_inverted=True),
     [-6, 103, 104]),
    ("an absent member", lambda model: model.named("port@default").cut((None,)), [105]),
    ("a path", lambda model: model.named("cargo@default").cut(("dry", "iron")), [102]),
    ("paths", lambda model: model.named("date@ymd").cut((2013, 3), (2014, 1)), [-6, 101, 102, 105]),
    ("days since", lambda model: model.named("date@ymd").since((2013, 4, 1)), [-6, 103, 104, 105]),
    ("days until", lambda model: model.named("date@ymd").since((), (2013, 4, 1)), [101, 102, 103]),
    ("days between", lambda model: model.named("date@ymd").since((2013, 4, 1), (2013, 5, 2)),
     [103, 104]),
    ("quarters since", lambda model: model.named("date@yq").since((2013, 2)), [-6, 103, 104, 105]),
    ("two filters", lambda model: "|".join([model.named("port@default").cut(("Bude",)),
     model.named("date@ymd").since((2013, 5, 1))]), [104]),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "cut", "slips"), CUTS, ids=[one for one, _, _ in CUTS])
def test_filters_leave_what_they_say(
    imported: Page, landings: Model, _what: str, cut: Callable[[Model], str], slips: list[int]
) -> None:
    asked = {"cut": cut(landings)}
    facts = imported.read("/cube/landings/facts", **asked)
    table = imported.ask("/cube/landings/facts", format="csv", **asked)
    drilled = imported.read("/cube/landings/facts", drilldown="port@default:port", **asked)

    assert sorted(one["__fact_key__"] for one in facts) == slips
    assert drilled == facts
    assert imported.read("/cube/landings/aggregate", **asked)["summary"]["landings"] == len(slips)
    assert len(list(csv.reader(io.StringIO(table.text)))) == 1 + len(slips)


# An absent member is an empty text in the page's own paths.
ABSENT = [
    ("port@default:", 0),
    ("port@default:;Ayr", 2),
    ("cargo@default:wet,", 0),
    ("berth@default:", 0),
    (r"berth@default:\-5;", 2),
    ("date@ymd:", 0),
    ("date@ymd:2013,", 0),
    ("date@ymd:2013,3;2013,", 2),
    ("date@ymd:|port@default:Ayr", 0),
    (r"!berth@default:\-5;", 4),
]


@pytest.mark.parametrize(("cut", "wanted"), ABSENT)
def test_a_click_on_an_absent_member_is_answered(imported: Page, cut: str, wanted: int) -> None:
    """As Cubes answers it: no key is an empty text, be the keys texts, numbers or days."""
    assert imported.read("/cube/landings/aggregate", cut=cut)["summary"]["landings"] == wanted
    assert len(imported.read("/cube/landings/facts", cut=cut)) == wanted


@pytest.mark.parametrize("cut", ["time@ymd:", "time@ymd:2013,,", "!time@ymd:", "origin:"])
def test_so_it_is_of_the_sample(sample: Page, cut: str) -> None:
    wanted = 336_776 if cut.startswith("!") else 0
    drilled = sample.read("/cube/departures/aggregate", cut=cut, drilldown="origin:origin")

    assert drilled["summary"]["flights"] == wanted
    assert len(drilled["cells"]) == (3 if wanted else 0)


def test_the_filter_by_days_finds_its_hierarchy_and_roles(
    sample: Page, departures: Model, landings: Model
) -> None:
    assert [one.head for one in departures.filtered_by_days] == ["time@ymd"]
    assert [one.head for one in landings.filtered_by_days] == ["date@ymd"]
    time = departures.filtered_by_days[0]
    assert [level.role for level in time.levels] == list(YMD)

    since, until = time.day(2013, 12, 1), time.day(2013, 12, 31)
    for cut in (time.since(since), time.since(since, until)):
        told = sample.read("/cube/departures/aggregate", cut=cut)
        assert told["summary"]["flights"] == 28135
    none = sample.read("/cube/departures/aggregate", cut=time.since(time.day(2026, 8, 22)))
    assert none["summary"]["flights"] == 0
    assert departures.figures(none["summary"])


@pytest.mark.parametrize("cube", ["departures", "weather"])
def test_the_filter_of_a_dimension_lists_members_with_labels(sample: Page, cube: str) -> None:
    """Also under the other filters, and where none is: by an empty cut, or by none."""
    model = sample.model(cube)
    for along in model.along:
        depth = min(len(along.levels), 2)
        path = f"/cube/{cube}/members/{along.dimension}"
        asked = {"hierarchy": along.hierarchy, "depth": depth}
        told = sample.read(path, **asked)
        keys = [along.read(one, depth)[0] for one in told["data"]]
        assert keys
        assert len(set(keys)) == len(keys)
        assert sample.read(path, **asked, cut="") == told


def test_the_filter_of_a_dimension_follows_the_others(imported: Page, landings: Model) -> None:
    ports = landings.named("port@default")
    asked = {"hierarchy": "default", "depth": 1, "cut": landings.named("berth@default").cut((2,))}
    told = imported.read("/cube/landings/members/port", **asked)

    assert [ports.read(one, 1) for one in told["data"]] == [(("Ayr",),) * 2, (("Bude",),) * 2]


def test_two_levels_of_a_dimension_are_not_labelled_alike(imported: Page) -> None:
    """The table of facts names its columns by labels, and makes one column of two of one name."""
    dimensions = [
        one for cube in CUBES for one in imported.read(f"/cube/{cube}/model")["dimensions"]
    ]
    for dimension in dimensions:
        labels = [level["label"] for level in dimension["levels"]]
        assert len(set(labels)) == len(labels), labels

    time = imported.model("departures")
    assert [level.label for level in time.named("time@ymd").levels] == [
        "Year", "Quarter", "Month", "Day",
    ]  # fmt: skip
    assert [level.label for level in time.named("time@fiscal").levels] == [
        "Year (Fiscal year)", "Quarter (Fiscal year)", "Month (Fiscal year)", "Day (Fiscal year)",
    ]  # fmt: skip


@pytest.mark.parametrize("cube", ["departures", "weather"])
def test_the_table_of_facts_has_every_level_measure_and_detail(sample: Page, cube: str) -> None:
    """The page stops at the first level that a row lacks; a row more than the limit says: more."""
    model, limit = sample.model(cube), sample.read("/info")["json_record_limit"]
    facts = sample.read(f"/cube/{cube}/facts")

    assert len(facts) > limit
    assert {len(model.row(fact)) for fact in facts} == {
        len(model.levels) + len(model.measures) + len(model.details)
    }


def test_facts_are_exported_by_an_address_that_is_opened(sample: Page, departures: Model) -> None:
    day = departures.named("time@ymd").cut((2013, 4, 12, 31))
    answer = sample.ask("/cube/departures/facts", format="csv", cut=day)
    header, *rows = csv.reader(io.StringIO(answer.text))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="facts.csv"'
    assert len(rows) == 776
    assert {len(row) for row in rows} == {len(header)}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cube/landings/aggregate?drilldown=date@ymd:week", 400),
        ("/cube/landings/aggregate?cut=date@ymd:x", 400),
        ("/cube/landings/aggregate?cut=date@ymd:2013,x", 400),
        ("/cube/landings/members/nothing?hierarchy=default&depth=1", 404),
        ("/cube/nothing/aggregate", 404),
        ("/cube/nothing/model", 404),
    ],
)
def test_mistakes_are_json_that_the_page_may_read(imported: Page, path: str, status: int) -> None:
    answer = imported.ask(path)

    assert (answer.status_code, answer.content_type) == (status, "application/json")
    told = answer.get_json()
    assert told.get("message") or told["error"]["message"]


def test_it_is_told_by_status_that_it_may_not(harbour: Runtime) -> None:
    """Without somebody in whose name it asks; the page shows that it is unauthorized."""
    page = Page(create_app(with_settings(harbour, slicer_cors=("*",))))

    assert page.ask("/info").status_code == 401
    assert page.ask("/info").is_json


def _cells(
    model: Model, along: Along, depth: int, told: Mapping[str, Any]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The cells by their paths, each once."""
    found = {along.read(cell, depth)[0]: model.figures(cell) for cell in told["cells"]}
    assert len(found) == len(told["cells"]) == told["total_cell_count"]
    return found


def _without_info(told: Any, where: str = "") -> Iterator[str]:
    """What has a name and levels or attributes, or is one, but no object `info`."""
    if isinstance(told, list):
        for one in told:
            yield from _without_info(one, where)
    if isinstance(told, dict):
        if "name" in told and not isinstance(told.get("info"), dict):
            yield f"{where} {told['name']}"
        for name, one in told.items():
            if name != "info":
                yield from _without_info(one, f"{where}.{name}")
