"""One indicator by the members of a dimension, one level below the slice's own member.

The total is asked from the facts at its own grain, never added up from the members.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from server.cube.elements import Level
from server.cube.model import CubeModel
from server.errors import NotFound
from server.indicators.absence import Absence, Figure
from server.periods import Period
from server.scorecards.arrival import Arrival, Within, absence_of, arrival, within
from server.scorecards.breaking import Beside, Cells, Inquiry, besides, key_text, named_figures
from server.scorecards.figures import Operands, Question, cells, count_name, period_of
from server.scorecards.standing import stand, window
from server.scorecards.views import Breakdown, BreakdownRow, Member, Standing

MEMBERS = 60  # rows of a breakdown; the largest by volume are kept

Path = tuple[str | None, ...]


def breakdown(inquiry: Inquiry, dimension: str) -> Breakdown | None:
    """The figure by member.

    None when no level lies below the chosen member, nothing arrived, or a further cube of the
    formula neither shares the dimension nor is open to it.
    """
    cube, asked = inquiry.cube, inquiry.asked
    _check_dimension(cube, dimension)
    spec = cube.dimension(dimension)
    levels, depth = spec.default_hierarchy.levels, len(asked.cuts.path(dimension))
    asks = within(asked.cuts, asked.person.scope)
    arrived = arrival(inquiry.total.period, inquiry.snapshot, cube.fact.name, asks)
    if depth >= len(levels) or absence_of(arrived):
        return None
    beside = besides(inquiry, dimension, levels[: depth + 1])
    if beside is None:
        return None
    rows, whole = _rows(inquiry, dimension, levels[: depth + 1], depth + 1 < len(levels), beside)
    return Breakdown(
        dimension=dimension,
        dimension_label=spec.labels.in_language(asked.language),
        level=levels[depth].name,
        level_label=levels[depth].labels.in_language(asked.language),
        rows=rows[:MEMBERS],
        total=BreakdownRow(
            Member(dimension, asked.cuts.path(dimension), ""),
            inquiry.total,
            whole,
            _share(whole, whole),
        ),
        is_cut_short=len(rows) > MEMBERS,
    )


def _check_dimension(cube: CubeModel, dimension: str) -> None:
    if not cube.has_dimension(dimension):
        raise NotFound(
            f"The cube {cube.name} has no dimension {dimension!r}.",
            field="by",
            allowed=[one.name for one in cube.dimensions],
        )


def _rows(
    inquiry: Inquiry,
    dimension: str,
    levels: tuple[Level, ...],
    has_children: bool,
    beside: tuple[Beside, ...],
) -> tuple[tuple[BreakdownRow, ...], int]:
    """The members that hold facts in the period, largest first, and the number of all facts."""
    period, count = inquiry.total.period, count_name(inquiry.cube)
    by_member = _ask(inquiry, dimension, levels)
    volumes = {path: int(one.get(period, {}).get(count) or 0) for path, one in by_member.items()}
    whole = sum(volumes.values())
    rows = tuple(
        BreakdownRow(
            member=Member(dimension, path, _label(path, levels[-1], by_member[path]), has_children),
            standing=_standing(inquiry, dimension, path, by_member[path], beside),
            volume=volume,
            share=_share(volume, whole),
        )
        for path, volume in sorted(volumes.items(), key=lambda item: (-item[1], str(item[0])))
        if volume or _is_late(inquiry, dimension, path)
    )
    return rows, whole


def _is_late(inquiry: Inquiry, dimension: str, path: Path) -> bool:
    """Whether a member that had facts before should have sent those of the period by now."""
    cuts, person = inquiry.asked.cuts.and_also(dimension, path), inquiry.asked.person
    asks, table = within(cuts, person.scope), inquiry.cube.fact.name
    return arrival(inquiry.total.period, inquiry.snapshot, table, asks) is Arrival.LATE


def _ask(inquiry: Inquiry, dimension: str, levels: tuple[Level, ...]) -> dict[Path, Cells]:
    asked, period = inquiry.asked, inquiry.total.period
    browser = inquiry.runtime.cubes.browser(
        inquiry.cube.name, inquiry.snapshot, asked.person.scope, asked.language
    )
    own = {one.aggregate for one in inquiry.operands}
    names = tuple(sorted({*own, count_name(inquiry.cube)}))
    by = f"{dimension}:{levels[-1].name}"
    found: dict[Path, dict[Period, Mapping[str, Any]]] = {}
    for cell in cells(browser, Question(names, window(period), asked.cuts.texts(), by)):
        path = tuple(key_text(cell[level.key.ref]) for level in levels)
        found.setdefault(path, {})[period_of(cell, period.kind)] = cell
    return dict(found)


def _standing(
    inquiry: Inquiry, dimension: str, path: Path, known: Cells, beside: tuple[Beside, ...]
) -> Standing:
    period, snapshot = inquiry.total.period, inquiry.snapshot
    cuts = inquiry.asked.cuts.and_also(dimension, path)
    asks = within(cuts, inquiry.asked.person.scope)
    operands = {
        one: _operands(inquiry, path, one, known.get(one, {}), asks, beside)
        for one in window(period)
    }
    states = [arrival(period, snapshot, cube.fact.name, asks) for cube in inquiry.cubes]
    arrived = Arrival.PART if Arrival.PART in states else states[0]
    return stand(inquiry.indicator, period, operands, cuts, arrived, inquiry.bands)


def _operands(
    inquiry: Inquiry,
    path: Path,
    period: Period,
    cell: Mapping[str, Any],
    asks: Within,
    beside: tuple[Beside, ...],
) -> Operands:
    """Everything that the formula takes in one period, of all cubes."""
    operands = named_figures(inquiry.operands, cell, inquiry.cube, period, inquiry.snapshot, asks)
    for one in beside:
        operands |= one.figures(path, period)
    return operands


def _label(path: Path, level: Level, known: Cells) -> str:
    label = next(iter(known.values())).get(level.label.ref)
    return str(label if label is not None else path[-1] or "—")


def _share(part: int, whole: int) -> Figure:
    return Fraction(part, whole) if whole else Absence.ZERO_DENOMINATOR
