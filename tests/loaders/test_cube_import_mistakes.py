"""Whatever is wrong with a model and its data is told at once, with file and place."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from server.errors import IndicubeError, InvalidInput, LoadRejected
from tests.loaders.importing import SHOP, SHOP_TABLES, Installation, installation


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Nothing of what is refused here is left, so one installation will do."""
    with installation(tmp_path_factory.mktemp("mistakes")) as opened:
        yield opened


def refused(
    house: Installation, document: dict[str, Any], tables: dict[str, str | bytes], name: str
) -> IndicubeError:
    with pytest.raises(IndicubeError) as caught:
        house.bring(house.write(document, tables, name))
    assert house.snapshots() == 0
    assert "Sales" not in house.runtime.cubes.model.cubes
    return caught.value


def test_every_wrong_value_is_told_with_its_line(house: Installation) -> None:
    schema = '{"ft_sales": {"Amount": "Decimal(9, 2)", "Day": "Date"}, "dm_kind": {"id": "Int8"}}'
    tables: dict[str, str | bytes] = {
        **SHOP_TABLES,
        "schema.json": schema,
        "ft_sales.csv": SHOP_TABLES["ft_sales.csv"]
        .replace("4.25", "4.x")
        .replace("2024-02-01", "2024-02-30"),
        "dm_kind.csv": "id,name\n-7,水果\n300,Bakery\n-7,again\n",
    }
    error = refused(house, SHOP, tables, "values")

    assert isinstance(error, LoadRejected)
    assert error.exit_code == 3
    assert error.message.splitlines() == [
        "model.json is not imported, 4 mistakes:",
        "  dm_kind.csv:3: column id: '300': id must be -128 to 127",
        "  dm_kind.csv:4: column id: '-7': it is there already in line 2; a key names one row",
        "  ft_sales.csv:3: column Amount: '4.x': Amount must be a decimal number",
        "  ft_sales.csv:4: column Day: '2024-02-30': Day is a day that no calendar has",
    ]


def test_files_and_columns_that_lack_are_told_together(house: Installation) -> None:
    tables: dict[str, str | bytes] = {
        "ft_sales.csv": "product_id,Day,channel,pieces,note\n1,2024-01-01,web,1,x,too much\n",
        "dm_product.csv": SHOP_TABLES["dm_product.csv"],
    }
    folder = house.folder / "lacking"
    lines = refused(house, SHOP, tables, "lacking").message.splitlines()

    assert lines == [
        "model.json is not imported, 3 mistakes:",
        f"  {folder}/dm_kind.csv: there is no such file, and no dm_kind.parquet; the model names "
        "the table dm_kind",
        "  ft_sales.csv:1: there is no column 'Amount', which the model needs; there are: "
        "product_id, Day, channel, pieces, note",
        "  ft_sales.csv:2: '1,2024-01-01,web,1,x,too much': the line has 6 values; 5 are needed",
    ]


def test_mistakes_of_the_model_are_told_with_those_of_the_data(house: Installation) -> None:
    document = copy.deepcopy(SHOP)
    document["cubes"][0]["dimensions"].append("weather")
    document["cubes"][0]["mappings"]["Product.name"] = "dm_elsewhere.name"
    tables: dict[str, str | bytes] = {
        **SHOP_TABLES,
        "schema.json": '{"ft_sales": {"pieces": "Int32", "Amount": "Money"}}',
    }
    error = refused(house, document, tables, "both")

    assert isinstance(error, InvalidInput)
    lines = error.message.splitlines()
    assert lines[0] == "model.json is not imported, 4 mistakes:"
    assert re.match(r"  model\.json:\d+: .*'dm_elsewhere', which no join brings", lines[1])
    assert re.match(r"  model\.json:\d+: .*unknown dimension 'weather'", lines[2])
    assert lines[3].startswith(
        "  schema.json: table ft_sales: column Amount: there is no type 'Money'. Allowed: Int8"
    )
    assert lines[4] == "  ft_sales.csv:5: column pieces: '': pieces must have a value"


def test_a_sum_of_texts_is_a_mistake_of_the_model(house: Installation) -> None:
    tables: dict[str, str | bytes] = {
        **SHOP_TABLES,
        "ft_sales.csv": SHOP_TABLES["ft_sales.csv"].replace("10.50", "ten"),
    }
    error = refused(house, SHOP, tables, "texts")

    assert "model.json" in error.message
    assert "amount_sum" in error.message


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("dm_kind.csv", b"", "dm_kind.csv:1: there is no line that names the columns"),
        ("dm_kind.csv", b"id,name\n1,\xff\n", "dm_kind.csv is not UTF-8: line 2 holds the byte"),
        ("dm_kind.csv", b"id,id\n1,2\n", "dm_kind.csv:1: there are two columns 'id'"),
        ("schema.json", b"[", "schema.json:1: not JSON at line 1"),
        ("schema.json", b'{"ft_sales": 3}', "schema.json: table ft_sales: it must give each"),
        ("dm_kind.parquet", b"PAR1 and no more", "both dm_kind.csv and dm_kind.parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    house: Installation, tmp_path: Path, file: str, text: bytes, told: str
) -> None:
    error = refused(house, SHOP, {**SHOP_TABLES, file: text}, tmp_path.name)

    assert told in error.message


