"""A made-up harbour as people wrote models for cubes 1.1, with all that is odd in such models.

Flat dimensions with one attribute and with details, a dimension of many members, dates in a table
with two hierarchies, members that are NULL, negative keys, labels and orders that are no keys, a
key and details of facts, averages and extremes of values that are NULL.
"""

import csv
import json
from pathlib import Path
from typing import Any

DOCUMENT: dict[str, Any] = {
    "name": "harbour",
    "label": "Harbour",
    "dimensions": [
        {
            "name": "date",
            "label": "Date",
            "role": "time",
            "info": {"cv-datefilter-hierarchy": "ymd"},
            "levels": [
                {"name": "year", "role": "year"},
                {"name": "quarter", "role": "quarter"},
                {"name": "month", "role": "month", "attributes": ["month", "month_name"],
                 "label_attribute": "month_name"},
                {"name": "day", "role": "day"},
            ],
            "hierarchies": [
                {"name": "ymd", "label": "Days", "levels": ["year", "month", "day"]},
                {"name": "yq", "label": "Quarters", "levels": ["year", "quarter"]},
            ],
        },
        {"name": "port", "label": "Port"},
        {"name": "berth", "label": "Berth"},
        {
            "name": "pilot",
            "label": "Pilot",
            "levels": [
                {"name": "pilot", "attributes": ["code", {"name": "name", "label": "Pilot name"},
                 "since"], "key": "code", "label_attribute": "name", "order_attribute": "since"},
            ],
        },
        {
            "name": "cargo",
            "levels": [
                {"name": "kind"},
                {"name": "goods", "attributes": ["goods", "price"], "label_attribute": "goods"},
            ],
        },
        {"name": "vessel", "label": "Vessel", "cardinality": "high",
         "levels": [{"name": "vessel", "attributes": ["imo"]}]},
        "text",
    ],
    "cubes": [
        {
            "name": "landings",
            "label": "Landings",
            "description": "What ships brought.",
            "category": "sea",
            "info": {"since": 2013},
            "fact": "landing",
            "key": "slip",
            "dimensions": ["date", "port", "berth", "pilot", "cargo", "vessel"],
            "joins": [
                {"master": "day_id", "detail": "days.id", "alias": "date"},
                {"master": "pilot_code", "detail": "pilots.code", "alias": "pilot",
                 "method": "master"},
            ],
            "mappings": {
                "date.year": "date.year", "date.quarter": "date.quarter",
                "date.month": "date.month", "date.month_name": "date.month_name",
                "date.day": "date.day",
                "pilot.code": "pilot.code", "pilot.name": "pilot.name",
                "pilot.since": "pilot.since",
                "cargo.kind": "kind", "cargo.goods": "goods", "cargo.price": "price",
                "vessel": "imo", "vessel.imo": "imo",
                "weather": "wx",
            },
            "measures": [
                {"name": "weight", "label": "Weight (t)"},
                {"name": "crew", "label": "Crew"},
            ],
            "aggregates": [
                {"name": "landings", "function": "count", "label": "Number of landings"},
                {"name": "weight_sum", "function": "sum", "measure": "weight", "label": "Weight"},
                {"name": "weight_avg", "function": "avg", "measure": "weight"},
                {"name": "weight_max", "function": "max", "measure": "weight"},
                {"name": "crew_min", "function": "min", "measure": "crew"},
                {"name": "crew_known", "function": "count_nonempty", "measure": "crew"},
            ],
            "details": [{"name": "weather", "label": "Weather"}, "remark"],
        },
        {"name": "notes", "fact": "note", "dimensions": ["text"]},
    ],
}  # fmt: skip

TYPES = {
    "landing": {
        "slip": "Int64", "day_id": "Int32", "port": "Nullable(String)", "berth": "Int32",
        "pilot_code": "Nullable(String)", "kind": "String", "goods": "Nullable(String)",
        "price": "Nullable(Decimal(9, 2))", "imo": "Int64", "weight": "Nullable(Decimal(9, 2))",
        "crew": "Nullable(Int16)", "wx": "String", "remark": "Nullable(String)",
    },
    "days": {
        "id": "Int32", "year": "Int32", "quarter": "Int32", "month": "Int32",
        "month_name": "String", "day": "Int32",
    },
    "pilots": {"code": "String", "name": "String", "since": "Int32"},
    "note": {"id": "Int32", "text": "String"},
}  # fmt: skip

CSV = {
    "landing": """\
slip,day_id,port,berth,pilot_code,kind,goods,price,imo,weight,crew,wx,remark
101,1,Ayr,-5,p,dry,coal,1.50,9001,10.50,4,fog,first
102,1,Ayr,2,q,dry,iron,4.00,9002,4.50,,sun,
103,2,Bude,2,p,wet,oil,7.25,9001,,6,sun,
104,3,Bude,2,r,wet,oil,7.25,9003,7.00,6,fog,a-b|c
105,4,,-5,q,dry,coal,1.50,9002,1.25,2,sun,=1+1
-6,4,Cove,7,,wet,,,9004,0.75,3,sun,
""",
    "days": """\
id,year,quarter,month,month_name,day
1,2013,1,3,March,30
2,2013,2,4,April,1
3,2013,2,5,May,2
4,2014,1,1,January,1
""",
    "pilots": """\
code,name,since
p,Petra,2009
q,Quinn,2001
r,Rosa,2005
""",
}


# Texts with every sign that means something in a cut, and some that mean something elsewhere.
TEXTS = (
    "a-b", "a|b", "a:b", "a;b", "a,b", "!a", "a\\b", "a", "b", "\\-", "-5", "__null", "a b%c",
    "岸", "a@b", "today", "a\"b'c", "2-3-4", "\\\\", "a\\,b",
)  # fmt: skip


def write_harbour(folder: Path) -> Path:
    """The model and its tables as files; the answer is the file of the model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.json").write_text(json.dumps(TYPES), "utf-8")
    for table, text in CSV.items():
        (folder / f"{table}.csv").write_text(text, "utf-8")
    with (folder / "note.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *enumerate(TEXTS, start=1)])
    model = folder / "model.json"
    model.write_text(json.dumps(DOCUMENT), "utf-8")
    return model
