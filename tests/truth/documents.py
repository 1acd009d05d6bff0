"""A made-up cube as the documents of a pack, as somebody would have written them."""

import json
from pathlib import Path

from tests.truth.calendars import DOCUMENTS
from tests.truth.parts import Dimension, Document, Level, World, labelled

_CALENDARS = tuple(str(each["name"]) for each in DOCUMENTS)
_PARTS = {"week": "iso_week", "weekday": "iso_weekday"}


def write_model(world: World, folder: Path) -> None:
    """Write the two files of the pack `truth`."""
    for name, document in (
        ("shared/dimensions.json", shared_document(world)),
        ("truth/cubes.json", pack_document(world)),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def shared_document(world: World) -> Document:
    """Tables and dimensions."""
    return {
        "tables": [_table(world, each) for each in world.dimensions if each.table],
        "dimensions": [_dimension(each) for each in world.dimensions],
        "calendars": list(DOCUMENTS),
    }


def pack_document(world: World) -> Document:
    """The cube of the world, and those beside it."""
    cubes = [_cube(each) for each in (world, *world.others)]
    return labelled("truth", cubes=cubes)


def _cube(world: World) -> Document:
    columns = [
        labelled(name, type=kind)
        | ({"flag": True} if name in ("paid", "late") else {})
        | ({"approximate": True} if "Float" in kind else {})
        for name, kind in world.columns
    ]
    return labelled(
        world.name,
        fact={
            "table": world.name, "time_zone": "UTC", "sort_key": ["day", "_load", "_row"],
            "partition_by": "toYear(day)", "columns": columns, "grain": list(world.grain),
        },
        dimensions=[{"name": each.name, "column": each.column} for each in world.dimensions],
        measures=[each.document for each in world.measures],
        rollups=list(world.roll_ups),
        aggregates=[each.document for each in world.aggregates],
    )  # fmt: skip


def _table(world: World, dimension: Dimension) -> Document:
    columns = dict(world.tables)[dimension.table]
    dated: Document = (
        {"dated": {"from": "valid_from", "to": "valid_to"}} if dimension.is_dated else {}
    )
    if dimension.is_tree:
        dated |= {"parent_child": {"parent": "above", "depth": len(dimension.levels("tree"))}}
    listed = [{"name": name, "type": kind} for name, kind in columns]
    return {"name": dimension.table, "key": "member", "columns": listed, **dated}


def _dimension(dimension: Dimension) -> Document:
    if dimension.is_tree:
        tree = {"label_column": "name", "localized": {"zh": "name_zh"}}
        words = {"table": dimension.table, "unknown": {"en": "Nobody", "zh": "无"}}
        return labelled(dimension.name, parent_child=tree, **words)
    own = [each for each in dimension.hierarchies if each[0] not in _CALENDARS]
    levels = {level.name: level for _, levels in own for level in levels}
    document = labelled(
        dimension.name, levels=[_level(dimension, each) for each in levels.values()]
    )
    if len(dimension.hierarchies) > 1:
        document["hierarchies"] = [
            labelled(name, levels=[each.name for each in along]) for name, along in own
        ]
        followed = [name for name, _ in dimension.hierarchies if name in _CALENDARS]
        document["hierarchies"] += [labelled(name, calendar=name) for name in followed]
    if dimension.table:
        document |= {"table": dimension.table, "unknown": {"en": "Nobody", "zh": "无"}}
    return document | ({"role": "time"} if dimension.is_time else {})


def _level(dimension: Dimension, level: Level) -> Document:
    attributes = [_attribute(dimension, level, ref) for ref in level.refs]
    document = labelled(level.name, attributes=attributes)
    if len(attributes) > 1:
        document["label_attribute"] = attributes[1]["name"]
    return document | ({"order": "desc"} if level.is_descending else {})


def _attribute(dimension: Dimension, level: Level, ref: str) -> Document:
    name = ref.rpartition(".")[2]
    if dimension.is_time:
        return labelled(name, part=_PARTS.get(name, name))
    if name == "name":
        return labelled(name, localized={"zh": "name_zh"})
    if name.endswith("_name"):
        return labelled(name, localized={"zh": f"{level.name}_zh"})
    return labelled(name)
