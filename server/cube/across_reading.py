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
from server.cube.across import AcrossSource, Judge, Side
from server.cube.across_worked import Along, Worked, operands_of
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cube_table import CubeSource, Explain
from server.cube.cuts import parse_cuts, pieces_of, text_of
from server.cube.drilldown import parse_drilldown
from server.cube.elements import Dimension
from server.cube.grains import Grain, Row
from server.cube.modified import BESIDE
from server.cube.modifiers import read_comparisons, read_modifiers
from server.cube.table import Table, TableQuestion, table_of
from server.cube.table_reading import Reading, read_table
from server.errors import InvalidInput, LimitReached, NotFound
from server.indicators.formula import parse_formula

MOST_CUBES = 8
MOST_FORMULAS = 20

_NAME = re.compile(r"[^\W\d]\w{0,59}")  # of letters of any language, as in models

Open = Callable[[str], ClickHouseBrowser]  # a cube by its name, for whoever asks
Cuts = Sequence[tuple[str, str]]  # each after its dimension
Judging = Callable[[Cuts], Judge]
Explained = Callable[[ClickHouseBrowser, Sequence[str]], Explain]  # of a cube within some cuts


@dataclass(frozen=True)
class Across:
    """A question over several cubes, free of mistakes."""

    source: AcrossSource
    question: TableQuestion

    def table(self) -> Table:
        """The answer."""
        return table_of(self.question, self.source)

    @property
    def unfinished(self) -> list[Row]:
        """The periods of the answer of which a cube has facts in part, once it was asked."""
        return self.source.unfinished_in((self.question.rows, self.question.grain))


def read_across(
    open_cube: Open,
    aggregates: Sequence[str],
    *,
    cut: Sequence[str] = (),
    formulas: Mapping[str, str] | None = None,
    time: Sequence[str] = (),
    compare: Sequence[str] = (),
    explain: Explained | None = None,
    worked: Sequence[Worked] = (),
    judge: Judging | None = None,
    **words: Any,
) -> Across:
    """A question for aggregates such as `departures.flights`; words as those of `read_table`.

    `worked` are formulas beside those that the question words itself.

    Raises:
        NotFound, InvalidInput, LimitReached, ManyErrors: what cannot be asked, all at once.
        NotAllowed: one of the cubes cannot be asked within the scope of whoever asks.
    """
    reading = Reading()
    worked = [*worked, *_read_formulas(formulas or {}, reading)]
    along = Along(
        reading.attempt(lambda: read_modifiers(time), ()),
        reading.attempt(lambda: read_comparisons(compare), ()),
    )
    _refuse_unknown(worked, reading)
    by_cube = _by_cube([*aggregates, *operands_of(worked)], reading)
    if not by_cube:
        reading.tell()
        _refuse_nothing()
    reading.attempt(lambda: _limit(len(by_cube), MOST_CUBES, "cubes", "aggregates"), None)
    reading.attempt(lambda: _limit(len(worked), MOST_FORMULAS, "formulas", "formulas"), None)
    browsers = _browsers(open_cube, by_cube, aggregates, reading)
    reading.attempt(lambda: _refuse_taken(worked, [one.model for one in browsers.values()]), None)
    if reading.errors:  # cuts are read all the same, as far as the cubes are known
        reading.attempt(lambda: _cuts_of(browsers, cut), ())
        reading.tell()
    cuts = _cuts_of(browsers, cut)
    sides = _sides(browsers, by_cube, cuts, along.words(is_worked_out=bool(worked)), explain)
    shown = tuple(dict.fromkeys(aggregates))
    source = AcrossSource(sides, shown, tuple(worked), along, judge and judge(cuts))
    question = read_table(
        " and ".join(by_cube),
        source.names,
        partial(_drills, list(browsers.values()), sides),
        sides[0].source.browser.limits.cells,
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


def _read_formulas(formulas: Mapping[str, str], reading: Reading) -> list[Worked]:
    read = [reading.attempt(partial(_formula, *each), None) for each in formulas.items()]
    return [one for one in read if one is not None]


def _formula(name: str, text: str) -> Worked:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:60]!r} is no name of a formula; it is letters, digits and underscores.",
            code="invalid_name",
            field="formulas",
        )
    try:
        return Worked(name, parse_formula(text))
    except InvalidInput as error:
        reason = str(error).removeprefix("formula: ").rstrip(".")
        raise InvalidInput(
            f"Formula {name}: {reason}.", code=error.code, field="formulas", hint=error.hint
        ) from None


