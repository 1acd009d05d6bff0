"""What a load works with, and how it is had from a runtime."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from loaders.row_schema import RowSchema, row_schema
from loaders.specification import (
    Specification,
    find_specification,
    read_specifications,
    specifications_in,
)
from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.ledger.building import Builder
from server.ledger.room import check_room
from server.metadata.imports import ImportedVersion
from server.metadata.session import Metadata
from server.settings import Settings
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.migrate import HasTables

if TYPE_CHECKING:
    from server.runtime import Runtime


@dataclass(frozen=True)
class LoadContext:
    """The parts of a runtime that a load needs, with the load specifications of its pack."""

    metadata: Metadata
    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    tables: HasTables
    specifications: Mapping[str, Specification]

    def specification(self, name: str) -> Specification:
        """The specification of that name."""
        return find_specification(self.specifications, name)

    def schema(self, specification: Specification) -> RowSchema:
        """How the specification's rows become rows of its table."""
        return row_schema(specification, _table_of(specification, self.tables))

    @property
    def builder(self) -> Builder:
        """What builds the batches that several upserts add up to."""
        return Builder(
            self.store,
            self.tables.fact_tables,
            self.clock,
            dimensions=self.tables.dimension_tables,
            room=lambda needed: check_room(self.settings, needed, self.store),
        )

    @property
    def in_order(self) -> tuple[Specification, ...]:
        """The specifications as they are loaded: dimensions before the facts that name them."""
        dimensions = self.tables.dimension_tables
        return tuple(
            sorted(
                self.specifications.values(),
                key=lambda each: (each.table not in dimensions, each.name),
            )
        )


def context_of(runtime: "Runtime") -> LoadContext:
    """The context of the pack that the runtime serves."""
    model = runtime.cubes.model
    own = read_specifications(model_folder(runtime.settings), (model.pack,))
    imported = runtime.imports.versions.values() if runtime.imports else ()
    return LoadContext(
        metadata=runtime.metadata,
        store=runtime.store,
        settings=runtime.settings,
        clock=runtime.clock,
        tables=model,
        specifications={**imported_specifications(imported), **own},
    )


def imported_specifications(
    versions: Iterable[ImportedVersion],
) -> Mapping[str, Specification]:
    """How the tables of imported models are filled."""
    return {
        name: specification
        for version in versions
        for name, specification in specifications_in(
            version.body["specifications"], version.body["prefix"]
        ).items()
    }


def checked_specifications(
    folder: Traversable | Path, pack: str, tables: HasTables
) -> Mapping[str, Specification]:
    """The pack's specifications, each of which fits its table; ManyErrors names every mistake."""
    found = read_specifications(folder, (pack,))
    mistakes: list[IndicubeError] = []
    for specification in found.values():
        try:
            row_schema(specification, _table_of(specification, tables))
        except ManyErrors as several:
            mistakes += several.errors
        except InvalidInput as one:
            mistakes.append(one)
    if mistakes:
        raise ManyErrors(mistakes)
    return found


def model_folder(settings: Settings) -> Traversable | Path:
    """The folder of cube models: the setting's, or the one that comes with Indicube."""
    return settings.model_folder or files("cube_models")


def _table_of(specification: Specification, tables: HasTables) -> AnyTable:
    known: dict[str, AnyTable] = {**tables.fact_tables, **tables.dimension_tables}
    name = specification.table
    if name not in known:
        raise InvalidInput(
            f"{specification.pack}/loads: {specification.name} fills the table {name!r}, which "
            f"the cube model does not have; it has {', '.join(sorted(known))}",
            field="table",
            allowed=sorted(known),
        )
    return known[name]
