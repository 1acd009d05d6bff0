"""The one joiner: opens what the use cases need from the settings, and closes it together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from weakref import WeakKeyDictionary

from server.arrivals.contract import Contract
from server.arrivals.coverage import Arrivals, Path
from server.cache.cache import share_of
from server.cache.key import Keys
from server.cache.rows import KeptRows
from server.cube.browser import Cubes, Limits
from server.cube.model import Model, load_model
from server.errors import SettingsError
from server.imported_models import ImportedModels
from server.ledger.arrivals import arrived_at, contracts_in
from server.ledger.as_known import open_as_of
from server.ledger.closing import close_damaged
from server.ledger.mirror import check_mirror, mirrored
from server.ledger.rollups import settle_roll_ups, withheld
from server.ledger.verify import refuse_foreign_rows
from server.metadata.session import Metadata, open_metadata
from server.queue import Queue
from server.settings import Settings
from server.snapshot import AsOf, AsOfModel, Snapshot
from server.store.client import Store, store_at
from server.store.connection import create_database
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
    contracts: tuple[Contract, ...] = ()  # of arrival
    imports: ImportedModels | None = None  # None: the pack alone is served

    def snapshot(self, as_of: AsOf | None = None, as_of_model: AsOfModel | None = None) -> Snapshot:
        """The published state: the latest, or that of a number or an instant.

        Its definitions are those in force now, or by `as_of_model`.

        Raises:
            InvalidInput: there is none; the sentence says which there are.
            Gone: rows that it showed are purged.
        """
        now = self.clock()
        opened = mirrored(self.store, open_as_of(self.metadata, as_of, now, as_of_model))
        if self.imports is not None:
            self.imports.know(opened.number)
        known = (opened.published_at or now) if as_of is not None else now
        return _arrived(self, opened, known.date()) if self.contracts else opened

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
    runtime = _assembled(settings, clock)
    try:
        open_facts(runtime)
    except BaseException:
        runtime.close()
        raise
    return runtime


def open_without_facts(settings: Settings, clock: Clock = utc_now) -> Runtime:
    """Open everything but the facts: until `open_facts` was called, questions say they are away."""
    runtime = _assembled(settings, clock)
    runtime.store.pulse.hold()
    return runtime


def open_facts(runtime: Runtime) -> None:
    """Make database and tables, and let questions pass but to those that lack rows.

    Raises:
        StoreInUse, StoreAway, ModelMismatch: the facts cannot be opened, or not with this model.
    """
    store, model = runtime.store, runtime.cubes.model
    create_database(store.address)
    ensure_tables(store, model, withheld(runtime.metadata))
    settle_roll_ups(runtime.metadata, store, model.fact_tables.values(), runtime.clock())
    tables = (*model.fact_tables, *model.dimension_tables)
    refuse_foreign_rows(runtime.metadata, store, tables)
    close_damaged(runtime.metadata, store, tables, "a start", runtime.clock())
    check_mirror(runtime.metadata, store)
    store.pulse.release()


def _assembled(settings: Settings, clock: Clock) -> Runtime:
    folder, pack = served_pack(settings)
    model, contracts = load_model(folder, pack), contracts_in(folder, pack)
    metadata = open_metadata(settings.database)
    try:
        metadata.migrate()
        imports = ImportedModels(metadata, model)
        store = store_at(settings)
    except BaseException:
        metadata.close()
        raise
    limits = Limits(settings.max_cells, settings.max_members)
    kept = _kept_rows(settings, store, imports)
    cubes = Cubes(model, store.readers, limits, imports.current, kept)
    queue = Queue(settings.redis)
    return Runtime(settings, metadata, store, cubes, queue, clock, contracts, imports)


def _kept_rows(settings: Settings, store: Store, imports: ImportedModels) -> KeptRows | None:
    if not settings.cache_megabytes:
        return None
    keys, seconds = Keys(imports.current), float(settings.max_execution_seconds)
    return KeptRows(store.readers, store.pulse, keys, share_of(settings), seconds)


def served_model(settings: Settings) -> Model:
    """The cube model of the one pack that this installation serves."""
    return load_model(*served_pack(settings))


def whole_model(settings: Settings, metadata: Metadata) -> Model:
    """The same with the imported models that the metadata have."""
    return ImportedModels(metadata, served_model(settings)).current()


def served_pack(settings: Settings) -> tuple[Traversable, str]:
    """The folder of packs, and the one of them that this installation serves."""
    folder = settings.model_folder or files("cube_models")
    packs = settings.packs or packs_in(folder)
    if len(packs) != 1:
        raise SettingsError(
            f"INDICUBE_PACKS must name one pack; there are {', '.join(packs) or 'none'}.",
            field="INDICUBE_PACKS",
            allowed=packs_in(folder),
        )
    return folder, packs[0]


# The last snapshot that arrivals were added to, the day by which they are judged, and what came of
# it: nearly every request asks for the same.
_Arrived = tuple[Snapshot, date, Snapshot]
_last: WeakKeyDictionary[Cubes, _Arrived] = WeakKeyDictionary()


def _arrived(runtime: Runtime, opened: Snapshot, today: date) -> Snapshot:
    last = _last.get(runtime.cubes)
    if last is not None and last[0] is opened and last[1] == today:
        return last[2]
    found = _with_arrivals(runtime, opened, today)
    _last[runtime.cubes] = opened, today, found
    return found


def _with_arrivals(runtime: Runtime, snapshot: Snapshot, today: date) -> Snapshot:
    """The snapshot with what has arrived of what is expected by that day."""
    found: dict[str, tuple[Arrivals, ...]] = {}
    for contract in runtime.contracts:
        cube, dimension = _dimension_of(runtime.cubes.model, contract)
        one = Arrivals(
            contract,
            arrived_at(runtime.metadata, contract, snapshot.number),
            today,
            dimension,
            _members(runtime.cubes, cube, dimension, snapshot),
        )
        found[contract.table] = (*found.get(contract.table, ()), one)
    return replace(snapshot, arrivals=found)


def _dimension_of(model: Model, contract: Contract) -> tuple[str, str]:
    """A cube of the contract's table, and the dimension of it whose members are expected."""
    for cube in model.cubes.values():
        if cube.fact.name == contract.table:
            for dimension in cube.dimensions:
                if dimension.fact_column and dimension.fact_column.name == contract.by:
                    return cube.name, dimension.name
    return "", ""


def _members(
    cubes: Cubes, cube: str, dimension: str, snapshot: Snapshot
) -> Callable[[], Mapping[str, Path]]:
    """Asks for the members of a dimension when somebody wants to know them."""

    def ask() -> Mapping[str, Path]:
        if not dimension:
            return {}
        browser = cubes.browser(cube, snapshot)
        levels = browser.model.dimension(dimension).default_hierarchy.levels
        rows = browser.members(None, dimension, from_table=True)
        paths = (tuple(_text(row[level.key.ref]) for level in levels) for row in rows)
        return {path[-1]: path for path in paths if path[-1] is not None}

    return ask


def _text(key: object) -> str | None:
    return None if key is None else str(key)


def packs_in(folder: Traversable) -> tuple[str, ...]:
    """The packs of a folder: its sub-folders that hold a cubes.json."""
    found = (one.name for one in folder.iterdir() if one.joinpath("cubes.json").is_file())
    return tuple(sorted(found))
