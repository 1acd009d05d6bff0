"""Random lists of single facts: fields of any kind, sorted, paged, counted."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.truth.answers import in_order
from tests.truth.asking import browser_for
from tests.truth.conditions import condition_of
from tests.truth.figures import exact
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.parts import World
from tests.truth.questions import Question, questions_of

Row = dict[str, Any]
KEY = ("_load", "_row")


@dataclass(frozen=True)
class FactsQuestion:
    """Single facts of a cell; order and page are those of the list."""

    base: Question
    fields: tuple[str, ...]  # none: all attributes and columns
    order: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class FactsAnswer:
    """The facts of the page, and how many there are in all."""

    rows: list[Row]
    total: int


@st.composite
def facts_questions(draw: st.DrawFn, world: World) -> FactsQuestion:
    """Any list of facts of the cube of a world."""
    base = draw(questions_of(world, 0, 0, ("facts",), most_cuts=2))
    every = [*fields_of(world), *KEY]
    fields = draw(st.lists(st.sampled_from(every), max_size=5, unique=True))
    orders = st.tuples(st.sampled_from(_sortable(world, fields)), st.booleans())
    order = draw(st.lists(orders, max_size=2, unique_by=lambda one: one[0]))
    return FactsQuestion(base, tuple(fields), tuple(order))


def fields_of(world: World) -> dict[str, str]:
    """Whatever a fact can show, each with the other engine's SQL for it."""
    refs = [
        ref
        for dimension in world.dimensions
        for _, levels in dimension.hierarchies
        for level in levels
        for ref in level.refs
    ]
    names = [*refs, *(name for name, _ in world.columns)]
    measures = {each.name: each.sql for each in world.measures}
    return measures | {name: f'"{name}"' for name in names}


def ask_facts(ours: OurEngine, question: FactsQuestion) -> FactsAnswer:
    """The browser's facts."""
    base = question.base
    number, size = base.page or (None, None)
    found = browser_for(ours, base).facts(
        [cut.text for cut in base.cuts],
        fields=question.fields,
        order=[f"{ref}:{'desc' if down else 'asc'}" for ref, down in question.order],
        page=number,
        page_size=size,
        total=True,
    )
    return FactsAnswer([_told(row) for row in found], found.total or 0)


def expect_facts(other: OtherEngine, question: FactsQuestion) -> FactsAnswer:
    """The facts that must come."""
    base, world = question.base, other.world
    known = fields_of(world)
    columns = {name: f'"{name}"' for name, _ in world.columns}
    attributes = [name for name in known if "." in name or world.has_dimension(name)]
    shown = question.fields or tuple(dict.fromkeys([*attributes, *columns]))
    names = tuple(dict.fromkeys([*KEY, *shown, *(ref for ref, _ in question.order)]))
    listed = ", ".join(known.get(name, name) for name in names)
    table = other.flat(base.moment, base.membership, base.language)
    where = condition_of(other, base)
    found = [
        dict(zip(names, row, strict=True))
        for row in other.rows(f"SELECT {listed} FROM {table} WHERE {where}")
    ]
    ordered = in_order(found, [*question.order, *((name, False) for name in KEY)])
    number, size = base.page or (0, len(ordered) or 1)
    page = ordered[number * size : (number + 1) * size]
    kept = (*KEY, *shown)
    return FactsAnswer([_told({name: row[name] for name in kept}) for row in page], len(ordered))


def _sortable(world: World, fields: list[str]) -> list[str]:
    """Fields that the answer has, and any others."""
    return [*fields, *KEY, *fields_of(world)]


def _told(row: Row) -> Row:
    return {
        name: value if value is None or not _is_number(value) else exact(value)
        for name, value in row.items()
    }


def _is_number(value: Any) -> bool:
    return hasattr(value, "as_integer_ratio") and not isinstance(value, bool)
