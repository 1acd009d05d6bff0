"""A model of cubes 1.1 and its data come in together and are served beside the pack."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loaders.context import context_of
from loaders.verifying import verification_of_job
from server.access import Scope, ScopeRule
from server.cube.across_reading import read_across
from server.errors import Conflict, InvalidInput, NotAllowed
from server.ledger.snapshot import open_snapshot
from server.metadata.jobs import create_job
from server.metadata.loads import Load, list_loads
from server.runtime import open_runtime
from tests.loaders.importing import SHOP, SHOP_TABLES, Installation, installation

FLAT: dict[str, Any] = {
    "cubes": [
        {
            "name": "trips",
            "dimensions": ["place", "day"],
            "measures": ["people"],
            "mappings": {"place": "Ort des Besuchs"},
        }
    ],
    "dimensions": ["place", "day"],
}
VISITS = "Ort des Besuchs,day,people\nBonn,1,10\n北京,2,20\nBonn,2,\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The shop as it came in; whoever takes it only reads."""
    with installation(tmp_path_factory.mktemp("imported")) as opened:
        opened.bring(opened.write(SHOP, SHOP_TABLES))
        yield opened


def test_a_snowflake_answers_by_the_labels_of_its_outer_table(shop: Installation) -> None:
    cells = shop.ask("Sales").aggregate("", "amount_sum", "Product:product").cells

    found = {(row["Product.kind"], row["Product.name"]): row["amount_sum"] for row in cells}
    assert found == {
        ("水果", "Äpfel"): Decimal("10.50"),
        ("水果", "梨"): Decimal("5.50"),
        ("Bakery", "Bread"): Decimal(100),
        ("Unknown", "Unknown"): Decimal("-0.75"),  # sold without a product
    }


def test_negative_keys_are_keys_like_others(shop: Installation) -> None:
    summary = shop.ask("Sales").aggregate(r"Product:\-7,A", ["amount_sum", "n"]).summary

    assert summary == {"amount_sum": Decimal("10.50"), "n": 1}


def test_an_empty_field_is_no_value(shop: Installation) -> None:
    asking = shop.ask("Sales")

    # The bread was sold without a number of pieces: 3 + 1 + 2 + 1 over four sales.
    figures = asking.aggregate("", ["pieces_sum", "pieces_avg", "n"]).summary
    assert (figures["pieces_sum"], figures["n"]) == (7, 5)
    assert float(figures["pieces_avg"]) == 1.75
    assert asking.aggregate("channel:__null__", "amount_sum").summary == {
        "amount_sum": Decimal("1.25")
    }


def test_parts_of_a_date_and_chinese_members_are_asked(shop: Installation) -> None:
    asking = shop.ask("Sales")
    months = asking.aggregate("", "n", "date:month").cells

    assert [(row["date.year"], row["date.month"], row["n"]) for row in months] == [
        (2024, 1, 2), (2024, 2, 3),
    ]  # fmt: skip
    assert asking.aggregate("channel:店", "amount_sum").summary == {"amount_sum": Decimal(100)}
    assert asking.today == date(2024, 2, 3)  # what was loaded says up to when facts are there


def test_it_is_served_beside_the_pack_with_a_version_of_its_own(shop: Installation) -> None:
    model = shop.runtime.cubes.model

    assert list(model.cubes)[-1] == "Sales"
    assert model.cube("Sales").model_version not in ("", model.version)
    assert {cube.model_version for cube in model.cubes.values() if not cube.imported_as} == {
        model.version
    }
    assert (model.cube("Sales").labels.en, model.cube("Sales").dimension("Product").labels.zh) == (
        "销售", "产品",
    )  # fmt: skip


def test_another_import_leaves_the_version_of_a_cube_as_it_was(house: Installation) -> None:
    house.bring(house.write(SHOP, SHOP_TABLES))
    before = house.runtime.cubes.model.cube("Sales").model_version

    house.bring(house.write(FLAT, {"trips.csv": VISITS}, "flat"))

    assert house.runtime.cubes.model.cube("Sales").model_version == before
    assert house.ask("trips").aggregate("place:北京").summary["people_sum"] == 20


