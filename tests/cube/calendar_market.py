"""The market with calendars: its model, with hierarchies of time that follow them."""

import json
from pathlib import Path
from typing import Any

from server.cube.model import Model, load_model
from tests.cube.market import FOLDER

CALENDARS: list[dict[str, Any]] = [
    {"name": "fiscal", "kind": "fiscal", "start_month": 4, "named_by": "end"},
    {
        "name": "retail", "kind": "445", "pattern": "4-5-4", "closing": "nearest",
        "weekday": "saturday", "month": 1, "named_by": "start",
    },
    {
        "name": "spring", "kind": "table",
        "periods": [
            {"year": 2020, "number": 1, "first": "2020-01-01", "last": "2020-12-31",
             "label": "2020", "labels": {"zh": "2020年"}},
            {"year": 2021, "number": 1, "first": "2021-01-01", "last": "2021-02-28",
             "label": "Jan–Feb", "labels": {"zh": "1–2月"}},
            {"year": 2021, "number": 2, "first": "2021-03-01", "last": "2021-03-31",
             "label": "March", "labels": {"zh": "3月"}},
        ],
    },
    {"name": "weeks", "kind": "iso"},
    {"name": "months", "kind": "gregorian"},
]  # fmt: skip


def write_model(folder: Path, calendars: list[dict[str, Any]] | None = None) -> Path:
    """Write the market's model, with calendars and a hierarchy for each, into a folder."""
    labels = {"label": "Calendar", "labels": {"zh": "日历"}}
    shared = json.loads((FOLDER / "shared/dimensions.json").read_text(encoding="utf-8"))
    shared["calendars"] = [labels | each for each in calendars or CALENDARS]
    (time,) = (each for each in shared["dimensions"] if each["name"] == "time")
    time["hierarchies"] += [
        labels | {"name": each["name"], "calendar": each["name"]} for each in shared["calendars"]
    ]
    for part, values in (("shared/dimensions.json", shared), ("market/cubes.json", None)):
        text = (FOLDER / part).read_text(encoding="utf-8") if values is None else json.dumps(values)
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_text(text, encoding="utf-8")
    return folder


def calendar_model(folder: Path) -> Model:
    """The market's model with calendars."""
    return load_model(write_model(folder), "market")
