"""The form that pins what a screen shows: what can be pinned, onto which dashboards."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint

from server.access import Permission
from server.dashboards.tiles import LATEST
from server.indicators.definition import Indicator
from server.metadata.dashboards import dashboards_of
from server.periods import Period
from server.scorecards.slicing import NO_CUTS, Cuts
from server.scorecards.views import Frame, IndicatorView, ScorecardView
from server.slices.question import SliceQuestion, write_question
from web.pages.dashboard import asked_language
from web.phrases import gettext
from web.place import Place
from web.visitor import runtime, visitor
from web.words import language, period_words

pages = Blueprint("dashboard_pin", __name__)

Choice = tuple[str, str]  # value and words


@dataclass(frozen=True)
class PinForm:
    """Everything that the form offers and carries along."""

    action: str
    things: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    cuts: tuple[str, ...]
    address: str  # of a slice
    dashboards: tuple[Choice, ...]


def pin_indicator(view: IndicatorView) -> PinForm | None:
    """What can be pinned of an indicator's page."""
    code = view.standing.indicator.code
    by = [(one.dimension, one.dimension_label) for one in view.breakdowns]
    things = (
        (f"figure|{code}", gettext("The figure, with its status and trend line")),
        (f"trend|{code}", gettext("The chart of its trend")),
        *((f"ranking|{code}|{d}", gettext("Chart by %(dimension)s", dimension=w)) for d, w in by),
        *((f"table|{code}|{d}", gettext("Table by %(dimension)s", dimension=w)) for d, w in by),
    )
    return _form(things, _periods(view.frame.slice.period), _cuts(view.frame))


def pin_facts(indicator: Indicator, frame: Frame) -> PinForm | None:
    """What can be pinned of the facts behind an indicator: what they add up to."""
    things = (
        (f"figure|{indicator.code}", gettext("The figure, with its status and trend line")),
        (f"trend|{indicator.code}", gettext("The chart of its trend")),
    )
    return _form(things, _periods(frame.slice.period), _cuts(frame))


def pin_scorecard(view: ScorecardView) -> PinForm | None:
    """What can be pinned of a scorecard's page: the whole, and each of its indicators."""
    own = (f"scorecard|{view.scorecard.code}", gettext("The scorecard"))
    lines = tuple(
        (
            f"figure|{row.standing.indicator.code}",
            row.standing.indicator.name.in_language(language()),
        )
        for row in view.rows
    )
    return _form((own, *lines), _periods(view.frame.slice.period), _cuts(view.frame))


def pin_slice(question: SliceQuestion) -> PinForm | None:
    """What can be pinned of a slice: its chart, on whatever facts there are."""
    path = Place().link("slicer.show", name=question.cube)
    address = f"{path}?{urlencode(write_question(question))}"
    things = (
        ("slice", gettext("The chart of this slice")),
        ("slice_table", gettext("The table of this slice")),
    )
    return _form(things, (), address=address)


def _form(
    things: tuple[Choice, ...],
    periods: tuple[Choice, ...],
    cuts: Cuts = NO_CUTS,
    address: str = "",
) -> PinForm | None:
    user = visitor().user
    if user is None or not user.may(Permission.VIEW):
        return None
    with runtime().metadata.read() as reading:
        own = [one for one in dashboards_of(reading, user.id) if one.user_id == user.id]
    return PinForm(
        action=Place(language=asked_language()).link("dashboard_edit.pin"),
        things=things,
        periods=periods,
        cuts=cuts.texts(),
        address=address,
        dashboards=tuple((str(one.id), one.name) for one in own),
    )


def _cuts(frame: Frame) -> Cuts:
    return Cuts.of({one.dimension: one.member.path for one in frame.slice.filters})


def _periods(shown: Period) -> tuple[Choice, ...]:
    """Whatever was the last full period when somebody looks, or for ever the one that is shown."""
    latest = {
        "month": gettext("Always the last full month"),
        "quarter": gettext("Always the last full quarter"),
        "year": gettext("Always the last full year"),
    }
    kind = shown.kind if shown.kind in LATEST else "month"
    fixed = gettext("%(period)s, for good", period=period_words(shown))
    return ((kind, latest[kind]), (str(shown), fixed))


@pages.app_context_processor
def offer_pins() -> dict[str, object]:
    """Let every template say what can be pinned of its screen."""
    return {
        "pin_facts": pin_facts,
        "pin_indicator": pin_indicator,
        "pin_scorecard": pin_scorecard,
        "pin_slice": pin_slice,
    }
