"""Load specifications: what may be said, and one sentence with its place for each mistake."""

from pathlib import Path

import pytest

from loaders.row_schema import row_schema
from loaders.specification import (
    Cover,
    ScopePart,
    find_specification,
    read_specification,
    read_specifications,
)
from server.cube.model import load_model
from server.errors import ManyErrors, NotFound
from server.store.arrow import AnyTable
from tests.shop import SALES
from tests.shop_loads import SALES_TOML

REPLACE = 'table = "sales"\nmode = "replace"\nscope = ['
MODELS = Path(__file__).parents[2] / "cube_models"


def mistakes_of(text: str) -> str:
    with pytest.raises(ManyErrors) as refused:
        row_schema(read_specification(text.encode(), "shop", "shop/loads/sales.toml"), SALES)
    return "\n".join(error.message for error in refused.value.errors)


def test_the_sample_specifications_fit_their_model() -> None:
    model = load_model(MODELS, "flights")
    tables: dict[str, AnyTable] = {**model.fact_tables, **model.dimension_tables}
    found = read_specifications(MODELS, ("flights",))

    schemas = {name: row_schema(each, tables[each.table]) for name, each in found.items()}

    assert set(schemas) == {"aircraft", "airports", "carriers", "departures", "weather"}
    assert {each.labels["zh"] for each in found.values()} >= {"离港航班", "天气"}


def test_a_change_of_the_text_is_another_specification() -> None:
    first = read_specification(SALES_TOML.encode(), "shop", "here")
    second = read_specification((SALES_TOML + "# more").encode(), "shop", "here")

    assert first.hash != second.hash


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "sales"', 'nmae = "sales"', "nmae: Unknown field"),
        ('name = "sales"', "", "name: Missing data for required field"),
        ('name = "sales"', 'name = "Sales!"', "lower case letters, digits and underscores"),
        ('from = "pieces"', 'form = "pieces"', "columns.2.from: Missing data"),
        ('name = "sales"', 'name = "sales', "shop/loads/sales.toml: Illegal character"),
        ("error_limit_percent = 50", "error_limit_percent = 101", "control.error_limit_percent"),
        ("error_limit_percent = 50", "rows = 1.5", "control.rows: Not a valid integer"),
        ('null = ["NA"]', 'delimiter = "||"', "format.delimiter: Must be one of"),
        (', zh = "销售"', "", "labels.zh: Missing data"),
        ('table = "sales"', 'table = "sales"\nmode = "mrege"', "mode: Must be one of"),
        ('table = "sales"', 'table = "sales"\nmode = "merge"', "so the mode is append, replace or"),
        ('table = "sales"', 'table = "sales"\nmode = "upsert"', "key: mode upsert needs"),
        ('table = "sales"', 'table = "sales"\nscope = ["store"]', "scope: it belongs to mode rep"),
        ('table = "sales"', 'table = "sales"\nbuckets = 3', "buckets: it belongs to mode upsert"),
        ('table = "sales"', REPLACE + "'week(day)']", "scope.0: it is a column, or year"),
        ('table = "sales"', REPLACE + "'month(store)']", "takes the month of store, which is Str"),
        ('table = "sales"', REPLACE + "'pieces']", "pieces, which is Nullable(Int16); a scope"),
        ('table = "sales"', REPLACE + "'till']", "till, which is no column"),
        ('table = "sales"', REPLACE + "]\ngroup = true", "group: it belongs to mode append"),
        ("[source]", "[cover]\n[source]", "cover: it belongs to mode replace"),
        ('table = "sales"', 'table = "sales"\nkey = ["weight"]', "weight, which is Nullable(Flo"),
        ('table = "sales"', 'table = "sales"\nkey = ["store", "store"]', "key: a column stands"),
    ],
)
def test_a_slip_of_the_pen_is_named(old: str, new: str, sentence: str) -> None:
    assert old in SALES_TOML

    assert sentence in mistakes_of(SALES_TOML.replace(old, new, 1))


MONTHLY = SALES_TOML.replace(
    'table = "sales"', 'table = "sales"\nmode = "replace"\nscope = ["month(day)"]', 1
)


@pytest.mark.parametrize(
    ("cover", "sentence"),
    [
        ("file_name = '(?P<month>.*'", "cover.file_name: it is no regular expression"),
        ("file_name = '.*'", "cover.file_name: it has no named group"),
        ("file_name = '(?P<day>.*)'", "file_name names day, but the scope has month"),
        ("control_line = ''", "cover.control_line: Shorter than minimum length 1"),
    ],
)
def test_a_cover_that_names_no_scope_is_a_mistake(cover: str, sentence: str) -> None:
    assert sentence in mistakes_of(MONTHLY.replace("[source]", f"[cover]\n{cover}\n[source]", 1))


