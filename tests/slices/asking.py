"""How tests ask: a question as the text of an address, an answer as a plain mapping."""

from urllib.parse import parse_qsl

from server.access import Person, Role, Scope, ScopeRule
from server.indicators.absence import Figure
from server.runtime import Runtime
from server.slices.ask import ask
from server.slices.question import SliceQuestion, read_question
from server.slices.result import SliceResult, Window

ANALYST = Person("ana", Role.ANALYST)
CONFINED = Person("cora", Role.ANALYST, Scope((ScopeRule("organisation", ("network",)),)))


def question_of(runtime: Runtime, text: str, cube: str = "departures") -> SliceQuestion:
    """The question of an address."""
    return read_question(parse_qsl(text), runtime.cubes.model.cube(cube))


def answer(
    runtime: Runtime,
    text: str,
    person: Person = ANALYST,
    page: Window | None = None,
    cube: str = "departures",
) -> SliceResult:
    """The answer to an address."""
    return ask(runtime, person, question_of(runtime, text, cube), "en", page=page)


def figures(result: SliceResult, value: int = 0) -> dict[tuple[object, ...], Figure]:
    """Every figure of one value head, by kind of row, row keys and column keys."""
    return {
        (row.kind, *_leaves(row.paths), "|", *_leaves(column.paths)): result.cell(row, n, value)
        for row in result.rows
        for n, column in enumerate(result.columns)
    }


def _leaves(paths: tuple[tuple[object, ...], ...]) -> list[object]:
    return [path[-1] for path in paths]
