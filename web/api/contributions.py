"""Why a figure changed, for programs: the exact parts of a change, by member."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response

from server.access import Permission
from server.errors import NotFound
from server.indicators.absence import Absence, Figure
from server.indicators.formula import Formula
from server.indicators.formula_tree import Name
from server.indicators.rounding import exact_text, round_half_even
from server.indicators.splitting import Part
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.contributing import Branch
from server.scorecards.frame import default_period, slice_of, tables_of
from server.scorecards.why import Subject, Why, why
from web.api import contribution_forms, contribution_shapes
from web.api.answers import Based, answer
from web.api.asking import open_cube
from web.api.described import basis_words, slice_words
from web.api.mistakes import Mistakes
from web.api.naming import of_everything
from web.api.operations import Operation, describe
from web.api.places import asked_from
from web.api.reading import read
from web.gate import require
from web.kept import kept
from web.visitor import runtime, snapshot

api = Blueprint("api_contributions", __name__, url_prefix="/api/v1")

MOST_PARTS = 50
_OF_INDICATOR, _OF_CUBE = (
    contribution_forms.ContributionAsked(),
    contribution_forms.CubeContributionAsked(),
)
_DECEMBER = {"period": "2013-12", "against": "previous", "by": "organisation"}


@api.get("/indicators/<code>/contribution")
@require(Permission.VIEW)
@describe(
    Operation(
        "Why an indicator changed: volume, mix and rate by member",
        contribution_shapes.Contribution(),
        _OF_INDICATOR,
        description="The parts add up exactly to the change. Without `by` it is split by the "
        "dimension in which the fewest members did the most.",
        examples=_DECEMBER,
    )
)
@kept(of_everything)
def of_indicator(code: str) -> Response:
    """The change of an indicator on an earlier period, or its gap to the target, by member."""
    mistakes = Mistakes()
    values = read(_OF_INDICATOR, mistakes)
    asked = asked_from(values, mistakes)
    mistakes.tell()
    published = snapshot(asked.as_of, asked.as_of_model)
    known = read_catalogue(runtime().metadata, published.definitions).indicators
    if code not in known:
        raise NotFound(f"There is no indicator {code[:60]!r}.", field="code", allowed=sorted(known))
    indicator = known[code]
    cube = runtime().cubes.model.cube(indicator.cube)
    subject = Subject(cube, indicator.formula, indicator)
    scale, decimals = indicator.unit.scale, indicator.decimals
    body = _answered(asked, subject, values, scale, decimals)
    return answer({"code": code, **body}, _based(asked, subject))


@api.get("/cubes/<name>/contribution")
@require(Permission.SLICE)
@describe(
    Operation(
        "Why an aggregate changed: volume, mix and rate by member",
        contribution_shapes.Contribution(),
        _OF_CUBE,
        description="Of aggregates that add up, and of averages and ratios of them.",
        examples={**_DECEMBER, "aggregate": "flights"},
    )
)
@kept(of_everything)
def of_cube(name: str) -> Response:
    """The change of an aggregate on an earlier period, by member."""
    mistakes = Mistakes()
    values = read(_OF_CUBE, mistakes)
    cube = open_cube(name, values).model
    aggregate = mistakes.attempt(lambda: cube.aggregate(values.get("aggregate", "")), None)
    asked = asked_from({**values, "cut": ()}, mistakes)
    mistakes.tell()
    cuts = tuple(values.get("cut", ()))
    subject = Subject(cube, Formula(Name(aggregate.name if aggregate else "")), cuts=cuts)
    body = _answered(asked, subject, values, 1, None)
    named = {"cube": name, "aggregate": values["aggregate"]}
    return answer({**named, **body}, _based(asked, subject))


def _based(asked: Asked, subject: Subject) -> Based:
    published = snapshot(asked.as_of, asked.as_of_model)
    return Based(published, published.watermarks.get(subject.cube.fact.name))


def _answered(
    asked: Asked, subject: Subject, values: Mapping[str, Any], scale: int, decimals: int | None
) -> dict[str, object]:
    published = snapshot(asked.as_of, asked.as_of_model)
    tables = tables_of(runtime(), [subject.indicator]) if subject.indicator else ()
    leading = subject.cube.fact.name
    period = asked.period or default_period(runtime(), published, *(tables or (leading,)))
    against = values.get("against", "previous")
    found = why(runtime(), asked, subject, period, against, published, values.get("by"))
    telling = _Telling(scale, decimals)
    framed = slice_of(runtime(), asked, subject.cube.name, period, published)
    return {
        "period": str(period),
        "slice": slice_words(framed),
        **telling.why(found, values.get("limit", MOST_PARTS)),
    }


class _Telling:
    """Writes figures in one unit."""

    def __init__(self, scale: int, decimals: int | None) -> None:
        self.scale, self.decimals = scale, decimals

    def why(self, found: Why, limit: int) -> dict[str, object]:
        return {
            "against": str(found.other) if found.other else "target",
            "now": self.figure(found.now),
            "before": self.figure(found.before),
            "change": self.figure(found.change),
            "compared": basis_words(found.basis),
            **(self.branch(found.branch, limit) if isinstance(found.branch, Branch) else _NO_PARTS),
            "leanings": [
                {
                    "dimension": one.dimension,
                    "label": one.label,
                    "concentration": f"{round_half_even(one.concentration, 4):f}",
                }
                for one in found.leanings
            ],
            "suggested": found.suggested,
        }

    def branch(self, branch: Branch, limit: int) -> dict[str, object]:
        rows, rest = branch.first(limit)
        split = branch.split
        return {
            "by": {
                "dimension": branch.dimension,
                "label": branch.dimension_label,
                "level": branch.level,
            },
            "totals": {
                "volume": self.figure(split.volume),
                "mix": self.figure(split.mix),
                "rate": self.figure(split.rate),
                "amount": self.figure(split.change),
            },
            "parts": [
                {
                    "path": list(row.member.path),
                    "label": row.member.label,
                    "presence": str(row.part.presence),
                    "now": self.figure(row.now),
                    "before": self.figure(row.before),
                    **self.parts(row.part),
                }
                for row in rows
            ],
            "others": self.parts(rest) if rest else None,
        }

    def parts(self, part: Part[Any]) -> dict[str, object]:
        return {
            "volume": self.figure(part.volume),
            "mix": self.figure(part.mix),
            "rate": self.figure(part.rate),
            "amount": self.figure(part.amount),
        }

    def figure(self, value: Figure) -> dict[str, str]:
        if isinstance(value, Absence):
            return {"absent": str(value)}
        scaled = value * self.scale
        return {"value": f"{self._rounded(scaled):f}", "exact": exact_text(scaled)}

    def _rounded(self, scaled: Fraction) -> Decimal:
        if self.decimals is not None:
            return round_half_even(scaled, self.decimals)
        return round_half_even(scaled, 0 if scaled.denominator == 1 else 6)


_NO_PARTS: dict[str, object] = {"by": None, "totals": None, "parts": [], "others": None}
