"""The same rows in the store, and browsers over them at every moment."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from server.access import EVERYTHING, Scope
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.elements import Membership
from server.cube.model import Model, load_model
from server.snapshot import Snapshot
from server.store.address import parse_address
from server.store.arrow import arrow_schema
from server.store.client import Store
from server.store.connection import create_database
from server.store.dictionaries import reload_dictionary
from server.store.migrate import ensure_tables
from server.store.readers import Limits
from tests.engine import fresh_database
from tests.truth.documents import write_model
from tests.truth.parts import Moment, World


class OurEngine:
    """A world in a database of the engine of this process."""

    def __init__(self, world: World, address: str = "", *, is_filled: bool = False) -> None:
        self.world = world
        self.model = model_of(world)
        self.store = Store(parse_address(address or fresh_database()), Limits(readers=2))
        if is_filled:
            return
        create_database(self.store.address)
        ensure_tables(self.store, self.model)
        self._fill()

    def browser(
        self,
        moment: Moment,
        membership: Membership = "as_was",
        language: str = "en",
        scope: Scope = EVERYTHING,
        readers: Any = None,
        is_rolled: bool = False,
        cube: str = "facts",
    ) -> ClickHouseBrowser:
        """A browser over what is visible at a moment."""
        cubes = Cubes(self.model, readers or self.store.readers)
        snapshot = self.snapshot(moment, is_rolled)
        return cubes.browser(cube, snapshot, scope, language, membership)

    def snapshot(self, moment: Moment, is_rolled: bool = False) -> Snapshot:
        """The moment as the store is told of it: what is hidden, not what is shown."""
        worlds = (self.world, *self.world.others)
        loaded = {each.name: days for each in worlds if (days := each.days(moment))}
        rolls = self.model.cubes["facts"].roll_ups
        hidden = tuple(sorted(set(range(1, moment.top + 1)) - set(moment.visible)))
        return Snapshot(
            moment.number,
            moment.top,
            hidden={each.name: hidden for each in worlds},
            versions=dict(moment.versions),
            published_at=datetime(1970, 1, 1, tzinfo=UTC),
            first_dates={name: min(days) for name, days in loaded.items()},
            watermarks={name: max(days) for name, days in loaded.items()},
            rollups={each.address: place for place, each in enumerate(rolls)} if is_rolled else {},
        )

    def close(self) -> None:
        """Drop the database and close the store."""
        with self.store.writer() as writer:
            writer.run(f"DROP DATABASE IF EXISTS `{self.store.database}` SYNC")
        self.store.close()

    def _fill(self) -> None:
        worlds = (self.world, *self.world.others)
        rows = {each.name: each.facts for each in worlds} | dict(self.world.members)
        tables: dict[str, Any] = {**self.model.fact_tables, **self.model.dimension_tables}
        with self.store.writer() as writer:
            for name, values in rows.items():
                kinds = arrow_schema(tables[name])
                schema = pa.schema([pa.field("_load", pa.uint32()), *kinds])
                columns = dict(zip(schema.names, map(list, zip(*values, strict=True)), strict=True))
                writer.insert(name, pa.table(columns, schema=schema), f"{name}-1")
        for table in self.model.dimension_tables.values():
            reload_dictionary(self.store, table)


def model_of(world: World) -> Model:
    """The model, read from its documents as any other."""
    with tempfile.TemporaryDirectory() as folder:
        write_model(world, Path(folder))
        return load_model(Path(folder), "truth")
