"""Tables follow the cube model; a change that would lose or make up values is refused."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from server.errors import ManyErrors, ModelMismatch
from server.store.arrow import arrow_schema
from server.store.client import Store
from server.store.dictionaries import check_dictionary, reload_dictionary
from server.store.facts import insert_batch
from server.store.migrate import ensure_tables, plan_tables
from server.store.projections import ProjectionSpec
from server.store.tables import ColumnSpec, DimensionTableSpec, TableSpec, Validity
from tests.shop import SALES, SHOP, STORES, TWO_SALES, TWO_STORES, Question, Tables

CHANNEL = ColumnSpec("channel", "Nullable(String)")


def shop(sales: TableSpec = SALES, stores: DimensionTableSpec = STORES) -> Tables:
    return Tables({"sales": sales}, {"stores": stores})


def with_column(column: ColumnSpec) -> Tables:
    return shop(replace(SALES, columns=(*SALES.columns, column)))


def fill(store: Store) -> None:
    insert_batch(store, SALES, [TWO_SALES], 1, 1)
    insert_batch(store, STORES, [TWO_STORES], 2, 2)


def sentences(store: Store, model: Tables) -> list[str]:
    return [change.sentence for change in plan_tables(store, model).changes]


def test_tables_that_fit_need_no_change(store: Store) -> None:
    fill(store)

    assert ensure_tables(store, SHOP).changes == ()


def test_tables_are_made_where_there_are_none(store: Store) -> None:
    returns = Tables({"returns": replace(SALES, name="returns")}, {})

    assert sentences(store, returns) == ["create the table returns"]
    ensure_tables(store, returns)
    assert sentences(store, returns) == []


def test_a_column_that_can_be_empty_is_added_to_rows(store: Store) -> None:
    fill(store)

    ensure_tables(store, with_column(CHANNEL))

    question = Question("SELECT channel, sum(pieces) FROM sales GROUP BY channel")
    assert store.readers.query(question).rows == [(None, 3)]


def test_a_column_that_cannot_be_empty_would_make_up_values(store: Store) -> None:
    fill(store)
    model = with_column(ColumnSpec("price", "Decimal(9, 2)"))

    with pytest.raises(ModelMismatch, match=r"2 rows.*price must be Nullable"):
        ensure_tables(store, model)


def test_rows_from_before_there_was_an_origin_are_their_own(store: Store) -> None:
    fill(store)
    with store.writer() as writer:
        writer.run("ALTER TABLE sales DROP COLUMN _origin")

    ensure_tables(store, SHOP)
    insert_batch(store, SALES, [TWO_SALES], 3, 3)

    question = Question("SELECT _load, _origin, count() FROM sales GROUP BY ALL ORDER BY ALL")
    assert store.readers.query(question).rows == [(1, 1, 2), (3, 3, 2)]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (shop(replace(SALES, columns=SALES.columns[:4])), "the column weight would be dropped"),
        (
            shop(
                replace(
                    SALES,
                    columns=tuple(
                        replace(column, type="UInt8") if column.name == "pieces" else column
                        for column in SALES.columns
                    ),
                )
            ),
            r"pieces would change from Nullable\(Int16\) to UInt8",
        ),
        (
            shop(replace(SALES, sort_key=("day", "store", "_load", "_row"))),
            r"sort key would change from \(store, day, _load, _row\)",
        ),
        (shop(replace(SALES, partition_by="toYYYYMM(day)")), "partition would change"),
        (
            shop(stores=replace(STORES, columns=(STORES.columns[0],))),
            "stores holds 2 rows: the column city would be dropped",
        ),
    ],
)
def test_what_would_lose_data_is_refused_and_nothing_is_done(
    store: Store, model: Tables, sentence: str
) -> None:
    fill(store)

    with pytest.raises((ModelMismatch, ManyErrors), match=sentence):
        ensure_tables(store, model)
    assert ensure_tables(store, SHOP).changes == ()


def test_all_refusals_are_told_at_once_and_stop_what_is_allowed(store: Store) -> None:
    fill(store)
    columns = (*SALES.columns[:4], CHANNEL)

    with pytest.raises(ManyErrors) as refused:
        ensure_tables(store, shop(replace(SALES, columns=columns)))

    assert len(refused.value.errors) == 2  # weight and paid_at
    assert ensure_tables(store, SHOP).changes == ()


def test_an_empty_table_is_made_anew(store: Store) -> None:
    model = shop(replace(SALES, columns=SALES.columns[:4], sort_key=("day", "_load", "_row")))

    assert sentences(store, model) == ["make the empty table sales anew"]
    ensure_tables(store, model)
    assert sentences(store, model) == []


def test_a_dictionary_follows_its_table(store: Store) -> None:
    fill(store)
    columns = (*STORES.columns, ColumnSpec("country", "Nullable(String)"))
    model = shop(stores=replace(STORES, columns=columns))

    ensure_tables(store, model)
    reload_dictionary(store, STORES)

    question = Question("SELECT city, country FROM dict_stores WHERE store = 'Köln'")
    assert store.readers.query(question).rows == [("Cologne", None)]


def test_a_dated_dictionary_answers_for_a_day(store: Store) -> None:
    columns = (*STORES.columns, ColumnSpec("since", "Nullable(Date)"), ColumnSpec("until", "Date"))
    dated = replace(STORES, columns=columns, dated=Validity("since", "until"))
    ensure_tables(store, shop(stores=dated))
    moves = pa.table(
        {
            "_row": [2, 3],
            "store": ["Köln", "Köln"],
            "city": ["Bonn", "Cologne"],
            "since": [None, date(2026, 7, 1)],
            "until": [date(2026, 6, 30), date(2026, 12, 31)],
        },
        schema=arrow_schema(dated),
    )

    insert_batch(store, dated, [moves], 1, 1)
    reload_dictionary(store, dated)

    check_dictionary(store, dated, version=1, members=2)
    asked = ", ".join(
        f"dictGet('dict_stores', 'city', (toUInt32(1), 'Köln'), toDate('{day}'))"
        for day in ("1999-01-01", "2026-06-30", "2026-07-01", "2027-01-01")
    )
    assert store.readers.query(Question(f"SELECT {asked}")).rows == [
        ("Bonn", "Bonn", "Cologne", None)
    ]
    assert ensure_tables(store, shop(stores=dated)).changes == ()


def rolled_up(*projections: ProjectionSpec) -> Tables:
    return shop(replace(SALES, projections=projections))


BY_STORE = ProjectionSpec("by_store", ("store",), ("sum(pieces)",))


def test_a_roll_up_is_declared_and_one_that_is_declared_no_more_is_dropped(store: Store) -> None:
    fill(store)

    assert sentences(store, rolled_up(BY_STORE)) == ["declare the roll-up by_store of sales"]
    ensure_tables(store, rolled_up(BY_STORE))
    assert sentences(store, rolled_up(BY_STORE)) == []
    assert sentences(store, SHOP) == ["drop the roll-up by_store of sales"]
    ensure_tables(store, SHOP)
    assert sentences(store, SHOP) == []


def test_a_roll_up_that_keeps_something_else_is_another_one(store: Store) -> None:
    fill(store)
    ensure_tables(store, rolled_up(BY_STORE))

    assert sentences(store, rolled_up(replace(BY_STORE, aggregates=("max(pieces)",)))) == [
        "drop the roll-up by_store of sales",
        "declare the roll-up by_store of sales",
    ]


def test_a_roll_up_that_is_withheld_is_not_declared(store: Store) -> None:
    fill(store)

    planned = plan_tables(store, rolled_up(BY_STORE), {("sales", BY_STORE.physical)})

    assert planned.changes == ()


def test_a_projection_that_somebody_else_made_is_left_alone(store: Store) -> None:
    fill(store)
    with store.writer() as writer:
        writer.run("ALTER TABLE sales ADD PROJECTION theirs (SELECT _load, count() GROUP BY _load)")

    assert sentences(store, SHOP) == []


def test_a_new_table_has_its_roll_ups_from_its_first_row(store: Store) -> None:
    model = Tables({"returns": replace(SALES, name="returns", projections=(BY_STORE,))}, {})

    assert sentences(store, model) == ["create the table returns"]
    ensure_tables(store, model)
    assert sentences(store, model) == []


def test_a_roll_up_holds_no_text_but_expressions() -> None:
    with pytest.raises(ValueError, match="no expression"):
        ProjectionSpec("by_store", ("store) SELECT 1; --",), ())
