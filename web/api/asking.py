"""Questions to a cube, checked whole against the model before the first is asked of the facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.cube import asked
from server.cube.browser import ClickHouseBrowser
from server.cube.cell import parse_cuts
from server.cube.cube_table import read_cube_table
from server.cube.drilldown import parse_drilldown
from server.cube.elements import AS_WAS, MEMBERSHIPS
from server.cube.modifiers import read_comparisons, read_modifiers, read_outputs
from server.cube.statement_facts import check_fields
from server.errors import InvalidInput
from server.slices.explained import Explained
from web.api.answers import Based
from web.api.mistakes import Mistakes
from web.visitor import person, runtime, snapshot
from web.words import language

Values = Mapping[str, Any]
TIME_WORDS = ("time", "compare")
TABLE_WORDS = ("columns", "totals", "top", "marks")


@dataclass(frozen=True)
class CubeQuestion:
    """What is asked of one cube, free of mistakes."""

    browser: ClickHouseBrowser
    values: Values

    @property
    def cuts(self) -> list[str]:
        """The cuts as they were written."""
        return list(self.values.get("cut", ()))

    @property
    def format(self) -> str:
        """json, or a form of rows."""
        return str(self.values.get("format", "json"))

    @property
    def has_absences(self) -> bool:
        """Whether columns beside the figures are to say why one is none."""
        return self.values.get("absences") is True

    @property
    def is_broken_down(self) -> bool:
        """Whether cells are asked for."""
        return bool(self.values.get("drilldown") or self.values.get("split"))

    @property
    def modifiers(self) -> dict[str, Any]:
        """The modifiers of time and what to compare with, as the browser takes them."""
        return {word: self.values[word] for word in TIME_WORDS if self.values.get(word)}

    @property
    def is_table(self) -> bool:
        """Whether something is asked that is shown around the cells."""
        return any(self.values.get(word) for word in TABLE_WORDS)

    @property
    def table_words(self) -> dict[str, Any]:
        """What is asked of a table, as it is read."""
        words = {word: self.values[word] for word in TABLE_WORDS if self.values.get(word)}
        return {**words, "drilldown": self.values.get("drilldown"), **self.ordered}

    @property
    def ordered(self) -> dict[str, Any]:
        """The order and the page."""
        return {"order": self.values.get("order"), **self.pages, "summary": self.has_summary}

    @property
    def has_summary(self) -> bool:
        """Whether the whole cell is asked for; a stream shows either its cells or the whole."""
        is_stream = self.format != "json"
        return not self.is_broken_down if is_stream else self.values.get("summary", True) is True

    @property
    def pages(self) -> dict[str, Any]:
        """The page, if one is asked for, as the browser takes it."""
        return {"page": self.values.get("page"), "page_size": self.values.get("pagesize")}

    @property
    def has_page(self) -> bool:
        """Whether one page is asked for, not everything."""
        return "pagesize" in self.values

    @property
    def explained(self) -> Explained:
        """Tells why figures of its rows are absent."""
        drills = self.values.get("drilldown") or ()
        return Explained(self.browser, self.browser.cell(self.cuts), tuple(drills))

    @property
    def based(self) -> Based:
        """What the answer is based on."""
        snapshot, cube = self.browser.snapshot, self.browser.model
        return Based(snapshot, snapshot.watermarks.get(cube.fact.name), cube.model_version)


def open_cube(name: str, values: Values) -> ClickHouseBrowser:
    """The cube for whoever asks, at the snapshot and by the membership that is asked for."""
    published = snapshot(values.get("as_of"), values.get("as_of_model"))
    asked_by = values.get("membership", AS_WAS)
    # A word that is none is told with the other mistakes of the question.
    membership = asked_by if asked_by in MEMBERSHIPS else AS_WAS
    return runtime().cubes.browser(name, published, person().scope, language(), membership)


def open_question(name: str, values: Values, mistakes: Mistakes) -> CubeQuestion:
    """A question to a cube; without the cube nothing else can be said of it."""
    browser = mistakes.attempt(lambda: open_cube(name, values), None)
    if browser is None:
        mistakes.tell()
        raise ValueError("What cannot be asked has been told.")
    return CubeQuestion(browser, values)


def check_aggregate(browser: ClickHouseBrowser, values: Values, mistakes: Mistakes) -> None:
    """Find what is wrong with a question for aggregates."""
    cube = browser.model
    before = len(mistakes.found)
    _check_cuts(browser, values, mistakes)
    question = CubeQuestion(browser, values)
    for read, word in ((read_modifiers, "time"), (read_comparisons, "compare")):
        mistakes.attempt(partial(read, values.get(word)), (), word)
    if any(values.get(word) for word in TABLE_WORDS):
        _check_table(browser, values, mistakes)
        return
    if "split" in values:
        split = partial(parse_cuts, cube, values["split"], browser.today)
        mistakes.attempt(split, (), "split")
    chosen = mistakes.attempt(
        lambda: asked.aggregates(cube, values.get("aggregates")), (), "aggregates"
    )
    if len(mistakes.found) == before:  # a drill-down follows the cuts, an order what is drilled
        cell = browser.cell(list(values.get("cut", ())))
        drills = mistakes.attempt(
            lambda: parse_drilldown(cell, values.get("drilldown")), None, "drilldown"
        )
        if drills is not None and len(mistakes.found) == before:
            names = [one.name for one in read_outputs(chosen, **question.modifiers)]
            mistakes.attempt(lambda: asked.order(cube, values.get("order"), drills, names), ())
    else:
        cell = browser.cell()
        mistakes.attempt(lambda: parse_drilldown(cell, values.get("drilldown")), (), "drilldown")
    check_page(values, browser.limits.cells, mistakes)


def _check_table(browser: ClickHouseBrowser, values: Values, mistakes: Mistakes) -> None:
    cube, question = browser.model, CubeQuestion(browser, values)
    chosen = mistakes.attempt(
        lambda: asked.aggregates(cube, values.get("aggregates")), None, "aggregates"
    )
    if "split" in values:
        mistakes.add(_misfit("split", "It goes with drilldown, time and compare alone."))
    refuse_misfits(values, mistakes)
    check_page(values, browser.limits.cells, mistakes)
    cell = browser.cell() if mistakes.found else browser.cell(question.cuts)
    for word in ("drilldown", "columns"):
        mistakes.attempt(partial(parse_drilldown, cell, values.get(word)), (), word)
    if chosen is not None and not mistakes.found:  # the rest builds on what is right so far
        names = [one.name for one in read_outputs(chosen, **question.modifiers)]
        words = question.table_words
        mistakes.attempt(lambda: read_cube_table(browser, question.cuts, names, **words), None)


def check_cell(browser: ClickHouseBrowser, values: Values, mistakes: Mistakes) -> None:
    """Find what is wrong with the cuts of a cell."""
    _check_cuts(browser, values, mistakes)


def refuse_misfits(values: Values, mistakes: Mistakes) -> None:
    """Find what only an answer in JSON has room for."""
    if values.get("format", "json") == "json":
        return
    for word in ("columns", "totals", "top"):
        if values.get(word):
            mistakes.add(_misfit(word, "It is answered as JSON alone: ask it with format=json."))


def _misfit(word: str, hint: str) -> InvalidInput:
    return InvalidInput(f"{word} does not go with the rest of this.", field=word, hint=hint)


def check_members(
    browser: ClickHouseBrowser, dimension: str, values: Values, mistakes: Mistakes
) -> None:
    """Find what is wrong with a question for members."""
    cube = browser.model
    _check_cuts(browser, values, mistakes)
    drill = mistakes.attempt(
        lambda: asked.members_drill(
            cube, dimension, values.get("hierarchy"), values.get("level"), values.get("depth")
        ),
        None,
    )
    if drill is not None:
        mistakes.attempt(lambda: asked.order(cube, values.get("order"), (drill,), ()), ())
    mistakes.attempt(lambda: asked.search(values.get("search", "")), "")
    check_page(values, browser.limits.members, mistakes)


def check_facts(browser: ClickHouseBrowser, values: Values, mistakes: Mistakes) -> None:
    """Find what is wrong with a question for facts."""
    cube = browser.model
    _check_cuts(browser, values, mistakes)
    mistakes.attempt(lambda: check_fields(cube, values.get("fields", ())), ())
    mistakes.attempt(lambda: asked.fact_order(cube, values.get("order")), ())
    check_page(values, browser.limits.facts, mistakes)
    if values.get("format", "json") != "json" and values.get("order") and "pagesize" not in values:
        mistakes.add(
            InvalidInput("All facts come as they are read; sort them page by page.", field="order")
        )


def _check_cuts(browser: ClickHouseBrowser, values: Values, mistakes: Mistakes) -> None:
    for text in values.get("cut", ()):
        cuts = partial(parse_cuts, browser.model, [text], browser.today)
        mistakes.attempt(cuts, (), "cut")
    mistakes.attempt(lambda: browser.cell(), None)  # a scope that fits no cube is told at once


def check_page(values: Values, most: int, mistakes: Mistakes) -> None:
    if ("page" in values) != ("pagesize" in values):
        lacking = "pagesize" if "page" in values else "page"
        mistakes.add(InvalidInput("page and pagesize go together.", field=lacking))
        return
    mistakes.attempt(lambda: asked.page(values.get("page"), values.get("pagesize"), most), None)