def _refuse_unknown(worked: Sequence[Worked], reading: Reading) -> None:
    """A formula may name others that stand before it, such as the indicators of the question."""
    for place, one in enumerate(worked):
        before = [other.name for other in worked[:place]]
        for name in sorted(one.formulas - set(before)):
            reading.attempt(partial(_refuse_name, name, "formulas", before), None)


def _refuse_taken(worked: Iterable[Worked], models: Iterable[CubeModel]) -> None:
    """A formula's name stands in rows beside the attributes, and takes the place of none."""
    taken = {ref.ref for model in models for one in model.dimensions for ref in one.attributes}
    taken |= {*BESIDE}
    for one in worked:
        if one.name in taken or "__" in one.name:
            raise InvalidInput(
                f"A formula cannot be called {one.name}: that is something else in the rows.",
                code="invalid_name",
                field="formulas",
            )
        taken.add(one.name)


def _refuse_nothing() -> None:
    raise InvalidInput(
        "Name an aggregate, such as departures.flights, or an indicator.", field="aggregates"
    )


def _by_cube(names: Iterable[str], reading: Reading) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        cube, dot, aggregate = name.partition(".")
        if dot and cube and aggregate:
            found.setdefault(cube, []).append(aggregate)
        else:
            reading.attempt(partial(_refuse_name, name, "aggregates"), None)
    return found


def _refuse_name(name: str, field: str, allowed: Sequence[str] = ()) -> None:
    other = " or the code of an indicator that is asked too" if field == "formulas" else ""
    raise InvalidInput(
        f"{name[:100]!r} is no aggregate of a cube; write cube.aggregate{other}.",
        code="invalid_name",
        field=field,
        allowed=allowed,
        hint=None if allowed else "Each cube and its aggregates are listed at /api/v1/cubes.",
    )


def _browsers(
    open_cube: Open,
    by_cube: Mapping[str, Sequence[str]],
    aggregates: Sequence[str],
    reading: Reading,
) -> dict[str, ClickHouseBrowser]:
    """The cubes that there are, once it is known that they have what is asked of them."""
    found = {}
    for name, chosen in by_cube.items():
        field = "aggregates" if any(f"{name}.{one}" in aggregates for one in chosen) else "formulas"
        browser = reading.attempt(partial(open_cube, name), None, field)
        if browser is not None:
            found[name] = browser
            for one in chosen:
                field = "aggregates" if f"{name}.{one}" in aggregates else "formulas"
                reading.attempt(partial(browser.model.aggregate, one), None, field)
    return found


def _sides(
    browsers: Mapping[str, ClickHouseBrowser],
    by_cube: Mapping[str, Sequence[str]],
    cuts: Cuts,
    along: Mapping[str, Sequence[str]],
    explain: Explained | None,
) -> tuple[Side, ...]:
    """Each cube with the cuts that are its own."""
    sides = []
    for name, browser in browsers.items():
        own = [text for dimension, text in cuts if browser.model.has_dimension(dimension)]
        browser.cell(own)  # whoever may not ask one of the cubes gets no answer of the others
        lacking = {dimension for dimension, _ in cuts if not browser.model.has_dimension(dimension)}
        told = explain(browser, own) if explain else None
        source = CubeSource(browser, tuple(own), tuple(by_cube[name]), along, told)
        sides.append(Side(source, lacking <= set(browser.model.open_to)))
    return tuple(sides)


def _cuts_of(browsers: Mapping[str, ClickHouseBrowser], cut: Sequence[str]) -> Cuts:
    """Every cut after its dimension; today is the last day on which all of the cubes have facts.

    What is wrong with any is told with the others.
    """
    if not browsers:
        return []
    models = [browser.model for browser in browsers.values()]
    today = min(browser.today for browser in browsers.values())
    reading = Reading()
    found = [
        reading.attempt(partial(_cut, models, dimension, text, today), None, "cut")
        for dimension, text in pieces_of(cut)
    ]
    reading.tell()
    return [one for one in found if one is not None]


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
