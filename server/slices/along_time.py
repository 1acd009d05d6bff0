"""PURE: what is shown of a value along time: to date, rolling, a year earlier and the change since.

Each is asked with the cells themselves, so that a member that has figures only a year earlier has
a row too; changes are worked out from the two figures as those on the previous period are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.indicators.absence import Absence, Figure
from server.slices.question import Show, SliceQuestion

LAST_YEAR = "last_year"


@dataclass(frozen=True)
class Along:
    """The modifier of a show, and whether it is of a year earlier or of both years."""

    modifier: str = ""
    is_earlier: bool = False
    is_change: bool = False


ALONG: Mapping[Show, Along] = {
    "mtd": Along("mtd"),
    "qtd": Along("qtd"),
    "ytd": Along("ytd"),
    "rolling_3": Along("rolling-3"),
    "rolling_12": Along("rolling-12"),
    "last_year": Along(is_earlier=True),
    "year_change": Along(is_change=True),
    "year_growth": Along(is_change=True),
    "ytd_last_year": Along("ytd", is_earlier=True),
    "ytd_growth": Along("ytd", is_change=True),
}


def modifiers_of(question: SliceQuestion) -> Mapping[str, tuple[str, ...]]:
    """What the cube is asked beside each aggregate; nothing where nothing along time is shown."""
    shown = [ALONG[show] for value in question.values for show in value.show if show in ALONG]
    time = tuple(dict.fromkeys(one.modifier for one in shown if one.modifier))
    is_compared = any(one.is_earlier or one.is_change for one in shown)
    compare = (LAST_YEAR,) if is_compared else ()
    return {word: texts for word, texts in (("time", time), ("compare", compare)) if texts}


def operand(cell: Mapping[str, Any], name: str, along: Along, *, is_earlier: bool) -> Figure:
    """An aggregate's figure of a cell, or why it is not there; nothing is known of no cell."""
    output = output_of(name, along, is_earlier=is_earlier)
    value = cell.get(output)
    if value is None:
        return Absence(cell.get("absences", {}).get(output, Absence.NOT_APPLICABLE))
    return Fraction(value)


def output_of(name: str, along: Along, *, is_earlier: bool) -> str:
    """What a cell calls an aggregate along time."""
    also = [along.modifier.replace("-", "_"), LAST_YEAR if is_earlier else ""]
    return "__".join([name, *filter(None, also)])
