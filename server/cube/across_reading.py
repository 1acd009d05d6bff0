"""A question over several cubes, from words, checked against the models of all of them.

What the cubes are joined on they must share: the same dimension, by the same hierarchy. A cut may
be on a dimension that only some of them have; the others then have nothing to say, unless their
model opens them to it. Every cube is asked within the scope of whoever asks, or none is.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from server.cube import asked
from server.cube.across import AcrossSource, Side
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cube_table import CubeSource, Explain
from server.cube.cuts import parse_cuts, pieces_of, text_of
from server.cube.drilldown import parse_drilldown
from server.cube.elements import Dimension
from server.cube.grains import Grain
from server.cube.marked import ABSENCES
from server.cube.table import Table, TableQuestion, table_of
from server.cube.table_reading import read_table
from server.errors import InvalidInput, LimitReached, NotFound
from server.indicators.formula import Formula, parse_formula

MOST_CUBES = 8
MOST_FORMULAS = 20

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}", re.ASCII)

Open = Callable[[str], ClickHouseBrowser]  # a cube by its name, for whoever asks
Explained = Callable[[ClickHouseBrowser, Sequence[str]], Explain]  # of a cube within some cuts


@dataclass(frozen=True)
class Across:
    """A question over several cubes, free of mistakes."""

    source: AcrossSource
    question: TableQuestion

    def table(self) -> Table:
        """The answer."""
        return table_of(self.question, self.source)


def read_across(
    open_cube: Open,
    aggregates: Sequence[str],
    *,
    cut: Sequence[str] = (),
    formulas: Mapping[str, str] | None = None,
    explain: Explained | None = None,
    **words: Any,
) -> Across:
    """A question for aggregates such as `departures.flights`; words as those of `read_table`.

    Raises:
        NotFound, InvalidInput, LimitReached, ManyErrors: what cannot be asked.
        NotAllowed: one of the cubes cannot be asked within the scope of whoever asks.
    """
    read = {name: _formula(name, text) for name, text in (formulas or {}).items()}
    names = [*aggregates, *sorted({one for each in read.values() for one in each.names})]
    wanted = _by_cube(dict.fromkeys(names))
    if not wanted:
        raise InvalidInput("Name an aggregate, such as departures.flights.", field="aggregates")
    _limit(len(wanted), MOST_CUBES, "cubes", "aggregates")
    _limit(len(read), MOST_FORMULAS, "formulas", "formulas")
    browsers = {cube: open_cube(cube) for cube in wanted}
    for cube, chosen in wanted.items():
        asked.aggregates(browsers[cube].model, chosen)
    _refuse_taken(read, [browser.model for browser in browsers.values()])
    sides = _sides(browsers, wanted, cut, explain)
    shown = tuple(dict.fromkeys(aggregates))
    source = AcrossSource(sides, shown, read)
    first = sides[0].source.browser
    question = read_table(
        " and ".join(wanted),
        source.names,
        partial(_drills, list(browsers.values()), sides),
        first.limits.cells,
        **words,
    )
    return Across(source, question)


def is_conformed(one: Dimension, other: Dimension) -> bool:
    """Whether two cubes mean the same by a dimension, whatever column it hangs on."""
    return _meaning(one) == _meaning(other)


def shared_dimensions(cubes: Sequence[CubeModel]) -> tuple[str, ...]:
    """The names of the dimensions that all of the cubes share."""
    first, *others = cubes
    return tuple(
        each.name
        for each in first.dimensions
        if all(
            cube.has_dimension(each.name) and is_conformed(each, cube.dimension(each.name))
            for cube in others
        )
    )


def _meaning(dimension: Dimension) -> tuple[Any, ...]:
    hierarchies = tuple(
        (each.name, tuple((one.name, one.key.part, one.key.value_type) for one in each.levels))
        for each in dimension.hierarchies
    )
    return dimension.name, dimension.kind, dimension.table, hierarchies


def _formula(name: str, text: str) -> Formula:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:60]!r} is no name of a formula; it is letters, digits and underscores.",
            code="invalid_name",
            field="formulas",
        )
    try:
        return parse_formula(text)
    except InvalidInput as error:
        reason = str(error).removeprefix("formula: ").rstrip(".")
        raise InvalidInput(
            f"Formula {name}: {reason}.", code=error.code, field="formulas"
        ) from None


def _refuse_taken(formulas: Iterable[str], models: Iterable[CubeModel]) -> None:
    """A formula's name stands in rows beside the attributes, and takes the place of none."""
    refs = {ref.ref for model in models for one in model.dimensions for ref in one.attributes}
    for name in formulas:
        if name in refs or name == ABSENCES or name.startswith("__"):
            raise InvalidInput(
                f"A formula cannot be called {name}: that is something else in the rows.",
                code="invalid_name",
                field="formulas",
            )


