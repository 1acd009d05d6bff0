"""PURE: the question of a slice, and its form as the parameters of a URL.

The parameters are the whole state of a slicer: `read_question` reads what `write_question` writes
to an equal question, and every mistake is told at once.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar, get_args

from server.cube.cube_model import CubeModel
from server.cube.cuts import hierarchy_of, parse_cuts, pieces_of, text_of
from server.cube.elements import AS_IS, AS_WAS, MEMBERSHIPS, DimensionKind, Membership
from server.cube.relative_dates import is_relative
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors
from server.snapshot import AsOf, AsOfModel, parse_as_of, parse_as_of_model

MOST_ROWS_AXES, MOST_COLUMN_AXES, MOST_VALUES, MOST_TOP, MOST_ORDERS = 4, 2, 8, 500, 4

Show = Literal[
    "value",
    "share",
    "change",
    "growth",
    "mtd",
    "qtd",
    "ytd",
    "rolling_3",
    "rolling_12",
    "last_year",
    "year_change",
    "year_growth",
    "ytd_last_year",
    "ytd_growth",
]
ValueKind = Literal["aggregate", "indicator"]
SHOWS: tuple[Show, ...] = get_args(Show)
CHANGES: tuple[Show, ...] = ("change", "year_change")  # in the unit, with a sign
GROWTHS: tuple[Show, ...] = ("growth", "year_growth", "ytd_growth")  # in percent, with a sign
CHARTS = ("bar", "line", "stacked", "heat", "none")

INDICATOR = "indicator."
T = TypeVar("T")
Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Axis:
    """One dimension broken down from the top of a hierarchy to a level."""

    dimension: str
    hierarchy: str
    level: str

    @property
    def text(self) -> str:
        """The axis in the grammar of drill-downs."""
        return f"{self.dimension}@{self.hierarchy}:{self.level}"


@dataclass(frozen=True)
class Value:
    """What is measured: an aggregate of the cube, or an indicator; and what is shown of it."""

    name: str
    kind: ValueKind = "aggregate"
    show: tuple[Show, ...] = ("value",)

    @property
    def reference(self) -> str:
        """The name by which orders and tops mean this value."""
        return f"{INDICATOR}{self.name}" if self.kind == "indicator" else self.name


@dataclass(frozen=True)
class Order:
    """What rows are sorted by: a value, in all or in one column, or the members of a dimension."""

    by: str  # the reference of a value, or the name of a dimension on the rows
    is_descending: bool = False
    column: str = ""  # the column's paths, as `column_text` writes them; empty: all columns


@dataclass(frozen=True)
class Top:
    """The members of the first row axis with the greatest values; the rest may be one row."""

    number: int
    by: str  # the reference of a value
    others: bool = True  # the rest is one row


@dataclass(frozen=True)
class SliceQuestion:
    """Everything that is asked of a cube."""

    cube: str
    rows: tuple[Axis, ...] = ()
    columns: tuple[Axis, ...] = ()
    values: tuple[Value, ...] = ()
    cuts: tuple[str, ...] = ()  # each one cut, in canonical form
    order: tuple[Order, ...] = ()
    top: Top | None = None
    totals: bool = False
    chart: str | None = None  # None: the kind that fits
    membership: Membership = AS_WAS  # where members of dated dimensions belong
    as_of: str | None = None  # a publication's number or an instant; None: what is known now
    as_of_model: str | None = None  # the same for definitions; None: those of now
    # Cuts that count days from today: in canonical form, and as they are written; an address keeps
    # them as they are written, so that a saved view means other days when others have arrived.
    counted: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> "SliceQuestion":
        """The same question with the days that are meant, however they were written."""
        return replace(self, counted=())

    @property
    def moment(self) -> AsOf | None:
        """When what is asked was known; None: now."""
        return None if self.as_of is None else parse_as_of(self.as_of)

    @property
    def model_moment(self) -> AsOfModel | None:
        """By which definitions it is asked; None: those of now."""
        return None if self.as_of_model is None else parse_as_of_model(self.as_of_model)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of rows, then those of columns."""
        return self.rows + self.columns

    def value(self, reference: str) -> Value | None:
        """The value of a reference, if it is asked."""
        return next((one for one in self.values if one.reference == reference), None)


