"""Numbers as people read them: rounded once, grouped, with a real minus; absences as words.

Everything here takes exact figures and gives text; the language is that of the answer in hand.
"""

from dataclasses import dataclass
from decimal import Decimal

from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator, Unit
from server.indicators.rounding import round_half_even
from server.indicators.scoring import SHOWN_DECIMALS
from server.indicators.trend import Change
from web.phrases import gettext, lazy_gettext

MINUS = "−"

_WORDS = {
    Absence.NOT_LOADED: lazy_gettext("not loaded"),
    Absence.LATE: lazy_gettext("late"),
    Absence.PARTIAL: lazy_gettext("partial"),
    Absence.NOT_APPLICABLE: lazy_gettext("n/a"),
    Absence.ZERO_DENOMINATOR: lazy_gettext("no base"),
    Absence.SUPPRESSED: lazy_gettext("hidden"),
    Absence.NO_TARGET: lazy_gettext("no target"),
    Absence.DEFINITION_GAP: lazy_gettext("undefined"),
    Absence.CONFLICT: lazy_gettext("conflict"),
}

_REASONS = {
    Absence.NOT_LOADED: lazy_gettext("The facts of this period have not been loaded."),
    Absence.LATE: lazy_gettext("The facts of this period were due and have not arrived."),
    Absence.PARTIAL: lazy_gettext("Only a part of this period has arrived; it is not judged."),
    Absence.NOT_APPLICABLE: lazy_gettext("This question has no answer for this slice."),
    Absence.ZERO_DENOMINATOR: lazy_gettext("The figure would be divided by zero."),
    Absence.SUPPRESSED: lazy_gettext("This figure may not be shown to you."),
    Absence.NO_TARGET: lazy_gettext("Nobody has set a target for this period."),
    Absence.DEFINITION_GAP: lazy_gettext("The definition does not cover this period."),
    Absence.CONFLICT: lazy_gettext("Two sources say different things."),
}


@dataclass(frozen=True)
class Shown:
    """A figure ready for a page: its text, or a short word and the reason for it."""

    text: str
    reason: str = ""  # not empty: there is no number, and why
    tone: str = ""  # good, bad or nothing

    @property
    def is_absent(self) -> bool:
        """Whether there is no number."""
        return bool(self.reason)


def decimal_text(number: Decimal) -> str:
    """A rounded number with grouped thousands and a real minus."""
    return f"{number:,f}".replace("-", MINUS)


def whole(number: int) -> str:
    """A whole number with grouped thousands."""
    return decimal_text(Decimal(number))


def absent(figure: Absence) -> Shown:
    """A short word for a missing figure, and why it is missing."""
    return Shown(str(_WORDS[figure]), str(_REASONS[figure]))


def measured(figure: Figure, indicator: Indicator) -> Shown:
    """A figure of an indicator in its unit and decimals; the unit's name stands beside it."""
    return in_unit(figure, indicator.unit, indicator.decimals)


def in_unit(figure: Figure, unit: Unit, decimals: int) -> Shown:
    """A figure scaled and rounded for its unit; only a percent sign is attached."""
    if isinstance(figure, Absence):
        return absent(figure)
    return Shown(decimal_text(unit.shown(figure, decimals)) + _sign_of(unit))


def with_unit(figure: Figure, indicator: Indicator, language: str) -> str:
    """A figure with the name of its unit, for a sentence."""
    name = indicator.unit.symbol.in_language(language)
    text = measured(figure, indicator).text
    return text if isinstance(figure, Absence) or name in ("", "%") else f"{text} {name}"


def scored(figure: Figure) -> Shown:
    """A score, with the one decimal on which the status is judged."""
    return plain(figure, SHOWN_DECIMALS)


def plain(figure: Figure, decimals: int) -> Shown:
    """A figure without a unit."""
    if isinstance(figure, Absence):
        return absent(figure)
    return Shown(decimal_text(round_half_even(figure, decimals)))


def percent(figure: Figure, decimals: int = 0) -> Shown:
    """A share, 0 to 1, as a percentage."""
    if isinstance(figure, Absence):
        return absent(figure)
    return Shown(decimal_text(round_half_even(figure * 100, decimals)) + "%")


def difference(change: Change, indicator: Indicator) -> Shown:
    """A signed change in the indicator's unit; changes of rates are in points."""
    if isinstance(change.absolute, Absence):
        return absent(change.absolute)
    number = indicator.unit.shown(change.absolute, indicator.decimals)
    suffix = gettext(" pp") if indicator.unit.is_rate and indicator.unit.scale == 100 else ""
    return Shown(_signed(number) + suffix, tone=_tone(change, number))


def relative(change: Change) -> Shown:
    """A signed change as a share of what it is compared with."""
    if isinstance(change.relative, Absence):
        return absent(change.relative)
    number = round_half_even(change.relative * 100, 1)
    return Shown(_signed(number) + "%", tone=_tone(change, number))


def _sign_of(unit: Unit) -> str:
    return "%" if unit.scale == 100 else ""


def _signed(number: Decimal) -> str:
    if number == 0:
        return "±" + decimal_text(abs(number))
    return ("+" if number > 0 else "") + decimal_text(number)


def _tone(change: Change, shown: Decimal) -> str:
    """Good or bad; nothing for a change that is too small to be seen."""
    if change.is_good is None or shown == 0:
        return ""
    return "good" if change.is_good else "bad"
