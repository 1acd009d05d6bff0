"""The document of a model: read, with the cubes called as they are to be called here."""

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.cube.cubes_files import is_cubes_model, read_files
from server.cube.cubes_logical import named
from server.cube.cubes_physical import Star, merged
from server.cube.cubes_reading import ImportedModel, read_cubes_model
from server.cube.cubes_tables import our_name
from server.cube.document import Mistakes
from server.errors import IndicubeError, InvalidInput, ManyErrors, NotFound

_MODEL = "model.json"


@dataclass(frozen=True)
class Document:
    """A model as its file says it, and what it is called."""

    values: Mapping[str, Any]
    name: str
    where: str  # the name of the file

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        canonical = json.dumps(
            self.values, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def cubes(self) -> tuple[str, ...]:
        """The names of its cubes."""
        return tuple(str(named(each).get("name")) for each in _cubes(self.values))


def read_document(path: Path, renames: Mapping[str, str]) -> Document:
    """The model in a file or a folder, its cubes renamed.

    Raises:
        NotFound: there is no model.
        InvalidInput, ManyErrors: it is no JSON, or a name to be changed is none of its cubes'.
    """
    if not is_cubes_model(path):
        raise NotFound(f"{path} is no model: it must be a .json file, or a folder with {_MODEL}")
    values = read_files(path)
    where = path.name if path.is_file() else _MODEL
    return Document(_renamed(values, renames), _name(values, path), where)


def needed(document: Document, errors: list[IndicubeError]) -> ImportedModel | None:
    """The model without types: which tables and columns it needs; its mistakes are noted."""
    try:
        return read_cubes_model(document.values, None, name=document.name, where=document.where)
    except ManyErrors as several:
        errors += several.errors
    except IndicubeError as one:
        errors.append(one)
    return None


def tables_named(document: Document) -> tuple[str, ...]:
    """The tables that a model names that is not right itself, as far as they can be told."""
    found: dict[str, None] = {}
    for given in _cubes(document.values):
        try:
            star = Star(merged(document.values, named(given)), document.where, Mistakes())
        except (TypeError, ValueError, KeyError, AttributeError):
            continue  # its shape is one of the mistakes
        found |= dict.fromkeys((star.fact, *(join.table for join in star.joins.values())))
    return tuple(found)


def _cubes(values: Mapping[str, Any]) -> list[Any]:
    cubes = values.get("cubes")
    return [
        each
        for each in (cubes if isinstance(cubes, list) else ())
        if isinstance(each, str) or (isinstance(each, dict) and isinstance(each.get("name"), str))
    ]


def _name(values: Mapping[str, Any], path: Path) -> str:
    """What the model calls itself, or what its file or folder is called."""
    said = values.get("name")
    is_plain = path.is_dir() or path.name == _MODEL
    other = path.resolve().parent.name if is_plain and path.is_file() else path.resolve().stem
    text = said if isinstance(said, str) and said else other or "model"
    name = our_name(text)
    if re.fullmatch(r"[A-Za-z0-9_ .-]+", text):
        return name[:40]
    return f"{name[:30]}_{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _renamed(values: Mapping[str, Any], renames: Mapping[str, str]) -> Mapping[str, Any]:
    changed = copy.deepcopy(dict(values))
    given = _cubes(changed)
    known = [str(named(each)["name"]) for each in given]
    strange = [old for old in renames if old not in known]
    if strange:
        raise InvalidInput(
            f"the model has no cube {', '.join(map(repr, strange))} to be renamed; it has: "
            f"{', '.join(known)}",
            field="rename",
            allowed=known,
        )
    if renames:
        changed["cubes"] = [_with_name(named(each), renames) for each in given]
    return changed


def _with_name(cube: dict[str, Any], renames: Mapping[str, str]) -> dict[str, Any]:
    """A cube is also called like its table of facts unless it says another one: that stays."""
    old = str(cube["name"])
    if old not in renames:
        return cube
    return {**cube, "name": renames[old], "fact": cube.get("fact") or old}
