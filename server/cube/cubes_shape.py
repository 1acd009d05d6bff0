"""The shape of a cubes 1.1 model: which values are texts, lists and objects, before it is read."""

from collections.abc import Callable, Mapping
from typing import Any

from server.cube.document import Mistakes

Check = Callable[[Any, str, Mistakes], None]


def check_shape(document: Mapping[str, Any], where: str, mistakes: Mistakes) -> dict[str, Any]:
    """The document without what is null; every value of a wrong kind is noted with its place."""
    plain: dict[str, Any] = _without_nulls(document)
    _MODEL(plain, where, mistakes)
    return plain


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _text(value: Any, where: str, mistakes: Mistakes) -> None:
    if not isinstance(value, str) or not value:
        mistakes.note(where, f"it must be a text, it is {str(value)[:80]!r}.")


def _object(value: Any, where: str, mistakes: Mistakes) -> None:
    if not isinstance(value, dict):
        mistakes.note(where, f"it must be an object, it is {str(value)[:80]!r}.")


def _list_of(check: Check, noun: str = "", least: int = 0) -> Check:
    def checked(value: Any, where: str, mistakes: Mistakes) -> None:
        if not isinstance(value, list) or len(value) < least:
            mistakes.note(where, f"it must be a list, it is {str(value)[:80]!r}.")
            return
        for number, each in enumerate(value, start=1):
            named = each.get("name") if isinstance(each, dict) else each
            name = named if isinstance(named, str) else f"number {number}"
            check(each, f"{where}: {noun} {name}" if noun else where, mistakes)

    return checked


def _named(
    more: Mapping[str, Check] | None = None, *, needs_name: bool = True, **checks: Check
) -> Check:
    """An object with a name, or the name alone."""
    known = {"name": _text, "label": _text, "info": _object, **checks, **(more or {})}

    def checked(value: Any, where: str, mistakes: Mistakes) -> None:
        if isinstance(value, str) and needs_name:
            _text(value, where, mistakes)
            return
        if not isinstance(value, dict):
            _object(value, where, mistakes)
            return
        if needs_name and "name" not in value:
            mistakes.note(where, "there is no name.")
        for key, check in known.items():
            if key in value and (key != "label" or value[key] != ""):
                check(value[key], f"{where}: {key}" if key not in _LISTS else where, mistakes)

    return checked


def _join_key(value: Any, where: str, mistakes: Mistakes) -> None:
    """`table.column`, the same as a list, or an object with both."""
    if isinstance(value, dict):
        return  # columns that are several are told when it is read
    if isinstance(value, list):
        _list_of(_text, least=1)(value, where, mistakes)
        return
    _text(value, where, mistakes)


def _join(value: Any, where: str, mistakes: Mistakes) -> None:
    if isinstance(value, list):
        if not 2 <= len(value) <= 4:
            mistakes.note(where, "a join as a list has master, detail, alias and method.")
        return
    _named(
        needs_name=False, alias=_text, method=_text, master=_join_key, detail=_join_key
    )(value, where, mistakes)  # fmt: skip


def _mappings(value: Any, where: str, mistakes: Mistakes) -> None:
    _object(value, where, mistakes)
    for name, each in value.items() if isinstance(value, dict) else ():
        place = f"{where}: {name}"
        if isinstance(each, dict):
            _text(each.get("column"), f"{place}: column", mistakes)
        else:
            _join_key(each, place, mistakes)


_LISTS = (
    "levels", "attributes", "hierarchies", "dimensions", "cubes", "measures", "aggregates", "joins",
    "details",
)  # fmt: skip
_TEXTS = _list_of(_text)
_ATTRIBUTE = _named(locales=_TEXTS, order=_text)
_OF_LEVEL: dict[str, Check] = {
    "attributes": _list_of(_ATTRIBUTE, "attribute"),
    "key": _text,
    "label_attribute": _text,
    "order_attribute": _text,
    "order": _text,
    "role": _text,
    "cardinality": _text,
}
_DIMENSION = _named(
    _OF_LEVEL,
    levels=_list_of(_named(_OF_LEVEL), "level"),
    hierarchies=_list_of(_named(levels=_list_of(_text, least=1)), "hierarchy"),
    hierarchy=_list_of(_text, least=1),
    default_hierarchy_name=_text,
    template=_text,
    description=_text,
)
_LINK = _named(
    hierarchies=_TEXTS,
    exclude_hierarchies=_TEXTS,
    default_hierarchy_name=_text,
    alias=_text,
    cardinality=_text,
)
_CUBE = _named(
    fact=_text,
    key=_text,
    description=_text,
    category=_text,
    dimensions=_list_of(_LINK, "dimension"),
    hierarchies=_object,
    mappings=_mappings,
    joins=_list_of(_join, "join"),
    measures=_list_of(_named(aggregates=_TEXTS, nonadditive=_text), "measure"),
    aggregates=_list_of(_named(function=_text, measure=_text, nonadditive=_text), "aggregate"),
    details=_list_of(_ATTRIBUTE, "detail"),
)
_MODEL = _named(
    needs_name=False,
    dimensions=_list_of(_DIMENSION, "dimension"),
    cubes=_list_of(_CUBE, "cube"),
    joins=_list_of(_join, "join"),
    mappings=_mappings,
)