def test_a_scope_is_read_with_what_declares_it() -> None:
    text = MONTHLY.replace(
        "[source]", "[cover]\nfile_name = '(?P<month>.*)'\nrequired = true\n[source]", 1
    )

    read = read_specification(text.encode(), "shop", "here")

    assert (read.mode, read.scope) == ("replace", (ScopePart("day", "month"),))
    assert read.cover == Cover("(?P<month>.*)", None, required=True)


DERIVED = {
    'when = [{ column = "pieces", op = "~", value = 1 }]': "op: Must be one of",
    'when = [{ column = "pieces", op = "=" }]': "value: it is needed",
    'when = [{ column = "pieces", op = "is_null", value = 1 }]': "value: it is not used",
    'when = [{ column = "pieces", op = "=", value = "x" }]': "compares pieces with 'x'",
    'when = [{ column = "nothing", op = "is_null" }]': "made from nothing, which is neither read",
    'when = [{ column = "amount", op = "=", value = 1 }]\ndate = ["a", "b", "c"]': "exactly one of",
    'date = ["pieces", "pieces"]': "Length must be 3",
    'date = ["pieces", "pieces", "store"]': "three whole numbers",
    'lookup = "store"': "lookup and values go together",
    'lookup = "pieces"\nvalues = { a = "b" }': "looked up by text",
    'minus = { left = 1, right = "amount" }': "whole number, made from whole numbers",
    "": "exactly one of when, date, lookup, minus, text must be given",
}


@pytest.mark.parametrize(("body", "sentence"), DERIVED.items())
def test_a_derived_column_that_cannot_be_made_is_named(body: str, sentence: str) -> None:
    text = f'{SALES_TOML}\n[[derived]]\nname = "made"\n{body}\n'

    assert sentence in mistakes_of(text)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'from = "weight"',
            'from = "weight"\nname = "wieght"',
            "column wieght is not one of sales",
        ),
        ('from = "weight"', 'from = "weight"\nname = "wieght"', "nothing gives sales.weight"),
        ('from = "weight"', 'from = "weight"\ntype = "UInt8"', "is Nullable(Float64), not UInt8"),
        ('from = "weight"', 'from = "weight"\nname = "store"', "the column store is made twice"),
        ("least = 0", 'least = "none"', "the limit 'none' of pieces is none for int16"),
        ('event_date = "day"', 'event_date = "store"', "event_date names store, which is no date"),
        ('event_date = "day"', 'event_date = "dya"', "event_date names dya, which is no date"),
        ("error_limit_percent = 50", "sums = { store = 1 }", "control sum store is no number"),
    ],
)
def test_what_does_not_fit_the_table_is_named(old: str, new: str, sentence: str) -> None:
    assert old in SALES_TOML

    assert sentence in mistakes_of(SALES_TOML.replace(old, new, 1))


def test_a_limit_of_what_moves_is_for_sources_whose_restatements_wait() -> None:
    limited = "hold_over_percent = 5\n" + SALES_TOML

    assert 'it belongs to on_restatement = "hold"' in mistakes_of(limited)
    waiting = read_specification(
        f'on_restatement = "hold"\n{limited}'.encode(), "shop", "shop/loads/sales.toml"
    )
    assert waiting.hold_over_percent == 5


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes_of(SALES_TOML.replace('"store"', '"shop"').replace('"amount"', '"sum"'))

    assert "column shop is not one of sales" in told
    assert "column sum is not one of sales" in told
    assert "nothing gives sales.amount" in told


def test_mistakes_of_several_files_are_told_together(tmp_path: Path) -> None:
    loads = tmp_path / "shop" / "loads"
    loads.mkdir(parents=True)
    (loads / "a.toml").write_text(SALES_TOML, encoding="utf-8")
    (loads / "b.toml").write_text(SALES_TOML, encoding="utf-8")
    (loads / "c.toml").write_text("nonsense", encoding="utf-8")

    with pytest.raises(ManyErrors) as refused:
        read_specifications(tmp_path, ("shop",))

    messages = [error.message for error in refused.value.errors]
    assert messages[0] == "shop/loads/b.toml: the name 'sales' is taken"
    assert messages[1].startswith("shop/loads/c.toml: ")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match="there are: sales"):
        find_specification(
            {"sales": read_specification(SALES_TOML.encode(), "shop", "here")}, "sale"
        )