def test_the_same_once_more_changes_nothing(house: Installation) -> None:
    folder = house.write(SHOP, SHOP_TABLES)
    first = house.bring(folder)
    again = house.bring(folder)

    assert (first["is_unchanged"], again["is_unchanged"]) == (False, True)
    assert house.snapshots() == first["snapshot"] == 1
    with house.runtime.metadata.read() as session:
        assert len(list_loads(session)) == 2


def test_changed_data_restate_what_was_there(house: Installation) -> None:
    house.bring(house.write(SHOP, SHOP_TABLES))
    more = SHOP_TABLES["ft_sales.csv"] + "2,2024-03-01,web,2.00,1,\n"
    result = house.bring(house.write(SHOP, {"ft_sales.csv": more}))

    assert (result["snapshot"], [one["is_known"] for one in result["tables"]]) == (2, [True, False])
    assert result["restated"] == [
        {"table": "shop__sales", "load_before": 2, "rows_before": 5, "rows": 6}
    ]
    # 10.50 + 4.25 + 1.25 + 100 - 0.75 = 115.25 were known before.
    assert house.ask("Sales").aggregate("", "amount_sum").summary["amount_sum"] == Decimal("117.25")
    assert house.ask("Sales", 1).aggregate("", "amount_sum").summary["amount_sum"] == Decimal(
        "115.25"
    )


def test_a_table_of_another_shape_leaves_the_old_one_to_earlier_snapshots(
    house: Installation,
) -> None:
    house.bring(house.write(FLAT, {"trips.csv": VISITS}))
    house.bring(house.write(FLAT, {"trips.csv": "Ort des Besuchs,day,people\nBonn,1,10.5\n"}))

    # Tenths of people do not go into the whole numbers of before.
    assert house.ask("trips").aggregate("", "people_sum").summary["people_sum"] == Decimal("10.5")
    assert house.ask("trips", 1).aggregate("", "people_sum").summary["people_sum"] == 30
    scope = Scope((ScopeRule("shop.place", ("Bonn",)),))
    assert (
        house.ask("trips", 1, scope=scope).aggregate("", "people_sum").summary["people_sum"] == 10
    )
    assert house.ask("trips", scope=scope).aggregate().summary["people_sum"] == Decimal("10.5")
    states = {load.table_name: load.state for load in _loads(house)}
    assert states == {"shop__trips": "withdrawn", "shop_2__trips": "published"}


def test_types_that_the_data_still_fit_stay(house: Installation) -> None:
    house.bring(house.write(FLAT, {"trips.csv": VISITS}))
    result = house.bring(house.write(FLAT, {"trips.csv": "Ort des Besuchs,day,people\nB,1,1\n"}))

    assert result["types"]["trips"]["people"] == "Nullable(Int64)"
    assert {load.table_name for load in _loads(house)} == {"shop__trips"}


def test_types_beside_the_data_are_those_that_are_taken(house: Installation) -> None:
    schema = '{"trips": {"day": "UInt8", "people": "Nullable(Int32)"}}'
    result = house.bring(house.write(FLAT, {"trips.csv": VISITS, "schema.json": schema}))

    assert result["types"]["trips"] == {
        "Ort des Besuchs": "String", "day": "UInt8", "people": "Nullable(Int32)",
    }  # fmt: skip
    assert result["guessed"] == {"trips": {"Ort des Besuchs": "String"}}


def test_names_may_be_of_any_language(house: Installation) -> None:
    document = {
        "name": "商店",
        "dimensions": ["地区", {"name": "类", "levels": ["大类", "小类"]}],
        "cubes": [
            {"name": "销售", "fact": "t", "dimensions": ["地区", "类"], "measures": ["金额"]}
        ],
    }
    document["cubes"][0]["mappings"] = {"类.大类": "t.大类", "类.小类": "t.小类"}  # type: ignore[index]
    text = "地区,大类,小类,金额\n北京,a,b,10\n上海,a,c,5\n上海,a,c,2\n"
    house.bring(house.write(document, {"t.csv": text}))
    asking = house.ask("销售")

    assert asking.aggregate("地区:上海|类:a", "金额_sum").summary == {"金额_sum": 7}
    cells = asking.aggregate("", "金额_sum", "类:小类").cells
    assert [(row["类.小类"], row["金额_sum"]) for row in cells] == [("b", 10), ("c", 7)]
    assert [row["地区"] for row in asking.facts("类:a,b", "地区")] == ["北京"]


