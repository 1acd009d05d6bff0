"""The one joiner: opens what the use cases need from the settings, and closes it together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable

from server.as_of import AsOf
from server.cube.browser import Cubes, Limits
from server.cube.model import Model, load_model
from server.errors import InvalidInput, SettingsError
from server.ledger.snapshot import open_snapshot
from server.ledger.verify import refuse_foreign_rows
from server.metadata.publications import first_publication
from server.metadata.session import Metadata, open_metadata
from server.queue import Queue
from server.settings import Settings
from server.snapshot import AsOf, Snapshot
from server.store.client import Store, open_store
from server.store.migrate import ensure_tables

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """What the use cases work with; holds parts and has no behaviour of its own."""

    settings: Settings
    metadata: Metadata
    store: Store
    cubes: Cubes
    queue: Queue
    clock: Clock = utc_now

    def snapshot(self, as_of: AsOf | None = None) -> Snapshot:
        """The published state: the latest, or that of a number or an instant."""
        return open_snapshot(self.metadata, as_of)

    def _snapshot_by(self, instant: datetime) -> Snapshot:
        # Later today is today; a later day would be answered otherwise when it has come.
        if instant.date() > self.clock().date():
            raise InvalidInput(
                f"as_of is {instant.date().isoformat()}, which has not come yet; "
                f"the last day is today, {self.clock().date().isoformat()}.",
                field="as_of",
            )
        snapshot = open_snapshot(self.metadata, instant)
        if not snapshot.number:
            raise InvalidInput(self._nothing_yet(instant), field="as_of")
        return snapshot

    def _nothing_yet(self, instant: datetime) -> str:
        with self.metadata.read() as session:
            first = first_publication(session)
        said = f"Nothing was published by {instant.isoformat(timespec='minutes')}"
        if first is None:
            return f"{said}, nor later."
        return f"{said}; snapshot {first.number} was the first, at {first.at.isoformat()}."

    def close(self) -> None:
        """Close the store and the metadata; the queue holds no connection open."""
        self.store.close()
        self.metadata.close()


def open_runtime(settings: Settings, clock: Clock = utc_now) -> Runtime:
    """Open everything that the settings name, with the tables of the served pack in place.

    Raises:
        ManyErrors: the cube model has mistakes; each is named with its file and place.
        StoreInUse, StoreAway, ModelMismatch: the facts cannot be opened, or not with this model.
    """
    model = served_model(settings)
    metadata = open_metadata(settings.database)
    try:
        metadata.migrate()
        store = open_store(settings)
    except BaseException:
        metadata.close()
        raise
    try:
        ensure_tables(store, model)
        refuse_foreign_rows(metadata, store, (*model.fact_tables, *model.dimension_tables))
    except BaseException:
        store.close()
        metadata.close()
        raise
    cubes = Cubes(model, store.readers, Limits(members=settings.max_members))
    return Runtime(settings, metadata, store, cubes, Queue(settings.redis), clock)


def served_model(settings: Settings) -> Model:
    """The cube model of the one pack that this installation serves."""
    folder = settings.model_folder or files("cube_models")
    packs = settings.packs or packs_in(folder)
    if len(packs) != 1:
        raise SettingsError(
            f"INDICUBE_PACKS must name one pack; there are {', '.join(packs) or 'none'}.",
            field="INDICUBE_PACKS",
            allowed=packs_in(folder),
        )
    return load_model(folder, packs[0])


def packs_in(folder: Traversable) -> tuple[str, ...]:
    """The packs of a folder: its sub-folders that hold a cubes.json."""
    found = (one.name for one in folder.iterdir() if one.joinpath("cubes.json").is_file())
    return tuple(sorted(found))
