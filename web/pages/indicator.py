"""One indicator: what it is, how it ran, what it is made of, who carries it."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from server.access import Permission
from server.indicators.definition import Indicator
from server.indicators.scoring import Status
from server.indicators.wording import Text
from server.scorecards.indicator import indicator_view
from server.scorecards.views import Breakdown, BreakdownRow, IndicatorView
from web.asking import asked_at, subject_of
from web.charts import dress
from web.coverage import basis_words
from web.events import reason_words
from web.figures import (
    Shown,
    difference,
    in_unit,
    measured,
    percent,
    plain,
    relative,
    scored,
    whole,
)
from web.frame import Link, slice_bar
from web.gate import require
from web.phrases import gettext, ngettext
from web.place import Place, read_place
from web.rendering import render
from web.sparks import Bar, bars
from web.visitor import runtime
from web.words import language, period_words, person_words

pages = Blueprint("indicator", __name__)


@dataclass(frozen=True)
class MemberLine:
    """A member's line in a breakdown."""

    label: str
    url: str | None
    value: Shown
    target: Shown
    variance: Shown
    share: Shown
    volume: str
    volume_words: str
    score: Shown
    status: Status
    bar: Bar | None
    facts: str


@dataclass(frozen=True)
class BreakdownTable:
    """A breakdown with its lines and its total."""

    dimension: str
    title: str
    level: str
    lines: tuple[MemberLine, ...]
    total: MemberLine
    is_cut_short: bool


@dataclass(frozen=True)
class TargetLine:
    """The target of one period."""

    period: str
    value: Shown
    is_current: bool


@pages.get("/indicators/<code>")
@require(Permission.VIEW)
def show(code: str) -> Response:
    """Show an indicator at the place that the URL says."""
    asked = read_place(request)
    view = indicator_view(runtime(), asked_at(asked), code)
    place = asked.at(view.frame.slice.period)
    indicator, standing = view.standing.indicator, view.standing
    chart = dress(view.chart, indicator)
    return render(
        "indicator.html",
        view=view,
        reason=reason_words(view.reason or ""),
        indicator=indicator,
        name=indicator.name.in_language(language()),
        meaning=indicator.meaning.in_language(language()),
        unit=_unit_words(indicator.unit.symbol),
        subject=subject_of(view.frame),
        bar=slice_bar(view.frame, asked, "indicator.show", code=code),
        value=measured(standing.value, indicator),
        target=measured(standing.target, indicator),
        variance=difference(standing.variance, indicator),
        variance_share=relative(standing.variance),
        previous=measured(standing.previous, indicator),
        change=difference(standing.change, indicator),
        year_earlier=measured(standing.year_earlier, indicator),
        change_year=difference(standing.change_year, indicator),
        score=scored(standing.score),
        operands=tuple((name, label, plain(value, 0)) for name, label, value in view.operands),
        chart=chart,
        breakdowns=tuple(_table(one, place, code) for one in view.breakdowns),
        targets=_targets(view),
        basis=indicator.target_basis.in_language(language()),
        department=indicator.department.in_language(language()),
        author=person_words(view.author),
        share_of=_share_of(indicator),
        direction=_direction_words(str(indicator.direction)),
        frequency=_frequency_words(indicator.frequency),
        cards=_cards(view, place),
        facts=place.link("facts.show", code=code),
        why=place.link("why.show", code=code),
        bases=tuple(basis_words(one) for one in (standing.previous_basis, standing.year_basis)),
    )


def _share_of(indicator: Indicator) -> str:
    """What the share of a member is of: the facts are those of the cube that is counted."""
    if not indicator.is_across:
        return gettext("share of the facts behind the figure, not of the figure")
    cube = runtime().cubes.model.cube(indicator.cube)
    return gettext(
        "share of the facts of %(cube)s, not of the figure, which is worked out of several cubes",
        cube=cube.labels.in_language(language()),
    )


def _cards(view: IndicatorView, place: Place) -> tuple[Link, ...]:
    return tuple(Link(n, place.link("scorecard.show", code=c)) for c, n in view.scorecards)


def _table(broken: Breakdown, place: Place, code: str) -> BreakdownTable:
    drawn = bars(
        [row.standing.value for row in broken.rows], [row.standing.target for row in broken.rows]
    )
    return BreakdownTable(
        dimension=broken.dimension,
        title=gettext(
            "%(dimension)s by %(level)s", dimension=broken.dimension_label, level=broken.level_label
        ),
        level=broken.level_label,
        lines=tuple(
            _member_line(row, bar, place, code) for row, bar in zip(broken.rows, drawn, strict=True)
        ),
        total=_member_line(broken.total, None, place, code),
        is_cut_short=broken.is_cut_short,
    )


def _member_line(row: BreakdownRow, bar: Bar | None, place: Place, code: str) -> MemberLine:
    standing, member = row.standing, row.member
    inside = place.within(member.dimension, member.path)
    return MemberLine(
        label=member.label,
        url=inside.link("indicator.show", code=code) if member.path else None,
        value=measured(standing.value, standing.indicator),
        target=measured(standing.target, standing.indicator),
        variance=difference(standing.variance, standing.indicator),
        share=percent(row.share, 1),
        volume=whole(row.volume),
        volume_words=_volume_words(row),
        score=scored(standing.score),
        status=standing.status,
        bar=bar,
        facts=inside.link("facts.show", code=code),
    )


def _volume_words(row: BreakdownRow) -> str:
    count = whole(row.volume)
    if not row.member.path:
        return ngettext("%(count)s fact in all", "%(count)s facts in all", row.volume, count=count)
    return ngettext(
        "%(count)s fact of %(member)s",
        "%(count)s facts of %(member)s",
        row.volume,
        count=count,
        member=row.member.label,
    )


def _targets(view: IndicatorView) -> tuple[TargetLine, ...]:
    indicator, chosen = view.standing.indicator, view.frame.slice.period
    own = [one for one in indicator.targets if not one.organisation]
    return tuple(
        TargetLine(
            period_words(one.period),
            in_unit(one.value, indicator.unit, indicator.decimals),
            one.period == chosen,
        )
        for one in sorted(own, key=lambda target: target.period.first_day)
    )


def _unit_words(symbol: Text) -> str:
    return symbol.in_language(language()) or gettext("number")


def _direction_words(direction: str) -> str:
    return {
        "higher": gettext("higher is better"),
        "lower": gettext("lower is better"),
        "band": gettext("best within a band"),
    }[direction]


def _frequency_words(frequency: str) -> str:
    return {
        "day": gettext("daily"),
        "week": gettext("weekly"),
        "month": gettext("monthly"),
        "quarter": gettext("quarterly"),
        "year": gettext("yearly"),
    }[frequency]