def test_a_name_that_is_taken_is_refused_with_the_name(house: Installation) -> None:
    house.bring(house.write(FLAT, {"trips.csv": VISITS}))
    other = {**FLAT, "label": "other"}

    with pytest.raises(Conflict, match="a cube trips already, of the imported model shop"):
        house.bring(house.write(other, {"trips.csv": VISITS}, "other"))
    taken = next(iter(house.runtime.imports.pack.cubes)) if house.runtime.imports else ""
    clash = {**FLAT, "cubes": [{**FLAT["cubes"][0], "name": taken, "fact": "trips"}]}
    with pytest.raises(Conflict, match="of the pack itself"):
        house.bring(house.write(clash, {"trips.csv": VISITS}, "clash"), replace=True)
    assert house.snapshots() == 1


def test_another_name_keeps_both_and_dimensions_are_each_ones_own(house: Installation) -> None:
    house.bring(house.write(FLAT, {"trips.csv": VISITS}))
    other = {**FLAT, "label": "other"}
    text = "Ort des Besuchs,day,people\nParis,1,7\n"
    result = house.bring(house.write(other, {"trips.csv": text}, "other"), {"trips": "seen"})

    assert result["cubes"] == ["seen"]
    assert house.ask("trips").aggregate("", "people_sum").summary["people_sum"] == 30
    assert house.ask("seen").aggregate("", "people_sum").summary["people_sum"] == 7
    assert [row["place"] for row in house.ask("seen").members("", "place")] == ["Paris"]
    again = house.bring(house.folder / "other", {"trips": "seen"})
    assert again["is_unchanged"]


def test_a_name_to_be_changed_must_be_one_of_the_models(house: Installation) -> None:
    with pytest.raises(InvalidInput, match="no cube 'vists' to be renamed; it has: trips"):
        house.bring(house.write(FLAT, {"trips.csv": VISITS}), {"vists": "seen"})


def test_one_model_takes_the_place_of_another(house: Installation) -> None:
    house.bring(house.write(FLAT, {"trips.csv": VISITS}))
    changed = {**FLAT, "dimensions": [{"name": "place", "label": "Place 地点"}, "day"]}
    result = house.bring(house.write(changed, {}), replace=True)

    # Only labels are others: the data are where they were, and nothing is published.
    assert (result["snapshot"], result["is_unchanged"], house.snapshots()) == (1, False, 1)
    cube = house.runtime.cubes.model.cube("trips")
    assert cube.dimension("place").labels.en == "Place 地点"
    assert house.ask("trips").aggregate("", "people_sum").summary["people_sum"] == 30


def test_cubes_that_are_taken_over_leave_the_rest_of_their_model(house: Installation) -> None:
    two = {**FLAT, "cubes": [*FLAT["cubes"], {**FLAT["cubes"][0], "name": "kept", "fact": "trips"}]}
    house.bring(house.write(two, {"trips.csv": VISITS}))
    text = "Ort des Besuchs,day,people\nParis,1,7\n"
    result = house.bring(house.write(FLAT, {"trips.csv": text}, "newer"), replace=True)

    assert (result["model"], result["replaced"]) == ("newer", ["trips"])
    assert house.ask("trips").aggregate("", "people_sum").summary["people_sum"] == 7
    assert house.ask("kept").aggregate("", "people_sum").summary["people_sum"] == 30
    assert house.ask("trips", 1).aggregate("", "people_sum").summary["people_sum"] == 30