def test_a_day_that_lacks_is_told_with_its_line(house: Installation) -> None:
    text = SHOP_TABLES["ft_sales.csv"].replace("3,2024-02-02", "3,")
    error = refused(house, SHOP, {**SHOP_TABLES, "ft_sales.csv": text}, "days")

    assert error.message.splitlines()[1:] == [
        "  ft_sales.csv:5: column Day: '': Day must have a value"
    ]


def test_what_is_no_day_among_days_is_told_with_its_line(house: Installation) -> None:
    text = SHOP_TABLES["ft_sales.csv"].replace("2024-02-02", "2024-13-02")
    text = text.replace("2024-01-06", "1969-12-31")
    error = refused(house, SHOP, {**SHOP_TABLES, "ft_sales.csv": text}, "no_days")

    assert error.exit_code == 3
    assert error.message.splitlines()[1:] == [
        "  ft_sales.csv:3: column Day: '1969-12-31': Day must be 1970-01-01 to 2149-06-06",
        "  ft_sales.csv:5: column Day: '2024-13-02': Day is a day that no calendar has",
    ]


def test_a_column_without_any_day_is_a_mistake_of_the_model(house: Installation) -> None:
    text = SHOP_TABLES["ft_sales.csv"].replace("2024-0", "24-")
    error = refused(house, SHOP, {**SHOP_TABLES, "ft_sales.csv": text}, "never_days")

    assert "time hangs on a Date column, day is String" in error.message


def test_many_mistakes_of_one_file_are_counted(house: Installation) -> None:
    rows = "".join(f"1,2024-01-01,web,{number}.x,1,\n" for number in range(250))
    header = SHOP_TABLES["ft_sales.csv"].splitlines()[0]
    schema = '{"ft_sales": {"Amount": "Decimal(9, 2)"}}'
    tables = {**SHOP_TABLES, "ft_sales.csv": f"{header}\n{rows}", "schema.json": schema}
    lines = refused(house, SHOP, dict(tables), "many").message.splitlines()

    assert len(lines) == 1 + 100 + 1
    assert lines[-1] == "  ft_sales.csv: 150 more values are wrong"


def test_totals_are_those_of_another_engine_over_the_same_files(
    tmp_path: Path,
) -> None:
    rows = "".join(
        f"{(number * 7) % 5 - 1},2024-{number % 12 + 1:02}-{number % 28 + 1:02},"
        f"{'' if number % 9 == 0 else f'c{number % 4}'},{number * 37 % 1009}.{number % 100:02},"
        f"{'' if number % 6 == 0 else number % 50},\n"
        for number in range(3000)
    )
    header = SHOP_TABLES["ft_sales.csv"].splitlines()[0]
    tables = {**SHOP_TABLES, "ft_sales.csv": f"{header}\n{rows}"}
    with installation(tmp_path) as opened:
        folder = opened.write(SHOP, tables)
        opened.bring(folder)
        asking = opened.ask("Sales")
        names = ["amount_sum", "pieces_sum", "n"]
        ours = asking.aggregate("", names).summary
        cells = asking.aggregate("", names, "Product:kind|channel").cells
    theirs = duckdb.connect()
    facts = f"read_csv('{folder}/ft_sales.csv', types={{'Amount': 'DECIMAL(18, 2)'}})"
    figures = "sum(f.Amount), coalesce(sum(f.pieces), 0), count(*)"

    (whole,) = theirs.sql(f"SELECT {figures} FROM {facts} f").fetchall()
    assert tuple(ours[name] for name in names) == whole
    found = {
        (row["Product.kind_id"], row["channel"]): tuple(row[name] for name in names)
        for row in cells
    }
    joined = theirs.sql(
        f"SELECT k.id, f.channel, {figures} FROM {facts} f "
        f"LEFT JOIN read_csv('{folder}/dm_product.csv') p ON p.id = f.product_id "
        f"LEFT JOIN read_csv('{folder}/dm_kind.csv') k ON k.id = p.kind GROUP BY ALL"
    ).fetchall()
    assert found == {(kind, channel): tuple(rest) for kind, channel, *rest in joined}
