"""A chart definition dressed for a page: its words in the language of the answer, and its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from server.indicators.absence import Absence
from server.indicators.definition import Indicator
from server.periods import Period
from web.figures import Shown, absent, decimal_text
from web.phrases import gettext
from web.words import short_period


@dataclass(frozen=True)
class Chart:
    """What the browser draws, and the same numbers as a table."""

    definition: Mapping[str, Any]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shown, ...]], ...]


def dress(definition: Mapping[str, Any], indicator: Indicator) -> Chart:
    """Put words to categories, scenarios and absences."""
    categories = [_category(one, definition) for one in definition["categories"]]
    series = [
        {**one, "name": scenario_words(one["scenario"]), "gaps": _gaps(one)}
        for one in definition["series"]
    ]
    dressed = {**definition, "categories": categories, "series": series}
    return Chart(
        dressed,
        tuple(str(one["name"]) for one in series),
        tuple(
            (label, tuple(_cell(one, index, indicator) for one in series))
            for index, label in enumerate(categories)
        ),
    )


def scenario_words(scenario: str) -> str:
    """A scenario by its code and name, as legends say it."""
    return {
        "AC": gettext("AC actual"),
        "PL": gettext("PL plan"),
        "PP": gettext("PP previous period"),
        "PY": gettext("PY previous year"),
        "FC": gettext("FC forecast"),
    }[scenario]


def _category(category: str, definition: Mapping[str, Any]) -> str:
    if definition.get("category_kind") != "period":
        return category
    period = Period.parse(category)
    label = short_period(period)
    return f"{label} {period.year}" if period.kind != "year" and period.index == 1 else label


def _gaps(series: Mapping[str, Any]) -> Sequence[str | None]:
    return [absent(Absence(one)).text if one else None for one in series["absences"]]


def _cell(series: Mapping[str, Any], index: int, indicator: Indicator) -> Shown:
    value, absence = series["values"][index], series["absences"][index]
    if absence:
        return absent(Absence(absence))
    number = Decimal(str(value)).quantize(Decimal(1).scaleb(-indicator.decimals))
    return Shown(decimal_text(number) + ("%" if indicator.unit.scale == 100 else ""))
