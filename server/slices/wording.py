"""The cuts of a slice in words: labels instead of keys, periods instead of paths."""

from collections.abc import Iterable

from server.cube.cuts import Cut, attribute_of, text_of
from server.cube.elements import Dimension
from server.cube.key_values import key_text
from server.slices.grains import Grains
from server.slices.result import FilterWords, Path
from server.slices.times import calendar_label, is_time, period_at

_MOST_NAMED = 5


def filters_in_words(grains: Grains, cuts: Iterable[Cut], language: str) -> tuple[FilterWords, ...]:
    """Every cut in force, in a language."""
    return tuple(_words(grains, cut, language) for cut in cuts)


def _words(grains: Grains, cut: Cut, language: str) -> FilterWords:
    cube = grains.browser.model
    trail = _trail(grains, cut)
    names = list(trail[-1:]) or [
        member_words(grains, cut, path) for path in cut.paths[:_MOST_NAMED]
    ]
    if len(cut.paths) > _MOST_NAMED:
        names.append(f"+{len(cut.paths) - _MOST_NAMED}")
    joiner = " – " if cut.kind == "range" else ", " if language != "zh" else "、"
    return FilterWords(
        cut=text_of(cube, [cut]),
        dimension=cut.dimension,
        dimension_label=_label(cube.dimension(cut.dimension), cut, language),
        words=joiner.join(names),
        is_negated=cut.is_negated,
        paths=cut.paths,
        kind=cut.kind,
        names=tuple(names),
        trail=trail,
    )


def _label(dimension: Dimension, cut: Cut, language: str) -> str:
    """What the cut is on: the dimension, or its attribute."""
    if cut.attribute:
        return attribute_of(dimension, cut.attribute).labels.in_language(language)
    return dimension.labels.in_language(language)


def _trail(grains: Grains, cut: Cut) -> tuple[str, ...]:
    if cut.kind != "point":
        return ()
    path = cut.paths[0]
    return tuple(member_words(grains, cut, path[:depth]) for depth in range(1, len(path) + 1))


def member_words(grains: Grains, cut: Cut, path: Path) -> str:
    """A member's label; its keys where the facts in sight do not have it."""
    if not path:
        return "…"
    dimension = grains.browser.model.dimension(cut.dimension)
    hierarchy = dimension.hierarchy(cut.hierarchy)
    if hierarchy is not None and is_time(grains.browser.model, cut.dimension):
        period = period_at(hierarchy, path)
        if period is not None:
            return str(period)
        return calendar_label(hierarchy, path, grains.browser.language) or _keys(path)
    if cut.kind == "range" or hierarchy is None:
        return _keys(path)
    level = hierarchy.levels[len(path) - 1]
    if level.label == level.key:
        return (
            _keys(path)
            if path[-1] is not None
            else dimension.unknown.in_language(grains.browser.language)
        )
    details = grains.browser.path_details(cut.dimension, path, cut.hierarchy)
    label = details.get(level.label.ref) if details else None
    return str(label) if label is not None else _keys(path)


def _keys(path: Path) -> str:
    return " / ".join("—" if key is None else key_text(key) for key in path)