def read_question(
    params: Iterable[tuple[str, str]], cube: CubeModel, today: date | None = None
) -> SliceQuestion:
    """The question that the parameters ask of a cube; unknown parameters are not ours to judge.

    Days counted from today become plain ones; they are refused where nobody says what today is.

    Raises:
        ManyErrors, InvalidInput, NotFound, LimitReached: sentences that say what is allowed.
    """
    reading = _Reading(cube, tuple(params), today)
    cuts = reading.cuts()
    question = SliceQuestion(
        cube=cube.name,
        rows=reading.axes("rows", MOST_ROWS_AXES),
        columns=reading.axes("columns", MOST_COLUMN_AXES),
        values=reading.each("value", _read_value, MOST_VALUES),
        cuts=tuple(dict.fromkeys(plain for plain, _ in cuts)),
        order=reading.each("order", _read_order, MOST_ORDERS),
        top=reading.one("top", _read_top),
        totals=reading.one("totals", _read_switch) or False,
        chart=reading.one("chart", _read_chart),
        membership=reading.one("membership", _read_membership) or AS_WAS,
        as_of=reading.one("as_of", _read_as_of),
        as_of_model=reading.one("as_of_model", _read_as_of_model),
        counted=tuple((plain, written) for plain, written in cuts if written),
    )
    errors = (*reading.errors, *_misfits(question))
    if len(errors) > 1:
        raise ManyErrors(list(errors))
    if errors:
        raise errors[0]
    return question


def write_question(question: SliceQuestion) -> Parameters:
    """The parameters that say all of a question, in a fixed order; the cube is in the path."""
    pairs = [("rows", one.text) for one in question.rows]
    pairs += [("columns", one.text) for one in question.columns]
    pairs += [("value", _value_text(one)) for one in question.values]
    counted = dict(question.counted)
    pairs += [("cut", counted.get(one, one)) for one in question.cuts]
    pairs += [("order", _order_text(one)) for one in question.order]
    if question.top is not None:
        pairs.append(("top", _top_text(question.top)))
    if question.totals:
        pairs.append(("totals", "1"))
    if question.chart is not None:
        pairs.append(("chart", question.chart))
    if question.membership != AS_WAS:
        pairs.append(("membership", question.membership))
    return (*pairs, *write_moment(question))


def write_moment(question: SliceQuestion) -> Parameters:
    """The parameters that say by which state of knowledge a question is asked."""
    told = (("as_of", question.as_of), ("as_of_model", question.as_of_model))
    return tuple((name, text) for name, text in told if text is not None)


def counts_days(cut: str) -> bool:
    """Whether a cut of time, as it is written, counts days from today."""
    return any(is_relative(one) for one in re.split(r"[:;,-]", cut))


class _Reading:
    """Gathers mistakes while parameters are read."""

    def __init__(self, cube: CubeModel, params: Parameters, today: date | None) -> None:
        self.cube = cube
        self.today = today
        self.errors: list[IndicubeError] = []
        self._params = params

    def texts(self, name: str) -> list[str]:
        return [value for key, value in self._params if key == name and value]

    def each(self, name: str, read: Callable[[CubeModel, str], T], most: int) -> tuple[T, ...]:
        texts = self.texts(name)
        if len(texts) > most:
            self.errors.append(
                LimitReached(f"There are {len(texts)} {name}; at most {most} fit.", field=name)
            )
            return ()
        found = (self._attempt(read, text) for text in texts)
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def axes(self, name: str, most: int) -> tuple[Axis, ...]:
        return self.each(name, _read_axis, most)

    def one(self, name: str, read: Callable[[CubeModel, str], T]) -> T | None:
        texts = self.texts(name)
        return self._attempt(read, texts[-1]) if texts else None

    def cuts(self) -> list[tuple[str, str]]:
        """Each cut in canonical form, and as it is written where it counts days from today."""
        try:
            cuts = parse_cuts(self.cube, self.texts("cut"), self.today)
        except IndicubeError as error:
            self.errors.append(error)
            return []
        written = [text for _, text in pieces_of(self.texts("cut"))]
        is_timed = [self.cube.dimension(cut.dimension).kind is DimensionKind.TIME for cut in cuts]
        return [
            (text_of(self.cube, [cut]), text if timed and counts_days(text) else "")
            for cut, text, timed in zip(cuts, written, is_timed, strict=True)
        ]

    def _attempt(self, read: Callable[[CubeModel, str], T], text: str) -> T | None:
        try:
            return read(self.cube, text)
        except IndicubeError as error:
            self.errors.append(error)
            return None


_AXIS = re.compile(r"(\w+)(?:@(\w+))?(?::(\w+))?")
_VALUE = re.compile(r"((?:indicator\.)?\w+)(?::([\w,]+))?")
_ORDER = re.compile(r"(-)?((?:indicator\.)?\w+)(?:@(.*))?", re.DOTALL)
_TOP = re.compile(r"([0-9]{1,6}):((?:indicator\.)?\w+)(:only)?")


def _read_axis(cube: CubeModel, text: str) -> Axis:
    found = _AXIS.fullmatch(text)
    if found is None:
        raise _unreadable(text, "an axis", "organisation:carrier or time@ymd:month", "rows")
    dimension = cube.dimension(found[1])
    hierarchy = hierarchy_of(dimension, found[2])
    level = found[3] or hierarchy.levels[0].name
    if not hierarchy.depth_of(level):
        allowed = tuple(one.name for one in hierarchy.levels)
        raise InvalidInput(
            f"Hierarchy {hierarchy.name} of {dimension.name} has no level {level!r}. "
            f"It has: {', '.join(allowed)}.",
            field="rows",
            allowed=allowed,
        )
    return Axis(dimension.name, hierarchy.name, level)