def test_a_rule_of_the_pack_is_not_taken_for_an_imported_dimension(shop: Installation) -> None:
    def summary(dimension: str, *path: str) -> object:
        scope = Scope((ScopeRule(dimension, path),))
        return shop.ask("Sales", scope=scope).aggregate("", "n").summary["n"]

    assert summary("shop.channel", "web") == 2
    for dimension in ("channel", "other.channel", "region"):
        with pytest.raises(NotAllowed, match=f"no {dimension}, to which your view is confined"):
            summary(dimension, "web")


def test_after_a_new_start_it_is_served_and_verified(house: Installation) -> None:
    house.bring(house.write(SHOP, SHOP_TABLES))
    settings = house.runtime.settings
    runtime = open_runtime(settings)
    try:
        snapshot = open_snapshot(runtime.metadata)
        assert runtime.cubes.browser("Sales", snapshot).aggregate("", "n").summary["n"] == 5
        assert {"shop__sales", "shop__dm_product__by_id"} <= set(context_of(runtime).specifications)
        with runtime.metadata.write() as session:
            arguments = {"depth": "deep", "heal": False}
            job = create_job(session, "verify", arguments, "ann", runtime.clock())
        result = verification_of_job(runtime, job, lambda _done, _expected: None)
        assert (result["is_well"], result["findings"], result["loads"]) == (True, [], 2)
    finally:
        runtime.close()


def test_a_process_that_runs_already_serves_it_with_the_next_snapshot(house: Installation) -> None:
    other = open_runtime(house.runtime.settings)
    try:
        house.bring(house.write(FLAT, {"trips.csv": VISITS}))

        snapshot = other.snapshot()
        assert other.cubes.browser("trips", snapshot).aggregate().summary["people_sum"] == 30
    finally:
        other.close()


def _loads(house: Installation) -> tuple[Load, ...]:
    with house.runtime.metadata.read() as session:
        return tuple(list_loads(session))


def test_members_told_apart_by_a_number_are_sorted_and_compared_as_numbers(
    tmp_path: Path,
) -> None:
    document = {
        "dimensions": [
            {
                "name": "seat",
                "levels": [
                    {"name": "row", "attributes": ["row"]},
                    {"name": "seat", "attributes": ["id", "name"]},
                ],
            }
        ],
        "cubes": [
            {
                "name": "sales",
                "dimensions": ["seat"],
                "measures": ["amount"],
                "joins": [{"master": "seat_id", "detail": "seat.id"}],
            }
        ],
    }
    tables: dict[str, str | bytes] = {
        "seat.csv": "id,row,name\n-3,a,c\n2,a,b\n10,a,a\n11,b,d\n9,b,e\n",
        "sales.csv": "seat_id,amount\n-3,1\n2,10\n10,100\n11,1000\n9,10000\n",
    }
    with installation(tmp_path) as house:
        house.bring(house.write(document, tables))
        asking = house.ask("sales")

        def amount(cut: str) -> object:
            return asking.aggregate(cut, ["amount_sum"]).summary["amount_sum"]

        assert amount("seat:a,2-a,10") == 110
        assert amount("seat:a,2-b,9") == 10110
        assert amount("seat:a,2-") == 11110
        assert amount("seat:-a,\\-3") == 1
        assert amount("seat:a,010;b,+9") == 10100
        cells = asking.aggregate("", ["amount_sum"], "seat:seat").cells
        assert [row["seat.id"] for row in cells] == ["-3", "2", "10", "9", "11"]
        members = asking.members("", "seat", depth=2)
        assert [row["seat.id"] for row in members] == ["-3", "2", "10", "9", "11"]

        for order, wanted in (
            ("seat.id", ["-3", "2", "9", "10", "11"]),
            ("seat.id:desc", ["11", "10", "9", "2", "-3"]),
            (None, ["-3", "2", "10", "9", "11"]),
        ):
            found = asking.aggregate("", ["amount_sum"], "seat:seat", order=order)
            assert [row["seat.id"] for row in found.cells] == wanted
            ours = read_across(
                house.ask, ["sales.amount_sum"], drilldown="seat:seat", order=order
            ).table()
            assert [row["seat.id"] for row in ours.rows] == wanted
        facts = list(asking.facts("", order="seat.id:desc"))
        assert [row["seat.id"] for row in facts] == ["11", "10", "9", "2", "-3"]