def _by_cube(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        cube, dot, aggregate = name.partition(".")
        if not dot or not aggregate:
            raise InvalidInput(
                f"{name[:100]!r} is no aggregate of a cube; write cube.aggregate.",
                code="invalid_name",
                field="aggregates",
            )
        found.setdefault(cube, []).append(aggregate)
    return found


def _sides(
    browsers: Mapping[str, ClickHouseBrowser],
    wanted: Mapping[str, Sequence[str]],
    cut: Sequence[str],
    explain: Explained | None,
) -> tuple[Side, ...]:
    """Each cube with the cuts that are its own; today is the last day on which all have facts."""
    models = [browser.model for browser in browsers.values()]
    today = min(browser.today for browser in browsers.values())
    cuts = [_cut(models, dimension, text, today) for dimension, text in pieces_of(cut)]
    sides = []
    for name, browser in browsers.items():
        own = [text for dimension, text in cuts if browser.model.has_dimension(dimension)]
        browser.cell(own)  # whoever may not ask one of the cubes gets no answer of the others
        lacking = {dimension for dimension, _ in cuts if not browser.model.has_dimension(dimension)}
        told = explain(browser, own) if explain else None
        source = CubeSource(browser, tuple(own), tuple(wanted[name]), explain=told)
        sides.append(Side(source, lacking <= set(browser.model.open_to)))
    return tuple(sides)


def _cut(models: Sequence[CubeModel], dimension: str, text: str, today: date) -> tuple[str, str]:
    """A cut's dimension and its text, the same for every cube that has the dimension."""
    having = [model for model in models if model.has_dimension(dimension)]
    if not having and dimension:
        allowed = tuple(dict.fromkeys(one.name for each in models for one in each.dimensions))
        raise NotFound(
            f"None of these cubes has a dimension {dimension!r}. They have: {', '.join(allowed)}.",
            code="unknown_dimension",
            field="cut",
            allowed=allowed,
        )
    cuts = parse_cuts((having or models)[0], [text], today)
    if len({_meaning(model.dimension(dimension)) for model in having}) > 1:
        raise _not_shared(dimension, models, "cut")
    return dimension, text_of(having[0], cuts)


def _drills(
    browsers: Sequence[ClickHouseBrowser], sides: Sequence[Side], texts: str | Sequence[str] | None
) -> Grain:
    """The drill-downs of the first cube, if all the others mean the same by them."""
    models = [browser.model for browser in browsers]
    for name in _heads(texts):
        if not all(model.has_dimension(name) for model in models):
            raise _not_shared(name, models, "drilldown")
    side = next((one for one in sides if one.is_applicable), sides[0])
    cell = side.source.browser.cell(list(side.source.cuts))
    drills = parse_drilldown(cell, asked.drilldown(texts))
    shared = shared_dimensions(models)
    for drill in drills:
        if drill.dimension.name not in shared:
            raise _not_shared(drill.dimension.name, models, "drilldown")
    return drills


def _heads(texts: str | Sequence[str] | None) -> list[str]:
    given = [texts] if isinstance(texts, str) else list(texts or ())
    pieces = [piece for each in given for piece in re.split(r"[|,]", each) if piece]
    return [re.split(r"[@:]", piece)[0] for piece in pieces]


def _not_shared(dimension: str, models: Sequence[CubeModel], field: str) -> InvalidInput:
    shared = shared_dimensions(models)
    return InvalidInput(
        f"{dimension[:60]} is not shared by {', '.join(one.name for one in models)}. "
        f"They share: {', '.join(shared) or 'nothing'}.",
        code="not_shared",
        field=field,
        allowed=shared,
    )


def _limit(number: int, most: int, noun: str, field: str) -> None:
    if number > most:
        raise LimitReached(f"There are {number} {noun}; at most {most} are allowed.", field=field)
