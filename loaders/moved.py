"""What a load moved, or what changing it would move: the figures, as JSON can hold them."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from loaders.context import context_of
from server.access import Person, Role
from server.errors import InvalidInput
from server.indicators.absence import Figure
from server.metadata.jobs import Job
from server.metadata.loads import find_load
from server.scorecards.asking import Asked
from server.scorecards.difference import Difference, Moved, difference, difference_of_load, foreseen

if TYPE_CHECKING:
    from server.runtime import Runtime

_PLACES = Decimal("0.0001")  # of the figures for the eye; `exact` is the fraction


def moved_of_job(runtime: "Runtime", job: Job) -> Mapping[str, Any]:
    """The difference that the job's arguments name: of a `load`, or `from` a snapshot `to` another.

    Of a load that was published: what that moved; of one that waits: what publishing it would move.
    """
    # Whoever may run commands on the machine sees every figure.
    asked = Asked(Person(job.by, Role.ADMINISTRATOR))
    number = job.arguments.get("load")
    if number is None:
        first, last = int(job.arguments["from"]), int(job.arguments["to"])
        found = difference(runtime, asked, first, last)
    else:
        found = _of_load(runtime, asked, int(number))
    return {"change": "diff", "load": number, **_as_result(found)}


def _of_load(runtime: "Runtime", asked: Asked, number: int) -> Difference:
    with runtime.metadata.read() as session:
        load = find_load(session, number)
    if load.first_snapshot is not None:
        return difference_of_load(runtime, asked, number)
    if load.state != "held":
        raise InvalidInput(
            f"load {number} is {load.state} and was never published: it moves nothing", field="load"
        )
    builder = context_of(runtime).builder  # a job may build what is lacking
    return foreseen(runtime, asked, number, "published", builder=builder)


def _as_result(found: Difference) -> dict[str, Any]:
    return {
        "from": found.before.number,
        "to": None if found.is_foreseen else found.after.number,
        "is_cut_short": found.is_cut_short,
        "compared": found.compared,
        "scopes": [
            {
                "table": key.table_name,
                "source": key.source,
                "scope": key.scope_key,
                "rows_before": key.rows_before,
                "rows_after": key.rows_after,
                "loads": list(key.loads),
            }
            for key in found.ledger.keys
        ],
        "figures": [_moved(one) for one in (*found.scores, *found.indicators, *found.aggregates)],
    }


def _moved(one: Moved) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "code": one.code,
        "label": one.label,
        "cube": one.cube,
        "period": str(one.period),
        "before": _figure(one.before),
        "after": _figure(one.after),
        "difference": _figure(one.difference),
        "loads": list(one.loads),
    }


def _figure(figure: Figure) -> dict[str, str]:
    if not isinstance(figure, Fraction):
        return {"absent": figure.value}
    exact = Decimal(figure.numerator) / Decimal(figure.denominator)
    value = exact if figure.denominator == 1 else exact.quantize(_PLACES)
    return {"value": format(value, "f"), "exact": str(figure)}
