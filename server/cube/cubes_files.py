"""The files of a cubes 1.1 model: one JSON file, or a folder of them; types in `schema.json`."""

import json
from pathlib import Path
from typing import Any

from server.cube.cubes_tables import ColumnTypes
from server.cube.document import Mistakes, read_document

TYPES = "schema.json"
_PREFIXES = {"dim": "dimensions", "dimension": "dimensions", "cube": "cubes"}


def is_cubes_model(path: Path) -> bool:
    """Whether the path is a model file, or a folder that holds `model.json`."""
    return (path.is_file() and path.suffix == ".json") or (path / "model.json").is_file()


def read_files(path: Path) -> dict[str, Any]:
    """The document in a file, or in `model.json` with the `dim_*.json` and `cube_*.json` beside.

    Raises:
        InvalidInput, ManyErrors: files that are no JSON objects, each named.
    """
    mistakes = Mistakes()
    main = path / "model.json" if path.is_dir() else path
    document = dict(read_document(main, main.name, mistakes).values)
    for file in sorted(path.glob("*_*.json")) if path.is_dir() else ():
        key = _PREFIXES.get(file.name.split("_")[0])
        if key is not None:
            part = read_document(file, file.name, mistakes).values
            document[key] = [*(document.get(key) or ()), part]
    mistakes.raise_any()
    return document


def read_types(folder: Path) -> ColumnTypes | None:
    """The types of the tables' columns, in `schema.json` of a folder; None without that file."""
    file = folder / TYPES
    if not file.is_file():
        return None
    mistakes = Mistakes()
    types = read_document(file, TYPES, mistakes).values
    for table, columns in types.items():
        is_right = isinstance(columns, dict) and all(
            isinstance(kind, str) for kind in columns.values()
        )
        if not is_right:
            told = f"it must give each column its type, it is {json.dumps(columns)[:80]}."
            mistakes.note(f"{TYPES}: table {table}", told)
    mistakes.raise_any()
    return types
