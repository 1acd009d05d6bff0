"""The model of a pack: what it says, and every mistake in it named with file and place."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.cube.elements import DimensionKind, ValueType
from server.cube.model import Model, load_model
from server.errors import InvalidInput, ManyErrors, NotFound
from tests.cube.market import FOLDER

PACKS = Path(__file__).parents[2] / "cube_models"
SHARED = json.loads((FOLDER / "shared/dimensions.json").read_text())
MARKET = json.loads((FOLDER / "market/cubes.json").read_text())

Document = dict[str, Any]
Change = Callable[[Document, Document], None]


def _load(folder: Path, *changes: Change) -> Model:
    """The market with changes to its dimensions and cubes."""
    shared, cubes = copy.deepcopy(SHARED), copy.deepcopy(MARKET)
    for change in changes:
        change(shared, cubes)
    for name, document in (("shared/dimensions.json", shared), ("market/cubes.json", cubes)):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    return load_model(folder, "market")


def test_the_flights_are_described_in_both_languages() -> None:
    model = load_model(PACKS, "flights")

    departures = model.cube("departures")
    assert list(model.cubes) == ["departures", "weather"]
    assert list(model.fact_tables) == ["departures", "weather"]
    assert list(model.dimension_tables) == ["carriers", "airports", "aircraft"]
    assert (departures.labels.en, departures.labels.zh) == ("Departures", "离港航班")
    assert departures.dimension("organisation").labels.in_language("zh") == "组织"
    assert departures.aggregate("seat_miles").labels.in_language("fr") == "Seat-miles flown"
    assert departures.dimension("time").default_hierarchy.name == "ymd"
    assert model.cube("weather").open_to == ("organisation", "region")


def test_a_model_knows_kinds_types_and_what_adds_up() -> None:
    sales = load_model(FOLDER, "market").cube("sales")

    assert [each.kind for each in sales.dimensions[:3]] == [
        DimensionKind.TIME,
        DimensionKind.TABLE,
        DimensionKind.PLAIN,
    ]
    assert sales.measure("turnover").value_type is ValueType.DECIMAL
    assert sales.measure("weight").is_approximate
    assert sales.aggregate("sales").is_additive
    assert not sales.aggregate("shops").is_additive
    assert sales.aggregate("pieces_max").value_type is ValueType.INTEGER
    assert sales.aggregate("turnover_sum").unit == "euro"
    assert sales.time == sales.dimension("time")


def test_the_version_is_that_of_the_content_not_of_the_layout(tmp_path: Path) -> None:
    as_written = load_model(FOLDER, "market")
    same = _load(tmp_path)
    other = _load(tmp_path, _changed("cubes/label", "Bazaar"))

    assert same.version == as_written.version
    assert len(same.version) == 64
    assert other.version != same.version


def test_the_cube_has_the_form_of_cubes_in_each_language() -> None:
    sales = load_model(FOLDER, "market").cube("sales")

    form = sales.cubes_cube_in("zh").to_dict(expand_dimensions=True)
    dimensions = {each["name"]: each for each in form["dimensions"]}
    assert form["label"] == "销售"
    assert form["key"] == "__fact_key__"
    assert [level["name"] for level in dimensions["shop"]["levels"]] == ["town", "shop"]
    assert dimensions["shop"]["levels"][1]["label_attribute"] == "shop_name"
    assert dimensions["article"]["levels"][0]["cardinality"] == "high"
    assert sales.cubes_cube.dimension("time").hierarchy().name == "ymd"
    assert sales.cubes_cube.label == "Sales"


def test_what_the_model_does_not_have_is_said_with_what_it_has() -> None:
    model = load_model(FOLDER, "market")

    with pytest.raises(NotFound, match="no cube 'moon'") as cube:
        model.cube("moon")
    with pytest.raises(NotFound, match="no measure 'moon'") as measure:
        model.cube("sales").measure("moon")
    assert cube.value.allowed == ("sales", "visits", "stock")
    assert "price" in measure.value.allowed


GONE, TWICE = object(), object()

# Where the market's model is changed, to what, and the sentence that must come of it.
MISTAKES: list[tuple[str, object, str]] = [
    ("shared/tables/0/key", "street", "table shops: the key 'street' is not"),
    ("shared/tables/0/key", "floors", "the key floors must be a String"),
    ("shared/tables/0/size", 1, "table shops: unknown key 'size'"),
    ("shared/tables/0", TWICE, "table shops: there are two tables"),
    (
        "shared/tables/0/columns/5/type",
        "Integer",
        "table shops: column floors: 'Integer' is not a column type",
    ),
    ("shared/tables/0/columns/5/type", "Float64", "column floors: Float64 is inexact"),
    ("shared/tables/0/columns/1/name", "shop", "there are two columns"),
    ("shared/tables/0/columns/1/name", "na me", "name is 'na me'"),
    ("shared/tables/0/columns", [], "table shops: there are no columns"),
    ("shared/dimensions/1", TWICE, "there are two dimensions"),
    ("shared/dimensions/1/table", "stalls", "unknown table 'stalls'"),
    ("shared/dimensions/1/role", "place", "unknown role 'place'"),
    ("shared/dimensions/0/table", "shops", "a part belongs to every attribute of time"),
    ("shared/dimensions/1/label", GONE, "dimension shop: there is no label"),
    ("shared/dimensions/1/labels", {}, "needs 'zh'"),
    ("shared/dimensions/1/unknown", {"en": "x"}, "no text in 'zh'"),
    ("shared/dimensions/1/levels", [], "dimension shop: there are no levels"),
    (
        "shared/dimensions/1/levels/0/key",
        "city",
        "level town: key names an unknown attribute 'city'",
    ),
    ("shared/dimensions/1/levels/0/order", "up", "order is 'up'"),
    ("shared/dimensions/1/levels/0/attributes", [], "no attributes"),
    (
        "shared/dimensions/1/levels/0/attributes/1/column",
        "county",
        "attribute town_name: table shops has no column 'county'",
    ),
    (
        "shared/dimensions/1/levels/1/attributes/1/localized",
        {"zh": "x"},
        "'x' is not a column of the dimension's table",
    ),
    (
        "shared/dimensions/1/levels/1/attributes/1/localized",
        {"fr": "name"},
        "localized: unknown key 'fr'",
    ),
    (
        "shared/dimensions/1/levels/0/attributes/0/column",
        "floors",
        "it takes a whole number",
    ),
    ("shared/dimensions/1/levels/0", TWICE, "two of the level town"),
    ("shared/dimensions/1/levels/0/name", GONE, "name is ''"),
    (
        "shared/dimensions/0/hierarchies/0/levels",
        ["year", "decade"],
        "hierarchy ymd: unknown level 'decade'",
    ),
    ("shared/dimensions/0/hierarchies/0/levels", ["month", "year"], "which do not nest"),
    ("shared/dimensions/0/hierarchies/-1", GONE, "level week is in no hierarchy"),
    ("shared/dimensions/0/default_hierarchy_name", "lunar", "unknown hierarchy 'lunar'"),
    ("shared/dimensions/0/levels/0/attributes/0/part", "century", "part is 'century'"),
    (
        "shared/dimensions/2/levels/0/attributes/0/part",
        "year",
        "a part belongs to every attribute of time",
    ),
    (
        "shared/dimensions/2/levels/0/attributes/-",
        {"name": "more", "label": "More", "labels": {"zh": "更多"}},
        "one level with one attribute",
    ),
    ("cubes/cubes/0", TWICE, "there are two cubes of this name"),
    ("cubes/cubes/1/fact/table", "sales", "its table sales is cube sales"),
    ("cubes/cubes", [], "there are no cubes"),
    ("cubes/cubes/0/fact/sort_key", ["week"], "unknown column 'week'"),
    ("cubes/cubes/0/fact/sort_key", ["pieces"], "pieces may be NULL"),
    ("cubes/cubes/0/fact/sort_key", [], "there is no sort_key"),
    ("cubes/cubes/0/fact/partition_by", "rand()", "partition_by is 'rand()'"),
    ("cubes/cubes/0/fact/partition_by", "toYear(shop)", "needs a date column"),
    ("cubes/cubes/0/fact/time_zone", "Mars/Olympus", "'Mars/Olympus', not"),
    ("cubes/cubes/0/fact/columns/5/approximate", GONE, "fact: column weight: Float64 is inexact"),
    ("cubes/cubes/0/fact/columns/8/type", "Int32", "column paid: a 0/1 column is UInt8"),
    ("cubes/cubes/0/fact/columns/0/label", GONE, "column day: there is no label"),
    ("cubes/cubes/0/dimensions/1/name", "stall", "dimension stall: unknown"),
    ("cubes/cubes/0/dimensions/1/column", "stall", "no column 'stall'"),
    ("cubes/cubes/0/dimensions/0/column", "article", "time hangs on a Date"),
    ("cubes/cubes/0/dimensions/1/column", "pieces", "its members are texts"),
    ("cubes/cubes/0/dimensions/0", TWICE, "dimension time: there are two dimensions"),
    (
        "cubes/cubes/0/dimensions/3/column",
        "serial",
        "dimension pieces is called like a fact column that it is not",
    ),
    ("cubes/cubes/0/measures/5/factors", ["cost"], "no column 'cost'"),
    ("cubes/cubes/0/measures/5/factors", ["shop.size"], "attribute 'shop.size'"),
    ("cubes/cubes/0/measures/5/factors", ["article"], "String, not a number"),
    ("cubes/cubes/0/measures/5/factors", ["serial", "serial"], "may need 128 bits"),
    ("cubes/cubes/0/measures/5/factors", ["price", "serial"], "may need 29 digits"),
    ("cubes/cubes/0/measures/5/known", "shop", "column, factors and known"),
    ("cubes/cubes/0/measures/7/known", "article", "not a dimension with a table"),
    ("cubes/cubes/0/measures/5/type", "integer", "make it 'decimal'"),
    ("cubes/cubes/0/measures/5/type", "money", "type is 'money'"),
    ("cubes/cubes/0/measures/4/approximate", GONE, "a Float measure is inexact"),
    ("cubes/cubes/0/measures/0", TWICE, "two measures"),
    ("cubes/cubes/0/measures/5/name", "serial", "measure serial is called like a fact column"),
    ("cubes/cubes/0/aggregates/3/measure", "profit", "unknown measure 'profit'"),
    ("cubes/cubes/0/aggregates/3/function", "mean", "unknown function 'mean'"),
    ("cubes/cubes/0/aggregates/0/measure", "price", "count takes no measure"),
    ("cubes/cubes/0/aggregates/1/where", "serial", "'serial', not a 0/1 column"),
    ("cubes/cubes/0/aggregates/17/columns", GONE, "count_distinct needs columns"),
    ("cubes/cubes/0/aggregates/17/columns", ["moon"], "no column 'moon'"),
    ("cubes/cubes/0/aggregates/19/columns", ["shop", "day"], "takes one column"),
    ("cubes/cubes/0/aggregates/3/columns", ["shop"], "takes a measure, not"),
    ("cubes/cubes/0/aggregates/1/name", "sales", "two aggregates"),
    ("cubes/cubes/0/aggregates/1/name", "article", "called like a dimension"),
    ("cubes/cubes/0/aggregates", [], "there are no aggregates"),
    ("cubes/cubes/0/open_to", ["moon"], "unknown dimension 'moon'"),
    ("cubes/cubes/0/open_to", ["shop"], "which the cube has"),
    ("cubes/cubes/0/measures", {}, "measures must be a list"),
    ("cubes/cubes/0/measures", [1], "number 1 is 1"),
    ("cubes/cubes/0/fact", [], "fact must be an object"),
    ("cubes/cubes/0/label", 1, "label must be a text"),
    ("cubes/cubes/0/open_to", "shop", "open_to must be a list of texts"),
    ("cubes/cubes/0/fact/columns/8/flag", "yes", "flag must be true or false"),
]


def _changed(path: str, value: object) -> Change:
    """A change at a path such as `cubes/cubes/0/label`: a new value, gone, or there twice."""
    *way, last = path.split("/")

    def change(shared: Document, cubes: Document) -> None:
        place: Any = {"shared": shared, "cubes": cubes}
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is TWICE:
            place.append(place[int(last)])
        elif last == "-":
            place.append(value)
        elif value is GONE:
            place.pop(int(last) if isinstance(place, list) else last)
        else:
            place[last] = value

    return change


def test_facts_of_a_stock_are_there_once_for_each_leaf_and_day_unless_they_add_up(
    tmp_path: Path,
) -> None:
    added = _load(tmp_path, _changed("cubes/cubes/2/fact/doubles", "add"))

    assert load_model(FOLDER, "market").cube("stock").fact.unique_by == ("shop", "article", "day")
    assert load_model(FOLDER, "market").cube("sales").fact.unique_by == ()
    assert added.cube("stock").fact.unique_by == ()


def test_a_cube_without_a_count_of_its_own_has_one_that_it_does_not_list(tmp_path: Path) -> None:
    visits = _load(
        tmp_path,
        _changed("cubes/cubes/1/aggregates/0/function", "count_distinct"),
        _changed("cubes/cubes/1/aggregates/0/columns", ["article"]),
    ).cube("visits")

    assert [each.name for each in visits.aggregates] == ["visits"]
    assert visits.counting.name == "fact_count"
    assert visits.aggregate("fact_count") == visits.counting
    with pytest.raises(NotFound, match="It has: visits\\."):
        visits.aggregate("moon")
    assert load_model(FOLDER, "market").cube("stock").counting.name == "facts"


@pytest.mark.parametrize(("path", "value", "sentence"), MISTAKES)
def test_a_mistake_is_named_with_its_file_and_place(
    tmp_path: Path, path: str, value: object, sentence: str
) -> None:
    with pytest.raises((InvalidInput, ManyErrors)) as found:
        _load(tmp_path, _changed(path, value))

    errors = found.value.errors if isinstance(found.value, ManyErrors) else (found.value,)
    mistake = next((error for error in errors if sentence in error.message), None)
    assert mistake is not None, str(found.value)
    assert mistake.message.startswith(("shared/dimensions.json", "market/cubes.json"))
    assert mistake.code == "invalid_model"


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ManyErrors) as found:
        _load(
            tmp_path,
            _changed("shared/dimensions/1/table", "stalls"),
            _changed("cubes/cubes/0/measures/5/factors", ["cost"]),
            _changed("cubes/cubes/0/aggregates/3/measure", "profit"),
        )

    for sentence in ("'stalls'", "'cost'", "'profit'"):
        assert any(sentence in error.message for error in found.value.errors)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"name": "market",\n "cubes": [}', "not JSON at line 2"),
        (b"[]", "the file must hold one JSON object"),
        (b"\xff\xfe", "the file is not UTF-8"),
        (None, "there is no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_said(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    _load(tmp_path)
    path = tmp_path / "market/cubes.json"
    path.unlink() if content is None else path.write_bytes(content)

    with pytest.raises((InvalidInput, ManyErrors), match=f"market/cubes.json: {sentence}"):
        load_model(tmp_path, "market")
