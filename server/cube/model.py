"""The cube model of a pack: read from its JSON files, checked as a whole, never changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from server.cube.calendar_reading import read_calendars
from server.cube.cube_model import CubeModel
from server.cube.cube_reading import read_cubes
from server.cube.dimension_reading import read_dimensions, read_tables
from server.cube.document import Mistakes, Section, read_document
from server.cube.elements import Labels
from server.errors import NotFound
from server.store.tables import DimensionTableSpec, TableSpec

__all__ = ["CubeModel", "Model", "Spell", "load_model"]

_SHARED = ("shared", "dimensions.json")


@dataclass(frozen=True)
class Spell:
    """A cube over the tables that it has from a snapshot on, until its next spell."""

    since: int
    cube: CubeModel


@dataclass(frozen=True)
class Model:
    """The cubes of a pack, and of imported models beside it, with the tables that they need."""

    pack: str
    labels: Labels
    cubes: Mapping[str, CubeModel]
    version: str  # SHA-256 of the canonical JSON of both files of the pack
    spells: Mapping[str, tuple[Spell, ...]] = field(default_factory=dict)  # of imported cubes

    def cube(self, name: str) -> CubeModel:
        """The cube of that name; `NotFound` names those that there are."""
        if name not in self.cubes:
            raise NotFound(
                f"There is no cube {name!r}. There are: {', '.join(self.cubes)}.",
                code="unknown_cube",
                field="cube",
                allowed=self.cubes,
            )
        return self.cubes[name]

    def cube_at(self, name: str, snapshot: int) -> CubeModel:
        """The cube over the tables that it had at a snapshot; before its first ones those of now.

        Raises:
            NotFound: there is no such cube now.
        """
        found = self.cube(name)
        for spell in self.spells.get(name, ()):
            if spell.since <= snapshot:
                found = spell.cube
        return found

    @property
    def fact_tables(self) -> Mapping[str, TableSpec]:
        """The fact tables by name, those that only earlier snapshots ask among them."""
        return MappingProxyType({cube.fact.name: cube.fact for cube in self._all})

    @property
    def dimension_tables(self) -> Mapping[str, DimensionTableSpec]:
        """The dimension tables that the cubes use, by name."""
        tables = (table for cube in self._all for table in cube.dimension_tables)
        return MappingProxyType({table.name: table for table in tables})

    @property
    def _all(self) -> Iterator[CubeModel]:
        yield from self.cubes.values()
        for spells in self.spells.values():
            yield from (spell.cube for spell in spells)


def load_model(folder: Path | Traversable, pack: str) -> Model:
    """The model in `<folder>/shared/dimensions.json` and `<folder>/<pack>/cubes.json`.

    Every mistake is reported at once, each with file and place.
    """
    mistakes = Mistakes()
    shared = _document(folder, _SHARED, mistakes)
    cubes_document = _document(folder, (pack, "cubes.json"), mistakes)
    mistakes.raise_any()  # what cannot be read has no places to name
    shared.allow("name", "tables", "calendars", "dimensions")
    dimensions = read_dimensions(shared, read_tables(shared), read_calendars(shared))
    labels = cubes_document.labels()
    cubes = read_cubes(cubes_document, dimensions)
    mistakes.raise_any()
    version = _version(shared, cubes_document)
    told = {name: replace(cube, model_version=version) for name, cube in cubes.items()}
    return Model(pack, labels, MappingProxyType(told), version)


def _document(folder: Path | Traversable, path: tuple[str, str], mistakes: Mistakes) -> Section:
    return read_document(folder.joinpath(*path), "/".join(path), mistakes)


def _version(*documents: Section) -> str:
    canonical = json.dumps(
        [document.values for document in documents],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
