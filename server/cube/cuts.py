"""Cuts: what a cell leaves in, as values, from text and back to text.

The grammar is that of the Slicer API: cuts are joined by `|`, a cut is `[!]dimension[@hierarchy]:`
and then a path (`2013,4`), a set of paths (`B6;UA`) or a range (`2013,3-2013,5`, open at either
end). A value is written with a backslash before each of `\\ ! | : ; , -`; `__null__` is the member
that is absent.

Two things go beyond that grammar's paths. `dimension.attribute:` cuts on any attribute, also one
that is no level's key; who does not know it finds no dimension of such a name. And a path of time
of one value may be a day counted from today, such as `yesterday` or `lastmonth`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeVar

from server.cube.cube_model import CubeModel
from server.cube.elements import Attribute, Dimension, DimensionKind, Hierarchy
from server.cube.key_values import Key, check_path, key_text, parts_of, read_key
from server.cube.relative_dates import is_relative, relative_day
from server.cube.time_paths import End, path_reached
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors, NotFound

NULL = "__null__"
MOST_CUTS = 100
MOST_PATHS = 2_000  # of one set

Path = tuple[Key, ...]
Kind = Literal["point", "set", "range"]
Item = TypeVar("Item")

# The keys that a day has at the levels of a time that is no column of days, but a table.
_UNITS: Mapping[str, Callable[[date], int]] = {
    "year": lambda day: day.year,
    "quarter": lambda day: (day.month + 2) // 3,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
}

_ENDS: tuple[End, End] = ("first", "last")  # of a range
_HEAD = re.compile(r"(!)?(\w+)(?:\.(\w+)|@(\w+))?")
_ESCAPED = re.compile(r"\\([\\!|:;,-])")
_SPECIAL = re.compile(r"([\\!|:;,-])")


@dataclass(frozen=True)
class Cut:
    """A condition on one dimension; its paths hold values of the keys' own types."""

    dimension: str
    hierarchy: str
    kind: Kind
    paths: tuple[Path, ...]  # a point has one, a range two: from and to, () where it is open
    is_negated: bool = False
    attribute: str = ""  # of the dimension; then paths hold one value of it, and no hierarchy

    @property
    def depth(self) -> int:
        """How many levels the longest path names."""
        return max(len(path) for path in self.paths)


def parse_cuts(
    cube: CubeModel, text: str | Sequence[str], today: date | None = None
) -> tuple[Cut, ...]:
    """The cuts in a text, or in several; all mistakes are reported at once.

    Days counted from today become plain paths; without a day that is today they are refused.

    Raises:
        NotFound: a dimension or hierarchy that the cube does not have.
        InvalidInput: a text that is no cut, or a value that the level cannot have.
        LimitReached: more cuts, or more paths in one set, than are allowed.
    """
    texts = [text] if isinstance(text, str) else list(text)
    pieces = [piece for each in texts if each for piece in _split(each, "|")]
    _limit(len(pieces), MOST_CUTS, "cuts")
    return _all_of(lambda piece: _parse_cut(cube, piece, today), pieces)


