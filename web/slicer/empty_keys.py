"""An empty text in the path of a cut, where keys are numbers or days.

Pages of Cubes send it for a member that is absent. Cubes compares it with the keys like any other
text: it is none of them, so a cut that names it alone leaves nothing, and is no mistake.
"""

import re
from collections.abc import Iterator, Sequence

from server.cube.cube_model import CubeModel
from server.cube.cuts import NULL, hierarchy_of, pieces_of
from server.cube.elements import Dimension, Hierarchy, Level
from server.cube.key_values import read_key
from server.errors import IndicubeError, InvalidInput

_HEAD = re.compile(r"(!?)(\w+)(?:@(\w+))?")
_PATHS = re.compile(r"(?<!\\);")
_KEYS = re.compile(r"(?<!\\),")
_RANGE = re.compile(r"(?<!\\)-")


def without_empty_keys(model: CubeModel, texts: Sequence[str]) -> tuple[str, ...]:
    """The cuts in texts, those with keys that no member has as others that mean the same."""
    if not any(_may_hold(text) for text in texts):
        return tuple(texts)
    return tuple(_meant(model, piece) for _, piece in pieces_of(texts))


def _may_hold(text: str) -> bool:
    return bool(re.search(r"[:,;](?=[,;|]|$)", text))


def _meant(model: CubeModel, piece: str) -> str:
    head, _, spec = piece.partition(":")
    found = _HEAD.fullmatch(head)
    if found is None or _RANGE.search(spec):
        return piece
    try:
        dimension = model.dimension(found[2])
        hierarchy = hierarchy_of(dimension, found[3])
    except IndicubeError:
        return piece  # which whoever reads it will tell
    paths = _PATHS.split(spec)
    possible = [path for path in paths if not any(_strange(dimension, hierarchy, path))]
    if len(possible) == len(paths):
        return piece
    if possible:
        return f"{head}:{';'.join(possible)}"
    absent = ",".join(key or NULL for key in _KEYS.split(paths[0]))
    cut = f"{head}:{absent}"
    return cut if found[1] else f"{cut}|!{cut}"  # what is there; or nothing, at that depth


def _strange(dimension: Dimension, hierarchy: Hierarchy, path: str) -> Iterator[bool]:
    """Of each key of a path whether it is empty where no key can be."""
    for level, key in zip(hierarchy.levels, _KEYS.split(path), strict=False):
        yield not key and not _takes(dimension, level)


def _takes(dimension: Dimension, level: Level) -> bool:
    try:
        read_key(dimension, level, "")
    except InvalidInput:
        return False
    return True
