"""Whose place an arriving model takes: a name of its own, or that of one that came before.

The same document is the same model. Another document with cubes that are called as some that are
served is refused, unless it is to replace them; those of the pack it never replaces.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from loaders.importing.documents import Document
from server.cube.cubes_reading import ImportedModel, read_cubes_model
from server.cube.cubes_tables import ColumnTypes
from server.errors import Conflict, IndicubeError, ManyErrors
from server.imported_models import ImportedModels, read_version
from server.metadata.imports import ImportedVersion

TIME_ZONE = "UTC"


@dataclass(frozen=True)
class TakenOver:
    """Cubes that another imported model loses to the arriving one."""

    version: ImportedVersion
    cubes: tuple[str, ...]

    @property
    def without(self) -> tuple[str, ...]:
        """All cubes of it that are not served from now on."""
        return tuple(sorted({*self.version.body["without"], *self.cubes}))

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is served from now on."""
        return set(read_version(self.version).model.cubes) <= set(self.without)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that nobody asks any more."""
        imported = read_version(self.version)
        if self.is_whole:
            return tuple(table.name for table in imported.tables)
        return tuple(imported.model.cube(name).fact.name for name in self.cubes)


@dataclass(frozen=True)
class Place:
    """The name that the model gets, what was there under it, and what others lose."""

    name: str
    before: ImportedVersion | None = None
    taken_over: tuple[TakenOver, ...] = ()


def place_of(document: Document, imports: ImportedModels, *, may_replace: bool) -> Place:
    """The place of a model among those that are served.

    Raises:
        Conflict, ManyErrors: cubes of these names are served already; the sentence says whose.
    """
    owners = _owners(document, imports)
    before = _same(document, imports)
    if before is None and may_replace and document.name in owners.values():
        before = imports.versions[document.name]
    others = {cube: of for cube, of in owners.items() if before is None or of != before.name}
    _refuse(others, may_replace=may_replace)
    taken_over = tuple(
        TakenOver(imports.versions[of], tuple(cube for cube in others if others[cube] == of))
        for of in dict.fromkeys(others.values())
    )
    name = before.name if before else _free_name(document.name, imports)
    return Place(name, before, taken_over)


def shaped(
    document: Document, types: ColumnTypes, place: Place, imports: ImportedModels
) -> tuple[str, ImportedModel]:
    """The model over its tables, and what their names begin with.

    Tables of another shape get other names: the old ones answer earlier snapshots.
    """
    before = place.before
    if before is not None:
        prefix = before.body["prefix"]
        found = _read(document, types, prefix)
        if found.tables == read_version(before).tables:
            return prefix, found
    model = imports.current()
    taken = {*model.fact_tables, *model.dimension_tables}
    used = {version.body["prefix"] for version in imports.history}
    for prefix in _names(place.name):
        found = _read(document, types, prefix)
        if prefix not in used and taken.isdisjoint(table.name for table in found.tables):
            break
    return prefix, found


def _read(document: Document, types: ColumnTypes, prefix: str) -> ImportedModel:
    return read_cubes_model(
        document.values, types, name=prefix, where=document.where, time_zone=TIME_ZONE
    )


def _owners(document: Document, imports: ImportedModels) -> Mapping[str, str]:
    """Whose the served cubes are that are called as those of the document; "" is the pack."""
    cubes = imports.current().cubes
    return {name: cubes[name].imported_as for name in document.cubes if name in cubes}


def _same(document: Document, imports: ImportedModels) -> ImportedVersion | None:
    same = (each for each in imports.versions.values() if each.body["hash"] == document.hash)
    return next(same, None)


def _refuse(others: Mapping[str, str], *, may_replace: bool) -> None:
    errors: list[IndicubeError] = [
        Conflict(
            f"there is a cube {cube} already, "
            + (f"of the imported model {owner}" if owner else "of the pack itself"),
            code="cube_name_taken",
            field="cube",
            hint=f"--rename {cube}=NEW gives it another name"
            + (", --replace takes the other one's place" if owner else ""),
        )
        for cube, owner in others.items()
        if not (owner and may_replace)
    ]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ManyErrors(errors)


def _free_name(wish: str, imports: ImportedModels) -> str:
    used: Collection[str] = {version.name for version in imports.history}
    return next(name for name in _names(wish) if name not in used)


def _names(wish: str) -> Iterator[str]:
    yield wish
    yield from (f"{wish}_{number}" for number in count(2))