def pieces_of(text: str | Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Each cut in a text, or in several, after the dimension that it is on; empty for no cut."""
    texts = [text] if isinstance(text, str) else list(text)
    pieces = [piece for each in texts if each for piece in _split(each, "|")]
    heads = [_HEAD.fullmatch(_split(piece, ":")[0]) for piece in pieces]
    return tuple(
        (head.group(2) if head else "", piece) for head, piece in zip(heads, pieces, strict=True)
    )


def cuts_from_objects(
    cube: CubeModel, objects: Iterable[Mapping[str, Any]], today: date | None = None
) -> tuple[Cut, ...]:
    """The cuts written as JSON objects.

    Keys: type (point, set, range), dimension, hierarchy or attribute, invert, and path, paths or
    from and to.
    """
    listed = list(objects)
    _limit(len(listed), MOST_CUTS, "cuts")
    return _all_of(lambda each: _cut_from_object(cube, each, today), listed)


def text_of(cube: CubeModel, cuts: Iterable[Cut]) -> str:
    """The cuts as text that `parse_cuts` reads back to the same cuts."""
    return "|".join(_cut_text(cube, cut) for cut in cuts)


def path_text(path: Path) -> str:
    """A path as it stands in a cut, escaped."""
    return ",".join(NULL if key is None else _SPECIAL.sub(r"\\\1", key_text(key)) for key in path)


def _all_of(read: Callable[[Item], Cut], items: Iterable[Item]) -> tuple[Cut, ...]:
    cuts: list[Cut] = []
    errors: list[IndicubeError] = []
    for item in items:
        try:
            cuts.append(read(item))
        except (InvalidInput, NotFound, LimitReached) as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ManyErrors(errors)
    return tuple(cuts)


def _parse_cut(cube: CubeModel, text: str, today: date | None) -> Cut:
    parts = _split(text, ":")
    head = _HEAD.fullmatch(parts[0])
    if len(parts) != 2 or head is None:
        raise InvalidInput(
            f"{text!r} is not a cut; write dimension:path, dimension:path;path or "
            "dimension:from-to, with a backslash before \\ ! | : ; , - inside a value.",
            code="invalid_cut",
            field="cut",
        )
    negation, name, attribute, along = head.groups()
    place = _place(cube.dimension(name), attribute, along)
    kind, raw_paths = _kind_and_paths(text, parts[1])
    return place.cut(kind, raw_paths, bool(negation), today)


def hierarchy_of(dimension: Dimension, name: str | None) -> Hierarchy:
    """The dimension's hierarchy of that name, or its default one; else `NotFound`."""
    hierarchy = dimension.hierarchy(name) if name else dimension.default_hierarchy
    if hierarchy is None:
        allowed = tuple(each.name for each in dimension.hierarchies)
        raise NotFound(
            f"Dimension {dimension.name} has no hierarchy {name!r}. It has: {', '.join(allowed)}.",
            code="unknown_hierarchy",
            field="hierarchy",
            allowed=allowed,
        )
    return hierarchy


def attribute_of(dimension: Dimension, name: str) -> Attribute:
    """The dimension's attribute of that name; `NotFound` names those that there are."""
    for attribute in dimension.attributes:
        if attribute.name == name:
            return attribute
    allowed = tuple(each.name for each in dimension.attributes)
    raise NotFound(
        f"Dimension {dimension.name} has no attribute {name!r}. It has: {', '.join(allowed)}.",
        code="unknown_attribute",
        field="cut",
        allowed=allowed,
    )


def along_attribute(dimension: Dimension, name: str) -> Hierarchy:
    """An attribute as a hierarchy of one level, whose key it is."""
    attribute = attribute_of(dimension, name)
    level = next(each for each in dimension.levels if attribute in each.attributes)
    keyed = replace(level, name=name, key=attribute, label=attribute, order_by=attribute)
    return Hierarchy(name, attribute.labels, (keyed,))


@dataclass(frozen=True)
class _Place:
    """What a cut is on: a hierarchy of a dimension, or one of its attributes."""

    dimension: Dimension
    hierarchy: Hierarchy
    attribute: str = ""

    def cut(
        self, kind: Kind, raw_paths: Iterable[Sequence[Any]], negated: bool, today: date | None
    ) -> Cut:
        """The cut of these paths, checked."""
        raws = list(raw_paths)
        ends = _ENDS if kind == "range" else (None,) * len(raws)
        paths = tuple(self._path(raw, today, end) for raw, end in zip(raws, ends, strict=True))
        if kind == "range" and any(map(self._is_nowhere, raws, paths)):
            kind, paths = "point", ((None,) * len(self.hierarchy.levels),)
        for path in paths:
            self._check(kind, path)
        hierarchy = "" if self.attribute else self.hierarchy.name
        return Cut(self.dimension.name, hierarchy, kind, paths, negated, self.attribute)

    def _path(self, raw: Sequence[Any], today: date | None, end: End | None) -> Path:
        if self._is_relative(raw):
            return self._day(raw[0], today, end)
        return _read_path(self.dimension, self.hierarchy, raw)

    def _is_nowhere(self, raw: Sequence[Any], path: Path) -> bool:
        """Whether it is a day counted from today beyond the calendar: a run from there is empty."""
        return self._is_relative(raw) and None in path

    def _is_relative(self, raw: Sequence[Any]) -> bool:
        is_time = self.dimension.kind is DimensionKind.TIME or self._has_units()
        is_word = len(raw) == 1 and isinstance(raw[0], str) and is_relative(raw[0])
        return is_word and is_time and not self.attribute

    def _has_units(self) -> bool:
        """Whether it is a time of a table, with levels that a day says the keys of."""
        levels = self.hierarchy.levels
        return self.dimension.role == "time" and all(each.name in _UNITS for each in levels)

    def _day(self, text: str, today: date | None, end: End | None) -> Path:
        day = relative_day(text, today) if today else None
        if day is None:
            raise InvalidInput(
                f"{text!r} cannot be said here; write the day itself.",
                code="invalid_value",
                field=self.dimension.name,
            )
        if self.dimension.kind is DimensionKind.TIME:
            return path_reached(parts_of(self.hierarchy), day, end)
        keys = [str(_UNITS[level.name](day)) for level in self.hierarchy.levels]
        return _read_path(self.dimension, self.hierarchy, keys)

    def _check(self, kind: Kind, path: Path) -> None:
        if not self.attribute:
            check_path(self.dimension, self.hierarchy, path)
        if kind == "range" and None in path:
            raise InvalidInput(
                f"A range of {self.dimension.name} cannot end at {NULL}.",
                code="invalid_cut",
                field=self.dimension.name,
            )


def _place(dimension: Dimension, attribute: str | None, along: str | None) -> _Place:
    if attribute:
        return _Place(dimension, along_attribute(dimension, attribute), attribute)
    return _Place(dimension, hierarchy_of(dimension, along))


def _kind_and_paths(text: str, spec: str) -> tuple[Kind, list[list[str]]]:
    members, ends = _split(spec, ";"), _split(spec, "-")
    if len(members) > 1 and len(ends) == 1:
        _limit(len(members), MOST_PATHS, "paths in one set")
        return "set", [_split(member, ",") for member in members]
    if len(ends) == 2 and len(members) == 1:
        return "range", [_split(end, ",") if end else [] for end in ends]
    if len(ends) == 1:
        return "point", [_split(spec, ",")]
    raise InvalidInput(
        f"{text!r} mixes a set and a range; a value's own minus is written \\-.",
        code="invalid_cut",
        field="cut",
    )


def _read_path(dimension: Dimension, hierarchy: Hierarchy, raw: Sequence[Any]) -> Path:
    if len(raw) > len(hierarchy.levels):
        levels = tuple(level.name for level in hierarchy.levels)
        raise InvalidInput(
            f"A path of {dimension.name}@{hierarchy.name} has at most {len(levels)} levels "
            f"({', '.join(levels)}), this one has {len(raw)}.",
            code="hierarchy",
            field=dimension.name,
            allowed=levels,
        )
    return tuple(
        None if value in (None, NULL) else read_key(dimension, level, _unescaped(value))
        for level, value in zip(hierarchy.levels, raw, strict=False)
    )


def _cut_from_object(cube: CubeModel, values: Mapping[str, Any], today: date | None) -> Cut:
    along, attribute = values.get("hierarchy"), values.get("attribute")
    place = _place(
        cube.dimension(str(values.get("dimension"))),
        str(attribute) if attribute is not None else None,
        str(along) if along is not None else None,
    )
    kind, raw_paths = _object_paths(values)
    escaped = [_escaped(raw) for raw in raw_paths]
    return place.cut(kind, escaped, bool(values.get("invert")), today)


def _object_paths(values: Mapping[str, Any]) -> tuple[Kind, list[list[Any]]]:
    forms: dict[str, tuple[Kind, list[Any]]] = {
        "point": ("point", [values.get("path")]),
        "set": ("set", values.get("paths") or []),
        "range": ("range", [values.get("from") or [], values.get("to") or []]),
    }
    kind, paths = forms.get(str(values.get("type")).lower(), ("point", []))
    if not paths or not all(isinstance(path, (list, tuple)) for path in paths):
        raise InvalidInput(
            "A cut is an object of type point (with path), set (with paths) or range (with from "
            "and to); a path is a list of keys.",
            code="invalid_cut",
            field="cut",
            allowed=tuple(forms),
        )
    _limit(len(paths), MOST_PATHS, "paths in one set")
    return kind, [list(path) for path in paths]


def _escaped(raw: Sequence[Any]) -> list[str | None]:
    return [None if value is None else _SPECIAL.sub(r"\\\1", str(value)) for value in raw]


def _cut_text(cube: CubeModel, cut: Cut) -> str:
    default = cube.dimension(cut.dimension).default_hierarchy.name
    hierarchy = "" if cut.hierarchy in ("", default) else f"@{cut.hierarchy}"
    if cut.attribute:
        hierarchy = f".{cut.attribute}"
    joiner = "-" if cut.kind == "range" else ";"
    paths = joiner.join(path_text(path) for path in cut.paths)
    return f"{'!' if cut.is_negated else ''}{cut.dimension}{hierarchy}:{paths}"


def _split(text: str, separator: str) -> list[str]:
    """Split at the separators that no backslash escapes; the pieces keep their backslashes."""
    if "\\" not in text:
        return text.split(separator)
    pieces = [""]
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and position + 1 < len(text):
            pieces[-1] += text[position : position + 2]
            position += 2
            continue
        if character == separator:
            pieces.append("")
        else:
            pieces[-1] += character
        position += 1
    return pieces


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(r"\1", value)


def _limit(number: int, most: int, noun: str) -> None:
    if number > most:
        raise LimitReached(f"There are {number} {noun}; at most {most} are allowed.", field="cut")
