"""Snapshots over HTTP: which there are, and which figures moved from one to another."""

from fractions import Fraction

from flask import Blueprint, Response

from server.access import Permission
from server.indicators.absence import Figure
from server.indicators.rounding import exact_text, round_half_even
from server.ledger.changes import KeyChange
from server.metadata.publications import list_publications
from server.scorecards.asking import Asked
from server.scorecards.difference import Moved, difference
from server.scorecards.slicing import NO_CUTS
from web.api import difference_shapes as shapes
from web.api import forms
from web.api.answers import Based, answer, figure
from web.api.mistakes import Mistakes
from web.api.operations import Operation, describe
from web.api.reading import read, read_only
from web.gate import require
from web.place import read_cuts
from web.visitor import person, runtime
from web.words import language

api = Blueprint("api_snapshots", __name__, url_prefix="/api/v1/snapshots")

_LATEST = 50
_DECIMALS = 6  # of an aggregate that is no whole number


@api.get("")
@require(Permission.VIEW)
@describe(
    Operation(
        "The latest snapshots, newest first",
        shapes.Snapshots(),
        forms.SnapshotsAsked(),
        examples={"limit": 10},
        missing=False,
    )
)
def index() -> Response:
    """The latest snapshots, newest first."""
    values = read_only(forms.SnapshotsAsked())
    with runtime().metadata.read() as reading:
        found = list_publications(
            reading, values.get("limit", _LATEST), before=values.get("before")
        )
    listed = [{"number": o.number, "at": o.at, "what": o.what, "by": o.by} for o in found]
    return answer({"snapshots": listed}, Based(runtime().snapshot()))


@api.get("/diff")
@require(Permission.VIEW)
@describe(
    Operation(
        "Which figures moved from one snapshot to a later one, by how much, through which loads",
        shapes.Difference(),
        forms.DifferenceAsked(),
        description="Only cells that can have moved are compared, only those that did are listed.",
        examples={"from": 3, "to": 4},
    )
)
def diff() -> Response:
    """The difference of two snapshots, in the asker's scope."""
    mistakes = Mistakes()
    values = read(forms.DifferenceAsked(), mistakes)
    cuts = mistakes.attempt(lambda: read_cuts(values.get("cut", ())), NO_CUTS)
    mistakes.tell()
    here = runtime()
    first, last = here.snapshot(values["from"]), here.snapshot(values.get("to"))
    asked = Asked(person(), cuts, None, language())
    found = difference(here, asked, first.number, last.number, values.get("scorecard"))
    may_see_loads = person().may(Permission.LOAD)
    body = {
        "first": first.number,
        "last": last.number,
        "scorecard": found.scorecard.code if found.scorecard else None,
        "compared": found.compared,
        "is_cut_short": found.is_cut_short,
        "scores": [_score(one) for one in found.scores],
        "indicators": [_moved(one) for one in found.indicators],
        "aggregates": [_moved(one) for one in found.aggregates],
        "events": [
            {"load": o.load, "what": o.what, "at": o.at, "by": o.by, "reason": o.reason}
            for o in found.ledger.events
        ],
        "keys": [_key(one) for one in found.ledger.keys] if may_see_loads else None,
    }
    return answer(body, Based(last))


def _score(one: Moved) -> dict[str, object]:
    return {
        "perspective": one.code or None,
        "name": one.label,
        "period": str(one.period),
        "before": _figure(one, one.before),
        "after": _figure(one, one.after),
        "difference": _figure(one, one.difference),
        "loads": list(one.loads),
    }


def _moved(one: Moved) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.label,
        "cube": one.cube,
        "period": str(one.period),
        "before": _figure(one, one.before),
        "after": _figure(one, one.after),
        "difference": _figure(one, one.difference),
        "loads": list(one.loads),
    }


def _figure(one: Moved, value: Figure) -> dict[str, str]:
    if one.indicator is not None:
        return figure(value, one.indicator)
    if not isinstance(value, Fraction):
        return {"absent": str(value)}
    shown = round_half_even(value, 0 if value.denominator == 1 else _DECIMALS)
    return {"value": f"{shown:f}", "exact": exact_text(value)}


def _key(one: KeyChange) -> dict[str, object]:
    return {
        "table": one.table_name,
        "source": one.source,
        "key": one.scope_key,
        "rows_before": one.rows_before,
        "rows_after": one.rows_after,
        "sums": {column: list(pair) for column, pair in one.sums.items()},
        "loads": list(one.loads),
    }
