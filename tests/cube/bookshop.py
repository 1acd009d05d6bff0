"""A made-up bookshop as people wrote models for cubes 1.1: a star with a snowflake, and a flat one.

`DOCUMENT` uses what such models use: names in place of objects, templates, aliases, mappings as
text, list and object, locales, hierarchies that a cube leaves out, aggregates that are implied.
"""

from typing import Any

DOCUMENT: dict[str, Any] = {
    "name": "bookshop",
    "label": "Bookshop",
    "joins": [{"name": "book", "master": "book_id", "detail": "books.id"}],
    "mappings": {"genre": "books.genre"},
    "dimensions": [
        {
            "name": "date",
            "label": "Date",
            "role": "time",
            "info": {"cv-datefilter": True},
            "levels": [
                {"name": "year", "role": "year"},
                {"name": "month", "role": "month", "attributes": ["month", "month_name"]},
                {"name": "day", "role": "day", "attributes": ["day", "weekday"], "key": "day"},
            ],
            "hierarchies": [
                {"name": "ymd", "levels": ["year", "month", "day"]},
                {"name": "ym", "label": "Months", "levels": ["year", "month"]},
            ],
        },
        {"name": "paid_on", "template": "date", "label": "Paid on"},
        {
            "name": "book",
            "cardinality": "high",
            "levels": [
                {
                    "name": "house",
                    "attributes": ["house", {"name": "country", "label": "Country"}],
                    "label_attribute": "country",
                },
                {
                    "name": "title",
                    "attributes": ["isbn", {"name": "title", "locales": ["en", "zh"]}, "price"],
                    "order_attribute": "title",
                    "order": "desc",
                },
            ],
        },
        {"name": "genre", "attributes": ["Code"], "label": "Genre"},
        "channel",
        {"name": "rating", "levels": ["stars", "note"], "hierarchy": ["stars", "note"]},
    ],
    "cubes": [
        {
            "name": "sales",
            "label": "Sales",
            "category": "Shop",
            "info": {"colour": "red"},
            "fact": "ft_sales",
            "dimensions": [
                {"name": "date", "hierarchies": ["ymd", "ym"], "default_hierarchy_name": "ym"},
                {"name": "paid_on", "exclude_hierarchies": ["ym"]},
                "book",
                "genre",
                "channel",
            ],
            "joins": [
                {"master": "sold_id", "detail": "days.id", "alias": "date"},
                {"master": "ft_sales.paid_id", "detail": {"table": "days", "column": "id"},
                 "alias": "paid_on", "method": "master"},
                {"name": "book"},
                {"master": "books.house_id", "detail": "houses.id"},
            ],
            "mappings": {
                "book.house": "houses.name",
                "book.country": ["houses", "country"],
                "book.isbn": "books.isbn",
                "book.title.en": {"table": "books", "column": "title"},
                "book.title.zh": "books.title_zh",
                "book.price": "books.price",
                "channel": "ft_sales.Sold Via",
                "amount": "total",
            },
            "measures": [
                {"name": "amount", "label": "Amount", "aggregates": ["sum", "max"]},
                {"name": "pieces"},
            ],
            "aggregates": [
                {"name": "fact_count", "function": "count"},
                {"name": "amount_sum", "function": "sum", "measure": "amount", "label": "Turnover"},
                {"name": "buyers", "function": "count_distinct", "measure": "pieces"},
            ],
            "implicit_aggregates": True,
            "details": ["slip", {"name": "pieces_left", "label": "Left"}],
        },
        {
            "name": "reviews",
            "dimensions": [{"name": "rating"}, "written", "channel"],
            "mappings": {
                "rating.stars": "stars",
                "rating.note": "note",
                "written.year": {"column": "written_on", "extract": "year"},
                "written.month": {"column": "written_on", "extract": "month"},
            },
        },
    ],
}  # fmt: skip
DOCUMENT["dimensions"].append({"name": "written", "role": "time", "levels": ["year", "month"]})

TYPES = {
    "ft_sales": {
        "id": "Int64", "sold_id": "Int32", "paid_id": "Nullable(Int32)", "book_id": "Int32",
        "Sold Via": "String", "total": "Decimal(9, 2)", "pieces": "Nullable(Int16)",
        "slip": "String", "pieces_left": "Int16",
    },
    "days": {
        "id": "Int32", "year": "UInt16", "month": "UInt8", "month_name": "String", "day": "UInt8",
        "weekday": "String",
    },
    "books": {
        "id": "Int32", "isbn": "String", "title": "String", "title_zh": "Nullable(String)",
        "price": "Decimal(9, 2)", "genre": "String", "house_id": "Int32",
    },
    "houses": {"id": "Int32", "name": "String", "country": "String"},
    "reviews": {
        "stars": "UInt8", "note": "String", "written_on": "Date", "channel": "String"
    },
}  # fmt: skip

Rows = dict[str, list[dict[str, Any]]]
ROWS: Rows = {
    "ft_sales": [
        {
            "sold_id": 1,
            "paid_id": 2,
            "book_id": 7,
            "Sold Via": "web",
            "total": "10.00",
            "pieces": 1,
        },
        {
            "sold_id": 2,
            "paid_id": None,
            "book_id": 8,
            "Sold Via": "shop",
            "total": "20.00",
            "pieces": 2,
        },
        {
            "sold_id": 3,
            "paid_id": 3,
            "book_id": 8,
            "Sold Via": "web",
            "total": "40.50",
            "pieces": None,
        },
        {
            "sold_id": 9,
            "paid_id": 1,
            "book_id": 9,
            "Sold Via": "web",
            "total": "80.00",
            "pieces": 2,
        },
    ],
    "days": [
        {"id": 1, "year": 2012, "month": 12, "month_name": "December", "day": 31, "weekday": "Mon"},
        {"id": 2, "year": 2013, "month": 2, "month_name": "February", "day": 1, "weekday": "Fri"},
        {"id": 3, "year": 2013, "month": 10, "month_name": "October", "day": 2, "weekday": "Wed"},
    ],
    "books": [
        {
            "id": 7,
            "isbn": "i7",
            "title": "Cubes",
            "title_zh": "立方",
            "price": "9.00",
            "genre": "IT",
            "house_id": 1,
        },
        {
            "id": 8,
            "isbn": "i8",
            "title": "Trees",
            "title_zh": None,
            "price": "19.00",
            "genre": "Nature",
            "house_id": 2,
        },
    ],
    "houses": [{"id": 1, "name": "Acme", "country": "DE"}],
    "reviews": [
        {"stars": 5, "note": "Great", "written_on": "2013-02-01", "channel": "web"},
        {"stars": 5, "note": "Fine", "written_on": "2013-03-01", "channel": "web"},
        {"stars": 1, "note": "Bad", "written_on": "2014-02-01", "channel": "shop"},
    ],
}