def _read_value(cube: CubeModel, text: str) -> Value:
    found = _VALUE.fullmatch(text)
    if found is None:
        raise _unreadable(
            text, "a value", "flights or indicator.on_time_arrival:value,share", "value"
        )
    show = _read_shows(found[2] or "value")
    if found[1].startswith(INDICATOR):
        return Value(found[1].removeprefix(INDICATOR), "indicator", show)
    return Value(cube.aggregate(found[1]).name, "aggregate", show)


def _read_shows(text: str) -> tuple[Show, ...]:
    wanted = set(text.split(","))
    if unknown := wanted.difference(SHOWS):
        raise InvalidInput(
            f"A value has no {', '.join(sorted(unknown))!r} to show; it has {', '.join(SHOWS)}.",
            field="value",
            allowed=SHOWS,
        )
    return tuple(one for one in SHOWS if one in wanted)


def _read_order(_cube: CubeModel, text: str) -> Order:
    found = _ORDER.fullmatch(text)
    if found is None:
        raise _unreadable(text, "an order", "-flights or organisation", "order")
    return Order(found[2], bool(found[1]), found[3] or "")


def _read_top(_cube: CubeModel, text: str) -> Top:
    found = _TOP.fullmatch(text)
    if found is None or not 0 < int(found[1]) <= MOST_TOP:
        raise InvalidInput(
            f"{text!r} is no top; write 10:flights, or 10:flights:only to leave the others out, "
            f"with a number from 1 to {MOST_TOP}.",
            field="top",
        )
    return Top(int(found[1]), found[2], not found[3])


def _read_switch(_cube: CubeModel, text: str) -> bool:
    if text not in ("0", "1"):
        raise InvalidInput(f"totals is 0 or 1, not {text!r}.", field="totals", allowed=("0", "1"))
    return text == "1"


def _read_chart(_cube: CubeModel, text: str) -> str:
    if text not in CHARTS:
        raise InvalidInput(
            f"There is no chart {text!r}; there are {', '.join(CHARTS)}.",
            field="chart",
            allowed=CHARTS,
        )
    return text


def _read_as_of(_cube: CubeModel, text: str) -> str:
    parse_as_of(text)
    return text


def _read_as_of_model(_cube: CubeModel, text: str) -> str:
    parse_as_of_model(text)
    return text


def _read_membership(cube: CubeModel, text: str) -> Membership:
    """How members are looked up; where nothing ever moves both are the same, which is as it was."""
    if text not in MEMBERSHIPS:
        raise InvalidInput(
            f"membership is {' or '.join(MEMBERSHIPS)}, not {text[:60]!r}.",
            field="membership",
            allowed=MEMBERSHIPS,
        )
    return AS_IS if text == AS_IS and cube.is_dated else AS_WAS


def _unreadable(text: str, noun: str, form: str, field: str) -> InvalidInput:
    return InvalidInput(f"{text[:100]!r} is not {noun}; write {form}.", field=field)


def _misfits(question: SliceQuestion) -> list[IndicubeError]:
    """What is right alone and wrong together."""
    errors: list[IndicubeError] = []
    names = [one.reference for one in question.values]
    for doubled in sorted({one for one in names if names.count(one) > 1}):
        errors.append(InvalidInput(f"The value {doubled} is asked twice.", field="value"))
    for axis in sorted({one.text for one in question.axes if question.axes.count(one) > 1}):
        errors.append(InvalidInput(f"{axis} is on two axes.", field="columns"))
    members = [one.dimension for one in question.rows]
    allowed = (*names, *members)
    for order in question.order:
        if order.by not in allowed:
            errors.append(_not_sortable(order.by, "order", allowed))
    if question.top is not None and question.top.by not in names:
        errors.append(_not_sortable(question.top.by, "top", names))
    if question.top is not None and not question.rows:
        errors.append(InvalidInput("A top needs a dimension on the rows.", field="top"))
    return errors


def _not_sortable(by: str, field: str, allowed: Sequence[str]) -> InvalidInput:
    return InvalidInput(
        f"{by!r} is not in the question; {field} takes {', '.join(allowed) or 'nothing'}.",
        field=field,
        allowed=tuple(allowed),
    )


def _value_text(value: Value) -> str:
    return value.reference + ("" if value.show == ("value",) else f":{','.join(value.show)}")


def _order_text(order: Order) -> str:
    column = f"@{order.column}" if order.column else ""
    return f"{'-' if order.is_descending else ''}{order.by}{column}"


def _top_text(top: Top) -> str:
    return f"{top.number}:{top.by}{'' if top.others else ':only'}"
