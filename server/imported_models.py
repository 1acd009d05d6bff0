"""The model that is served: the pack's cubes, and beside them those of every imported model.

What was imported is written in the metadata. Every process looks there once a second, and whenever
a new snapshot is asked, so that a model is in service everywhere soon after it was published, and
no answer takes the tables of one version for those of another.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from time import monotonic
from types import MappingProxyType

from server.cube.cube_model import CubeModel
from server.cube.cubes_reading import ImportedModel, read_cubes_model
from server.cube.model import Model, Spell
from server.errors import IndicubeError
from server.metadata.imports import ImportedVersion, all_imports, imports_number
from server.metadata.session import Metadata

LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


class ImportedModels:
    """The imported models as they stand in the metadata, joined with the pack's model."""

    def __init__(
        self, metadata: Metadata, pack: Model, clock: Callable[[], float] = monotonic
    ) -> None:
        self._metadata = metadata
        self._pack = pack
        self._clock = clock
        self._lock = Lock()
        self._read: dict[int, ImportedModel | None] = {}
        self._number = -1
        self._snapshot = 0  # the last one for which was looked
        self._looked = clock()
        self._versions: tuple[ImportedVersion, ...] = ()
        self._model = pack
        self.look()

    @property
    def pack(self) -> Model:
        """The model of the pack alone."""
        return self._pack

    @property
    def versions(self) -> Mapping[str, ImportedVersion]:
        """The version in force of each imported model, by name, those without cubes too."""
        return in_force(self._versions)

    @property
    def history(self) -> tuple[ImportedVersion, ...]:
        """Every version of all of them."""
        return self._versions

    def current(self) -> Model:
        """The model that is served; at most a second behind what is written."""
        if self._clock() - self._looked >= LOOK_SECONDS:
            try:
                self.look()
            except IndicubeError:  # the metadata are away: what was read stays true meanwhile
                self._looked = self._clock()
        return self._model

    def know(self, snapshot: int) -> None:
        """Be up to date with a snapshot: what was published with it is known from now on."""
        if snapshot > self._snapshot:
            self.look()
            self._snapshot = max(self._snapshot, snapshot)

    def look(self) -> None:
        """Look at once whether another model was imported."""
        with self._lock:
            self._looked = self._clock()
            with self._metadata.read() as session:
                number = imports_number(session)
                if number == self._number:
                    return
                self._versions = all_imports(session)
            self._model = served(self._pack, self._versions, self._as_read)
            self._number = number

    def _as_read(self, version: ImportedVersion) -> ImportedModel | None:
        if version.number not in self._read:
            self._read[version.number] = _readable(version)
        return self._read[version.number]


def served(
    pack: Model,
    versions: Sequence[ImportedVersion],
    read: Callable[[ImportedVersion], ImportedModel | None],
) -> Model:
    """The pack's cubes and those of the imported models in force, each with its earlier tables."""
    spells: dict[str, tuple[Spell, ...]] = {}
    latest = {version.name: version.number for version in versions}
    found: dict[str, CubeModel] = {}
    for version in versions:
        for name, cube in _cubes_of(version, read).items():
            spells[name] = _continued(spells.get(name, ()), Spell(version.snapshot, cube))
            if latest[version.name] == version.number:
                found[name] = cube
    for name in [each for each in found if each in pack.cubes]:
        log.warning("the imported cube %s is not served: the pack has one of this name", name)
    own = {name: cube for name, cube in found.items() if name not in pack.cubes}
    kept = {name: each for name, each in spells.items() if name not in pack.cubes}
    return replace(
        pack, cubes=MappingProxyType({**pack.cubes, **own}), spells=MappingProxyType(kept)
    )


def in_force(versions: Iterable[ImportedVersion]) -> Mapping[str, ImportedVersion]:
    """The latest version of each imported model."""
    return {version.name: version for version in versions}


def read_version(version: ImportedVersion) -> ImportedModel:
    """The model of a version; ManyErrors where it is not understood any more."""
    body = version.body
    return read_cubes_model(
        body["document"],
        body["types"],
        name=body["prefix"],
        where=body["where"],
        time_zone=body["time_zone"],
    )


def _readable(version: ImportedVersion) -> ImportedModel | None:
    try:
        return read_version(version)
    except IndicubeError as reason:
        log.error("the imported model %s is not served: %s", version.name, reason.message)
        return None


def _cubes_of(
    version: ImportedVersion, read: Callable[[ImportedVersion], ImportedModel | None]
) -> Mapping[str, CubeModel]:
    imported = read(version)
    if imported is None:
        return {}
    without = version.body["without"]
    return {
        name: replace(cube, imported_as=version.name)  # whatever its tables are called
        for name, cube in imported.model.cubes.items()
        if name not in without
    }


def _continued(before: tuple[Spell, ...], spell: Spell) -> tuple[Spell, ...]:
    """A version over the same tables goes on with the spell; one over others begins its own."""
    if before and before[-1].cube.fact.name == spell.cube.fact.name:
        return (*before[:-1], Spell(before[-1].since, spell.cube))
    return (*before, spell)
