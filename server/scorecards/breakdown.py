"""One indicator by the members of a dimension, one level below the slice's own member.

The total is asked from the facts at its own grain, never added up from the members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.cube.elements import Level
from server.cube.model import CubeModel
from server.errors import NotFound
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import Bands
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import Arrival, absence_of, arrival, within
from server.scorecards.asking import Asked
from server.scorecards.figures import Operands, Question, cells, count_name, figures_of, period_of
from server.scorecards.standing import stand, window
from server.scorecards.views import Breakdown, BreakdownRow, Member, Standing
from server.snapshot import Snapshot

MEMBERS = 60  # rows of a breakdown; the largest by volume are kept

Path = tuple[str | None, ...]
Cells = Mapping[Period, Mapping[str, Any]]


@dataclass(frozen=True)
class Inquiry:
    """Whose figure is broken down, under which slice, snapshot and bands."""

    runtime: Runtime
    asked: Asked
    total: Standing
    snapshot: Snapshot
    bands: Bands

    @property
    def indicator(self) -> Indicator:
        """The indicator that is broken down."""
        return self.total.indicator

    @property
    def cube(self) -> CubeModel:
        """The cube that holds its facts."""
        return self.runtime.cubes.model.cube(self.indicator.cube)


def breakdown(inquiry: Inquiry, dimension: str) -> Breakdown | None:
    """The figure by member; None when no level lies below the chosen member or nothing arrived."""
    cube, asked = inquiry.cube, inquiry.asked
    _check_dimension(cube, dimension)
    spec = cube.dimension(dimension)
    levels, depth = spec.default_hierarchy.levels, len(asked.cuts.path(dimension))
    asks = within(asked.cuts, asked.person.scope)
    arrived = arrival(inquiry.total.period, inquiry.snapshot, cube.fact.name, asks)
    if depth >= len(levels) or absence_of(arrived):
        return None
    rows, whole = _rows(inquiry, dimension, levels[: depth + 1], depth + 1 < len(levels))
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
    inquiry: Inquiry, dimension: str, levels: tuple[Level, ...], has_children: bool
) -> tuple[tuple[BreakdownRow, ...], int]:
    """The members that hold facts in the period, largest first, and the number of all facts."""
    period, count = inquiry.total.period, count_name(inquiry.cube)
    by_member = _ask(inquiry, dimension, levels)
    volumes = {path: int(one.get(period, {}).get(count) or 0) for path, one in by_member.items()}
    whole = sum(volumes.values())
    rows = tuple(
        BreakdownRow(
            member=Member(dimension, path, _label(path, levels[-1], by_member[path]), has_children),
            standing=_standing(inquiry, dimension, path, by_member[path]),
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
    names = tuple(sorted({*inquiry.indicator.formula.names, count_name(inquiry.cube)}))
    by = f"{dimension}:{levels[-1].name}"
    found: dict[Path, dict[Period, Mapping[str, Any]]] = {}
    for cell in cells(browser, Question(names, window(period), asked.cuts.texts(), by)):
        path = tuple(_key(cell[level.key.ref]) for level in levels)
        found.setdefault(path, {})[period_of(cell, period.kind)] = cell
    return dict(found)


def _standing(inquiry: Inquiry, dimension: str, path: Path, known: Cells) -> Standing:
    period, snapshot = inquiry.total.period, inquiry.snapshot
    cuts = inquiry.asked.cuts.and_also(dimension, path)
    asks = within(cuts, inquiry.asked.person.scope)
    operands: dict[Period, Operands] = {
        one: figures_of(
            known.get(one, {}), inquiry.cube, inquiry.indicator.formula.names, one, snapshot, asks
        )
        for one in window(period)
    }
    arrived = arrival(period, snapshot, inquiry.cube.fact.name, asks)
    return stand(inquiry.indicator, period, operands, cuts, arrived, inquiry.bands)


def _key(value: object) -> str | None:
    return None if value is None else str(value)


def _label(path: Path, level: Level, known: Cells) -> str:
    label = next(iter(known.values())).get(level.label.ref)
    return str(label if label is not None else path[-1] or "—")


def _share(part: int, whole: int) -> Figure:
    return Fraction(part, whole) if whole else Absence.ZERO_DENOMINATOR
