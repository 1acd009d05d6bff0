"""A question is the parameters of an address: it round-trips, and its mistakes are sentences."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cube.cube_model import CubeModel
from server.cube.model import load_model
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors, NotFound
from server.runtime import packs_in
from server.slices import moves
from server.slices.question import (
    CHARTS,
    SHOWS,
    Axis,
    Order,
    SliceQuestion,
    Top,
    Value,
    read_question,
    write_question,
)

CUBE: CubeModel = load_model(files("cube_models"), packs_in(files("cube_models"))[0]).cube(
    "departures"
)
AXES = [
    Axis(one.name, hierarchy.name, level.name)
    for one in CUBE.dimensions
    for hierarchy in one.hierarchies
    for level in hierarchy.levels
]
SHOWN = st.sets(st.sampled_from(SHOWS), min_size=1).map(
    lambda found: tuple(one for one in SHOWS if one in found)
)
VALUES = st.one_of(
    st.builds(
        Value, st.sampled_from([one.name for one in CUBE.aggregates]), st.just("aggregate"), SHOWN
    ),
    st.builds(
        Value,
        st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True),
        st.just("indicator"),
        SHOWN,
    ),
)
CUTS = st.sampled_from(
    ["organisation:network", "!region:America/New_York", "time:2013,1-2013,2", "origin:EWR;JFK"]
)


@st.composite
def questions(draw: st.DrawFn) -> SliceQuestion:
    """Any question that the grammar can say."""
    axes = draw(st.lists(st.sampled_from(AXES), unique=True, max_size=5))
    split = draw(st.integers(max(0, len(axes) - 2), min(4, len(axes))))
    values = draw(st.lists(VALUES, min_size=1, max_size=5, unique_by=lambda one: one.reference))
    names = [one.reference for one in values]
    sortable = [*names, *(one.dimension for one in axes[:split])]
    column = st.sampled_from(["", "2013,1,2;network,AA", "a\\-b"])
    orders = st.builds(Order, st.sampled_from(sortable), st.booleans(), column)
    top = st.builds(Top, st.integers(1, 500), st.sampled_from(names), st.booleans())
    return SliceQuestion(
        cube="departures",
        rows=tuple(axes[:split]),
        columns=tuple(axes[split:]),
        values=tuple(values),
        cuts=tuple(draw(st.lists(CUTS, unique=True))),
        order=tuple(draw(st.lists(orders, unique=True, max_size=3))),
        top=draw(st.none() | top) if split else None,
        totals=draw(st.booleans()),
        chart=draw(st.none() | st.sampled_from(CHARTS)),
    )


@given(questions())
def test_what_is_written_reads_back_to_the_same_question(question: SliceQuestion) -> None:
    """The address is the whole state; nothing is lost on the way."""
    again = read_question(write_question(question), CUBE)

    assert again == question
    assert write_question(again) == write_question(question)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("time:last0months-today", "time:2013,4,12,1-2013,4,12,17"),
        ("time@ymd:6daysago-yesterday", "time:2013,4,12,11-2013,4,12,16"),
        ("!time:yesterday", "!time:2013,4,12,16"),
    ],
)
def test_an_address_keeps_days_as_they_are_counted(written: str, meant: str) -> None:
    """What is asked are plain days; another day they are others, by the same address."""
    question = read_question([("cut", written)], CUBE, date(2013, 12, 17))
    later = read_question(write_question(question), CUBE, date(2013, 12, 18))

    assert question.cuts == (meant,)
    assert write_question(question) == (("cut", written),)
    assert write_question(question.plain) == (("cut", meant),)
    assert later.cuts != question.cuts


def test_days_are_counted_by_nobody_who_does_not_know_today() -> None:
    with pytest.raises(IndicubeError):
        read_question([("cut", "time:today")], CUBE)


@given(st.lists(st.tuples(st.sampled_from(["rows", "value", "cut", "order", "top"]), st.text())))
def test_any_text_is_a_question_or_a_sentence(params: list[tuple[str, str]]) -> None:
    """Wrong input is never a crash."""
    with suppress(IndicubeError):
        read_question(params, CUBE)


@given(questions())
def test_swapping_twice_changes_nothing(question: SliceQuestion) -> None:
    """Rows for columns, and back: what order and top are about may be lost, the axes not."""
    twice = moves.swapped(moves.swapped(question))

    assert (twice.rows, twice.columns) == (question.rows, question.columns)


@given(questions(), st.sampled_from(AXES))
def test_every_move_leads_to_a_question_that_can_be_written(
    question: SliceQuestion, axis: Axis
) -> None:
    """Orders and tops of what is gone are gone with it."""
    moved = [
        moves.with_axis(question, "columns", axis),
        moves.without_axis(question, question.rows[0]) if question.rows else question,
        moves.with_value(question, question.values[0]),
        moves.ordered_by(question, question.values[0].reference),
        moves.with_show(question, "share", is_shown=True),
    ]
    for one in moved:
        names = {value.reference for value in one.values} | {a.dimension for a in one.rows}
        assert all(order.by in names for order in one.order)
        assert one.top is None or (one.rows and one.top.by in names)


def test_drilling_cuts_to_the_member_and_goes_one_level_down() -> None:
    """From the groups of carriers into the network carriers, and up again."""
    groups = Axis("organisation", "default", "group")
    asked = SliceQuestion("departures", rows=(groups,), values=(Value("flights"),))

    inside = moves.drilled(asked, CUBE, groups, ("network",))

    assert inside.rows == (replace(groups, level="carrier"),)
    assert inside.cuts == ("organisation:network",)


def test_every_mistake_is_told_at_once() -> None:
    """A wrong axis, a wrong value and a wrong switch are three sentences."""
    with pytest.raises(ManyErrors) as told:
        read_question([("rows", "nowhere"), ("value", "nothing"), ("totals", "2")], CUBE)

    assert [type(one) for one in told.value.errors] == [NotFound, NotFound, InvalidInput]


def test_more_axes_than_fit_are_refused() -> None:
    """Four dimensions on the rows, two on the columns."""
    with pytest.raises(LimitReached):
        read_question([("columns", axis.text) for axis in AXES[:3]], CUBE)


def test_an_order_by_what_is_not_asked_names_what_is() -> None:
    """The sentence says what can be sorted by."""
    with pytest.raises(InvalidInput) as told:
        read_question([("rows", "origin"), ("value", "flights"), ("order", "-miles")], CUBE)

    assert list(told.value.allowed) == ["flights", "origin"]
