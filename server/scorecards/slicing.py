"""The slice of a screen: from the texts of its URL to cuts, and whether a cube can answer it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.cube.model import CubeModel

_SPECIAL = re.compile(r"([\\!|:;,\-])")
NULL = "__null__"


@dataclass(frozen=True)
class Cuts:
    """Chosen paths by dimension; an empty path does not cut."""

    paths: tuple[tuple[str, tuple[str | None, ...]], ...] = ()

    @classmethod
    def of(cls, paths: Mapping[str, tuple[str | None, ...]]) -> "Cuts":
        """Keep the paths that cut, in order of dimension."""
        return cls(tuple(sorted((name, path) for name, path in paths.items() if path)))

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions that are cut."""
        return frozenset(name for name, _ in self.paths)

    def path(self, dimension: str) -> tuple[str | None, ...]:
        """The chosen path of one dimension; empty when it is not cut."""
        return dict(self.paths).get(dimension, ())

    def texts(self) -> tuple[str, ...]:
        """The cuts in the grammar of the aggregation API."""
        return tuple(f"{name}:{path_text(path)}" for name, path in self.paths)

    def fit(self, cube: CubeModel) -> bool:
        """Whether the cube has every dimension that is cut."""
        return all(cube.has_dimension(name) for name in self.dimensions)

    def beside(self, cube: CubeModel) -> "Cuts | None":
        """What narrows a further cube of a formula; None when it has nothing to say under these.

        A dimension that it lacks narrows nothing of it where its model is open to it.
        """
        own = tuple((name, path) for name, path in self.paths if cube.has_dimension(name))
        lacking = self.dimensions - {name for name, _ in own}
        return Cuts(own) if lacking <= set(cube.open_to) else None

    def and_also(self, dimension: str, path: tuple[str | None, ...]) -> "Cuts":
        """The same cuts with one dimension's path replaced."""
        return Cuts.of({**dict(self.paths), dimension: path})


NO_CUTS = Cuts()


def path_text(path: tuple[str | None, ...]) -> str:
    """A path in the grammar of the aggregation API, with special characters escaped."""
    return ",".join(NULL if part is None else _SPECIAL.sub(r"\\\1", part) for part in path)


def read_path(text: str) -> tuple[str | None, ...]:
    """Read what `path_text` writes; an empty text is the empty path."""
    if not text:
        return ()
    parts = re.split(r"(?<!\\),", text)
    return tuple(None if part == NULL else re.sub(r"\\(.)", r"\1", part) for part in parts)
