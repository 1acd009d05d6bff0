"""The balanced scorecard: how everything stands against plan, and which way it moves."""

from dataclasses import dataclass
from fractions import Fraction

from flask import Blueprint, Response, redirect, request

from server.access import Permission
from server.exports.fingerprint import scorecard_fingerprint
from server.indicators.absence import Figure
from server.indicators.scoring import Status
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.views import (
    IndicatorRow,
    ObjectiveView,
    PeriodScore,
    PerspectiveView,
    Rolled,
    ScorecardView,
    Standing,
)
from web.asking import asked_at, catalogue_at, subject_of
from web.coverage import basis_words
from web.figures import Shown, difference, measured, percent, scored, with_unit
from web.frame import Link, slice_bar
from web.gate import require
from web.phrases import gettext, ngettext
from web.place import Place, read_place
from web.rendering import render
from web.sparks import Spark, of_score, spark
from web.visitor import person, runtime
from web.words import language, short_period

pages = Blueprint("scorecard", __name__)


@dataclass(frozen=True)
class Line:
    """An indicator's line."""

    code: str
    name: str
    unit: str
    url: str
    value: Shown
    target: Shown
    variance: Shown
    change: Shown
    score: Shown
    raw_score: Figure
    status: Status
    spark: Spark
    spark_words: str
    weight: str
    owner: str


@dataclass(frozen=True)
class Group:
    """An objective with its lines."""

    name: str
    weight: str
    score: Shown
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Part:
    """A perspective with its objectives."""

    code: str
    name: str
    weight: str
    score: Shown
    rolled: Rolled
    coverage: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Step:
    """One period of the strip."""

    code: str
    label: str
    url: str
    score: str
    height: float | None
    status: Status
    is_current: bool


@pages.get("/")
@require(Permission.VIEW)
def home() -> Response:
    """Lead to the first scorecard; say what to do while there is none."""
    place = read_place(request)
    first = next(iter(catalogue_at(place).scorecards), None)
    if first is None:
        return render("empty.html")
    address = place.link("scorecard.show", code=first)
    found: Response = redirect(address, 302)  # type: ignore[assignment]
    return found


@pages.get("/scorecards/<code>")
@require(Permission.VIEW)
def show(code: str) -> Response:
    """Show a scorecard at the place that the URL says."""
    asked = read_place(request)
    view = evaluate_scorecard(runtime(), asked_at(asked), code)
    place = asked.at(view.frame.slice.period)
    parts = tuple(_part(one, place) for one in view.perspectives)
    return render(
        "scorecard.html",
        view=view,
        name=view.scorecard.name.in_language(language()),
        subject=subject_of(view.frame),
        message=_message(view),
        bar=slice_bar(view.frame, asked, "scorecard.show", code=code),
        cards=_cards(place, code),
        steps=tuple(_step(one, place, code) for one in view.strip),
        parts=parts,
        export_parameters=place.query(),
        fingerprint=scorecard_fingerprint(view, person().scope),
        bases=_bases(view),
    )


def _bases(view: ScorecardView) -> tuple[str, ...]:
    """Of what part comparisons with the period before are made, where it is not the whole."""
    said = (basis_words(row.standing.previous_basis) for row in view.rows)
    return tuple(dict.fromkeys(one for one in said if one))


def _cards(place: Place, chosen: str) -> tuple[Link, ...]:
    cards = catalogue_at(place).scorecards.values()
    return tuple(
        Link(
            card.name.in_language(language()),
            place.link("scorecard.show", code=card.code),
            card.code == chosen,
        )
        for card in cards
    )


def _part(view: PerspectiveView, place: Place) -> Part:
    is_in_part = 0 < view.rolled.coverage < 1
    return Part(
        code=view.perspective.code,
        name=view.perspective.name.in_language(language()),
        weight=percent(view.weight).text,
        score=scored(view.rolled.score),
        rolled=view.rolled,
        coverage=_coverage_words(view.rolled) if is_in_part else "",
        groups=tuple(_group(one, place) for one in view.objectives),
    )


