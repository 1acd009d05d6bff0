"""Random lists of members: searched, sorted, paged, of the facts or of the table."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.truth.answers import answer_to, in_order
from tests.truth.asking import browser_for
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.parts import Dimension, Moment, World
from tests.truth.questions import Drill, Question, cuts_along, questions_of

Row = dict[str, Any]
SEARCHES = ("a", "NORTH", "Name", "名", "单", "2020", "-0", "1", "x'Y", "苹", "%", "_", "m1", "Fy2")


@dataclass(frozen=True)
class MembersQuestion:
    """The members of one drill-down within a cell; order and page are those of the list."""

    base: Question
    search: str = ""
    from_table: bool = False  # also those without facts

    @property
    def drill(self) -> Drill:
        """The levels that are listed."""
        return self.base.drills[0]


@st.composite
def members_questions(draw: st.DrawFn, world: World) -> MembersQuestion:
    """Any list of members of the dimensions of a world."""
    base = draw(questions_of(world, 1, 1, ("facts",), most_cuts=2))
    order = tuple(each for each in base.order if each[0] != "facts")
    base = replace(base, split=(), order=order)
    search = draw(st.one_of(st.just(""), st.sampled_from(SEARCHES)))
    dimension = world.dimension(base.drills[0].dimension)
    if not dimension.table or draw(st.integers(0, 2)):
        return MembersQuestion(base, search, draw(st.booleans()))
    own = draw(st.lists(cuts_along(world, dimension), max_size=2))
    rules = tuple(each for each in base.scope.rules if each.dimension == dimension.name)
    base = replace(base, cuts=tuple(own), scope=replace(base.scope, rules=rules))
    return MembersQuestion(base, search, from_table=True)


def ask_members(ours: OurEngine, question: MembersQuestion) -> list[Row]:
    """The browser's list."""
    base, drill = question.base, question.drill
    number, size = base.page or (None, None)
    return browser_for(ours, base).members(
        [cut.text for cut in base.cuts],
        drill.dimension,
        level=drill.level,
        hierarchy=drill.hierarchy,
        order=[f"{ref}:{'desc' if down else 'asc'}" for ref, down in base.order],
        page=number,
        page_size=size,
        search=question.search,
        from_table=question.from_table,
    )


def expect_members(other: OtherEngine, question: MembersQuestion) -> list[Row]:
    """The list that must come: the groups of the facts, or of the rows of the table."""
    base, world = question.base, other.world
    dimension = world.dimension(question.drill.dimension)
    about = {each.dimension for each in base.cuts} | set(base.scope.dimensions)
    asked = replace(base, order=(), page=None)
    if question.from_table and dimension.table and about <= {dimension.name}:
        engine, moment = _table_as_facts(other, dimension, base.moment)
        rows = answer_to(engine, replace(asked, moment=moment, membership="as_is")).rows
        engine.close()
    else:
        rows = answer_to(other, asked).rows
    level = dimension.levels(question.drill.hierarchy)[question.drill.depth - 1]
    found = [row for row in rows if _is_found(row, level.refs[:2], question.search)]
    for row in found:
        del row["facts"]
    ordered = in_order(found, base.order)
    number, size = base.page or (0, len(ordered) or 1)
    return ordered[number * size : (number + 1) * size]


def _is_found(row: Row, refs: tuple[str, ...], search: str) -> bool:
    texts = [_text(row[ref]) for ref in refs]
    known = [text.lower() for text in texts if text is not None]
    return not search or any(search.lower() in text for text in known)


def _text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _table_as_facts(
    other: OtherEngine, dimension: Dimension, moment: Moment
) -> tuple[OtherEngine, Moment]:
    """A world with a fact for each member of the version that is shown, as it is today."""
    world, today = other.world, other.today(moment)
    version = dict(moment.versions)[dimension.table]
    rows = dict(world.members)[dimension.table]
    members = dict.fromkeys(row[2] for row in rows if row[0] == version)
    values = {"day": today}
    facts = tuple(
        (0, place, *({**values, dimension.column: member}.get(name) for name, _ in world.columns))
        for place, member in enumerate(members)
    )
    made = OtherEngine(replace(world, facts=facts, others=()))
    return made, replace(moment, visible=(0,))
