"""The only import of `cubes` (DataBrewery Cubes 1.1) and the lines it needs on today's Python.

Cubes and its grammar library take abstract classes from `collections` and look for extensions with
`pkg_resources`. The names are put back for the import; the stand-in for `pkg_resources` is removed
again at once, because other packages decide by its presence what they do.
"""

import collections
import collections.abc
import sys
import types
import warnings
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

_ABSTRACT_CLASSES = ("Mapping", "MutableMapping", "Sequence", "Set", "Iterable", "Callable")


def _iter_entry_points(group: str, name: str | None = None) -> Iterable[EntryPoint]:
    return [entry for entry in entry_points(group=group) if name in (None, entry.name)]


def _import_cubes() -> types.ModuleType:
    for name in _ABSTRACT_CLASSES:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    stand_in = types.ModuleType("pkg_resources")
    stand_in.iter_entry_points = _iter_entry_points  # type: ignore[attr-defined]
    present = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its regular expressions are not raw strings
            import cubes
    finally:
        if present is None:
            del sys.modules["pkg_resources"]
        else:
            sys.modules["pkg_resources"] = present
    return cubes  # type: ignore[no-any-return]


_cubes = _import_cubes()

AggregationBrowser = _cubes.AggregationBrowser
AggregationResult = _cubes.AggregationResult
Cell = _cubes.Cell
Cube = _cubes.Cube
Dimension = _cubes.Dimension
Drilldown = _cubes.Drilldown
Facts = _cubes.Facts
PointCut = _cubes.PointCut
RangeCut = _cubes.RangeCut
SetCut = _cubes.SetCut