def _coverage_words(rolled: Rolled) -> str:
    return gettext("%(share)s of the weight has a score", share=percent(rolled.coverage).text)


def _group(view: ObjectiveView, place: Place) -> Group:
    weight = sum((row.effective_weight for row in view.rows), Fraction(0))
    return Group(
        name=view.objective.name.in_language(language()),
        weight=percent(weight).text,
        score=scored(view.rolled.score),
        lines=tuple(_line(row, place) for row in view.rows),
    )


def _line(row: IndicatorRow, place: Place) -> Line:
    standing = row.standing
    indicator = standing.indicator
    unit = indicator.unit.symbol.in_language(language())
    return Line(
        code=indicator.code,
        name=indicator.name.in_language(language()),
        unit="" if unit == "%" else unit,
        url=place.link("indicator.show", code=indicator.code),
        value=measured(standing.value, indicator),
        target=measured(standing.target, indicator),
        variance=difference(standing.variance, indicator),
        change=difference(standing.change, indicator),
        score=scored(standing.score),
        raw_score=standing.score,
        status=standing.status,
        spark=spark(standing.trend),
        spark_words=_spark_words(row),
        weight=percent(row.effective_weight, 1).text,
        owner=indicator.owner,
    )


def _spark_words(row: IndicatorRow) -> str:
    points = row.standing.trend
    if not points:
        return gettext("No trend")
    return ngettext(
        "%(count)s period from %(first)s to %(last)s",
        "%(count)s periods from %(first)s to %(last)s",
        len(points),
        count=len(points),
        first=measured(points[0].value, row.standing.indicator).text,
        last=measured(points[-1].value, row.standing.indicator).text,
    )


def _step(step: PeriodScore, place: Place, code: str) -> Step:
    return Step(
        code=str(step.period),
        label=short_period(step.period),
        url=place.at(step.period).link("scorecard.show", code=code),
        score=scored(step.rolled.score).text,
        height=of_score(step.rolled.score),
        status=step.rolled.status,
        is_current=step.period == place.period,
    )


def _message(view: ScorecardView) -> str:
    """The one thing to know: how many are off, and which is furthest from its plan."""
    standings = [row.standing for row in view.rows]
    whole = [one for one in standings if not one.is_partial]
    known = [one for one in whole if isinstance(one.score, Fraction)]
    if not known and len(whole) < len(standings):
        return gettext("Nothing is judged yet: not all facts of this period have arrived.")
    if not known:
        return gettext("Nothing can be judged in this slice; the figures say why.")
    worst = min(known, key=_score_of)
    furthest = gettext(
        "Furthest from plan: %(name)s, %(value)s against %(target)s.",
        name=worst.indicator.name.in_language(language()),
        value=with_unit(worst.value, worst.indicator, language()),
        target=with_unit(worst.target, worst.indicator, language()),
    )
    off = sum(one.status is Status.OFF for one in known)
    watch = sum(one.status is Status.WATCH for one in known)
    if not off and not watch:
        return gettext("Every indicator that has a score is on target or better.")
    counted = _count_words(off, watch, len(view.rows))
    return gettext("%(first)s %(second)s", first=counted, second=furthest)


def _count_words(off: int, watch: int, every: int) -> str:
    if not off:
        return ngettext(
            "No indicator is off target, %(num)s of %(all)s is on watch.",
            "No indicator is off target, %(num)s of %(all)s are on watch.",
            watch,
            all=every,
        )
    if not watch:
        return ngettext(
            "%(num)s of %(all)s indicators is off target.",
            "%(num)s of %(all)s indicators are off target.",
            off,
            all=every,
        )
    return ngettext(
        "%(num)s of %(all)s indicators is off target, %(watch)s on watch.",
        "%(num)s of %(all)s indicators are off target, %(watch)s on watch.",
        off,
        all=every,
        watch=watch,
    )


def _score_of(standing: Standing) -> Fraction:
    return standing.score if isinstance(standing.score, Fraction) else Fraction(10**9)
