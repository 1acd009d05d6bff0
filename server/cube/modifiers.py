"""PURE: modifiers of figures along time, from text: to date, rolling, and what to compare with.

A modifier goes with any aggregate: it maps each period of an answer to a run of days, over which
the very same aggregate is asked. A comparison moves the period first, then the modifier follows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar, get_args

from server.cube.elements import Aggregate, Function
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors

Item = TypeVar("Item")
Number = int | float | Decimal | Fraction
Against = Literal["previous", "last_year"]
Form = Literal["value", "difference", "change"]
AGAINST: tuple[Against, ...] = get_args(Against)
FORMS: tuple[Form, ...] = get_args(Form)
TO_DATE = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}
MOST_ROLLING = 1_000
MOST_MODIFIERS = 12
WRITTEN = (*TO_DATE, "rolling-<n>")

_ROLLING = re.compile(r"rolling-([0-9]{1,4})", re.ASCII)


@dataclass(frozen=True)
class Modifier:
    """Which days go with a period: from the start of its week, month … or the last n periods."""

    text: str
    to_date: str = ""  # a grain
    rolling: int = 0

    @property
    def name(self) -> str:
        """Its part of the name of an output."""
        return self.text.replace("-", "_")


@dataclass(frozen=True)
class Comparison:
    """The period that each is compared with, and the form in which that is told."""

    against: Against
    form: Form = "value"

    @property
    def name(self) -> str:
        """Its part of the name of an output."""
        return self.against if self.form == "value" else f"{self.against}__{self.form}"

    @property
    def text(self) -> str:
        """The comparison as it is written."""
        return self.against if self.form == "value" else f"{self.against}:{self.form}"


@dataclass(frozen=True)
class Output:
    """One figure of an answer with modifiers."""

    aggregate: Aggregate
    modifier: Modifier | None = None
    comparison: Comparison | None = None

    @property
    def name(self) -> str:
        """Such as `flights__ytd__last_year__change`."""
        parts = [
            self.aggregate.name,
            *(one.name for one in (self.modifier, self.comparison) if one),
        ]
        return "__".join(parts)

    @property
    def is_amount(self) -> bool:
        """Whether it is a figure or a difference of two, not a change."""
        return self.comparison is None or self.comparison.form != "change"

    @property
    def is_points(self) -> bool:
        """Whether it is a change of a rate, told in percentage points."""
        is_change = self.comparison is not None and self.comparison.form == "change"
        return is_change and is_rate(self.aggregate)


def read_modifiers(asked: str | Iterable[str] | None) -> tuple[Modifier, ...]:
    """The modifiers in a text such as `ytd,rolling-3`, each once; all mistakes at once."""
    return _read_all(asked, _modifier, "time")


def read_comparisons(asked: str | Iterable[str] | None) -> tuple[Comparison, ...]:
    """The comparisons in a text such as `last_year:change,previous`; all mistakes at once."""
    return _read_all(asked, _comparison, "compare")


def outputs_of(
    aggregates: Iterable[Aggregate],
    modifiers: tuple[Modifier, ...],
    comparisons: tuple[Comparison, ...],
) -> tuple[Output, ...]:
    """Every aggregate as it is and by each modifier, each of these with every comparison."""
    return tuple(
        Output(aggregate, modifier, comparison)
        for aggregate in aggregates
        for modifier in (None, *modifiers)
        for comparison in (None, *comparisons)
    )


def read_outputs(
    aggregates: Iterable[Aggregate],
    time: str | Iterable[str] | None = None,
    compare: str | Iterable[str] | None = None,
) -> tuple[Output, ...]:
    """The figures of aggregates with the modifiers and comparisons in texts."""
    return outputs_of(aggregates, read_modifiers(time), read_comparisons(compare))


def is_rate(aggregate: Aggregate) -> bool:
    """Whether it is a part of a whole: a ratio of two figures in the same unit."""
    if aggregate.unit in ("%", "percent"):
        return True
    if aggregate.function is not Function.RATIO or len(aggregate.parts) != 2:
        return False
    numerator, denominator = (_unit_of(part) for part in aggregate.parts)
    return bool(numerator) and numerator == denominator


def change_word(value: Number, base: Number) -> str:
    """What a change from a negative base, or to a negative value, is called; else empty."""
    if base < 0:
        if value >= 0:
            return "turned_positive"
        return "loss_narrowed" if value > base else "loss_widened" if value < base else ""
    return "turned_negative" if value < 0 else ""


def _unit_of(aggregate: Aggregate) -> str:
    if aggregate.function is Function.COUNT:
        return aggregate.unit or "facts"
    return aggregate.unit or (aggregate.measure.unit if aggregate.measure else "")


def _read_all(
    asked: str | Iterable[str] | None, read: Callable[[str], Item], field: str
) -> tuple[Item, ...]:
    pieces = [asked] if isinstance(asked, str) else list(asked or ())
    texts = [piece.strip() for each in pieces for piece in re.split(r"[|,]", each)]
    found: dict[Item, None] = {}
    errors: list[IndicubeError] = []
    for text in filter(None, texts):
        try:
            found[read(text)] = None
        except InvalidInput as error:
            errors.append(error)
    if len(found) > MOST_MODIFIERS:
        errors.append(
            LimitReached(f"At most {MOST_MODIFIERS} of {field} are asked at once.", field=field)
        )
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ManyErrors(errors)
    return tuple(found)


def _modifier(text: str) -> Modifier:
    if text in TO_DATE:
        return Modifier(text, to_date=TO_DATE[text])
    match = _ROLLING.fullmatch(text)
    number = int(match.group(1)) if match else 0
    if not 1 <= number <= MOST_ROLLING:
        raise InvalidInput(
            f"{text[:40]!r} is no modifier of time; write {', '.join(TO_DATE)} or rolling-3, with "
            f"1 to {MOST_ROLLING:,} periods.",
            code="invalid_modifier",
            field="time",
            allowed=WRITTEN,
        )
    return Modifier(f"rolling-{number}", rolling=number)


def _comparison(text: str) -> Comparison:
    against, _, form = text.partition(":")
    for known in AGAINST:
        for each in FORMS:
            if (against, form or "value") == (known, each):
                return Comparison(known, each)
    raise InvalidInput(
        f"{text[:40]!r} is no comparison; write {' or '.join(AGAINST)}, and after it, if you "
        f"like, {', '.join(f':{each}' for each in FORMS)}.",
        code="invalid_comparison",
        field="compare",
        allowed=(*AGAINST, *(f"{one}:{form}" for one in AGAINST for form in FORMS)),
    )
