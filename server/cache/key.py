"""What an answer depends on, as one key: whoever may see something else has another one.

An answer is a function of what its key is made of: the question in its canonical form, the rows
that the cubes it reads show, what is expected of their sources and by which day that is judged, the
cubes as the model has them, the definitions where they are read, whom it is for, in which language
and form. A publication to one cube leaves the keys of the others as they were.
"""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Generic, TypeVar

from server.access import Scope
from server.cube.cube_model import CubeModel
from server.cube.model import Model
from server.cube.terms import today_of
from server.indicators.receipt import canonical_json
from server.snapshot import Snapshot

_MOST_CUBES = 200  # whose text is kept ready
_MOST_SNAPSHOTS = 8  # likewise; nearly every question is asked at the last one

T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """What an answer is worked out from."""

    cubes: tuple[str, ...] | None = None  # by name; None: every cube of the model
    has_definitions: bool = True  # indicators, scorecards, targets, weights, policies


EVERYTHING_READ = Reading()


@dataclass(frozen=True)
class Asked:
    """A question with all that its answer depends on.

    `question` is made of JSON values: the same values exactly where the same is asked. Whatever
    else the answer depends on belongs into it: a moment, a page, what the asker has a right to.
    """

    question: object
    reading: Reading
    snapshot: Snapshot
    scope: Scope
    language: str
    form: str  # page, block, json, csv, …


class Keys:
    """Builds the keys of one installation; cubes and states that did not change are kept ready."""

    def __init__(self, model: Callable[[], Model]) -> None:
        self._model = model
        self._cubes: _Ready[CubeModel] = _Ready(_MOST_CUBES)
        self._states: _Ready[Snapshot] = _Ready(_MOST_SNAPSHOTS)

    def key(self, asked: Asked) -> str:
        """The key of the answer."""
        words = canonical_json(
            {
                "question": asked.question,
                "model": self._model().version,
                "facts": [self.state(cube, asked.snapshot) for cube in self._read(asked)],
                "definitions": asked.snapshot.definitions if asked.reading.has_definitions else "",
                "scope": scope_words(asked.scope),
                "language": asked.language,
                "form": asked.form,
                "release": _RELEASE,
            }
        )
        return sha256(words.encode()).hexdigest()

    def state(self, cube: CubeModel, snapshot: Snapshot) -> str:
        """A cube and what a snapshot shows of it, as a short text."""
        is_as = self._cubes.get(cube, "", lambda: _hashed(repr(cube)))
        return self._states.get(snapshot, is_as, lambda: _hashed(is_as + _shown(cube, snapshot)))

    def is_closed(self, asked: Asked) -> bool:
        """Whether rows that the answer reads are found damaged: then nothing is given of it."""
        closed = asked.snapshot.closed
        return bool(closed) and any(closed & set(_tables(cube)) for cube in self._read(asked))

    def _read(self, asked: Asked) -> tuple[CubeModel, ...]:
        model, cubes = self._model(), asked.reading.cubes
        names = tuple(model.cubes) if cubes is None else tuple(sorted(set(cubes)))
        return tuple(model.cube_at(name, asked.snapshot.number) for name in names)


def scope_words(scope: Scope) -> list[str]:
    """A scope as text: the same one exactly where the same may be seen, in whatever order."""
    words: list[str] = []
    for field in dataclasses.fields(scope):
        value = getattr(scope, field.name)
        several = (
            sorted(map(repr, value)) if isinstance(value, tuple | frozenset) else [repr(value)]
        )
        words += [f"{field.name} {one}" for one in several]
    return words


class _Ready(Generic[T]):
    """Texts about values that are never changed, kept as long as the value is asked about."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        # By the value's identity; the value is held, so that no other one can have it.
        self._known: OrderedDict[int, tuple[T, dict[str, str]]] = OrderedDict()

    def get(self, value: T, name: str, make: Callable[[], str]) -> str:
        """The text of that name about the value."""
        with self._lock:
            _, texts = self._known.setdefault(id(value), (value, {}))
            self._known.move_to_end(id(value))
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            found = texts.get(name)
        if found is None:
            found = texts[name] = make()
        return found


def _shown(cube: CubeModel, snapshot: Snapshot) -> str:
    """What the snapshot shows of a cube, in all that an answer can depend on."""
    table = cube.fact.name
    parts: list[object] = [(one, snapshot.changed_in(one)) for one in _tables(cube)]
    parts += [
        today_of(cube, snapshot),
        snapshot.first_dates.get(table),
        snapshot.watermarks.get(table),
        sorted(f"{one.contract!r} {one.today}" for one in snapshot.arrivals_of(table)),
        sorted(name for name in snapshot.rollups if name.startswith(f"{table}.")),
        snapshot.mended,
    ]
    return repr(parts)


def _tables(cube: CubeModel) -> tuple[str, ...]:
    return (cube.fact.name, *(table.name for table in cube.dimension_tables))


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _release() -> str:
    try:
        return version("indicube")
    except PackageNotFoundError:
        return ""


_RELEASE = _release()
