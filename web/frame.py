"""What surrounds a screen, with every link ready: the slice bar, its pickers and its filters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from server.periods import Kind, Period
from server.scorecards.comparing import LIKE_DIMENSION
from server.scorecards.views import Filter, Frame, Picker
from server.snapshot import Snapshot
from web.coverage import coverage_words
from web.known import Known, known_place
from web.phrases import gettext
from web.place import Place, cut_text, path_of
from web.words import period_words

_KINDS: tuple[Kind, ...] = ("month", "quarter", "year")
_SHOWN_PERIODS = 60


@dataclass(frozen=True)
class Link:
    """Somewhere to go."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class Option:
    """One line of a picker."""

    value: str
    label: str
    is_chosen: bool
    depth: int = 0


@dataclass(frozen=True)
class PickerField:
    """A picker of one dimension."""

    name: str  # of the dimension
    label: str
    options: tuple[Option, ...]

    @property
    def is_cut(self) -> bool:
        """Whether anything but the whole dimension is chosen."""
        return not self.options[0].is_chosen


@dataclass(frozen=True)
class Chip:
    """A filter in force: the way down to its member, and the link that lifts it."""

    dimension: str
    trail: tuple[Link, ...]
    lift: str


@dataclass(frozen=True)
class SliceBar:
    """The slice of a screen and every way to change it, as links and as one form."""

    action: str
    period: str
    earlier: str | None
    later: str | None
    kinds: tuple[Link, ...]
    periods: tuple[Option, ...]
    pickers: tuple[PickerField, ...]
    chips: tuple[Chip, ...]
    kept: tuple[tuple[str, str], ...]  # parameters that the form carries along
    data_to: date | None
    snapshot: Snapshot
    known: Known
    coverage: str  # how much of the expected facts has arrived; empty where all has
    alike: Link | None  # switches comparisons; None where they cannot be like for like


def slice_bar(frame: Frame, asked: Place, endpoint: str, **parts: object) -> SliceBar:
    """Prepare the slice bar of a screen."""
    period = frame.slice.period
    place = asked.at(period)

    def to(changed: Place) -> str:
        return changed.link(endpoint, **parts)

    earlier = max((one for one in frame.periods if one < period), default=None)
    later = min((one for one in frame.periods if one > period), default=None)
    return SliceBar(
        action=Place().link(endpoint, **parts),
        period=period_words(period),
        earlier=to(place.at(earlier)) if earlier else None,
        later=to(place.at(later)) if later else None,
        kinds=tuple(
            Link(_kind_words(kind), to(place.at(_switched(period, kind))), kind == period.kind)
            for kind in _KINDS
        ),
        periods=_period_options(frame),
        pickers=tuple(_field(picker) for picker in frame.pickers),
        chips=tuple(_chip(chosen, place, to) for chosen in frame.slice.filters),
        kept=_kept(frame, place),
        data_to=frame.data_to,
        snapshot=frame.snapshot,
        known=known_place(path_of(endpoint, parts), place, frame.snapshot),
        coverage=coverage_words(frame.coverage),
        alike=_alike(frame, place, to),
    )


def _alike(frame: Frame, place: Place, to: Callable[[Place], str]) -> Link | None:
    if not any(picker.dimension == LIKE_DIMENSION for picker in frame.pickers):
        return None
    there = to(place.alike(is_alike=not place.is_alike))
    return Link(gettext("Like for like"), there, place.is_alike)


def _switched(period: Period, kind: Kind) -> Period:
    return period if period.kind == kind else Period.containing(period.last_day, kind)


def _kind_words(kind: Kind) -> str:
    return {
        "day": gettext("Day"),
        "week": gettext("Week"),
        "month": gettext("Month"),
        "quarter": gettext("Quarter"),
        "year": gettext("Year"),
    }[kind]


def _period_options(frame: Frame) -> tuple[Option, ...]:
    chosen = frame.slice.period
    known = frame.periods if chosen in frame.periods else (*frame.periods, chosen)
    latest_first = sorted(known, reverse=True)[:_SHOWN_PERIODS]
    if chosen not in latest_first:
        latest_first.append(chosen)
    return tuple(Option(str(one), period_words(one), one == chosen) for one in latest_first)


def _field(picker: Picker) -> PickerField:
    whole = Option("", gettext("All"), not picker.chosen)
    members = tuple(
        Option(
            cut_text(picker.dimension, member.path),
            member.label,
            member.path == picker.chosen,
            member.depth - 1,
        )
        for member in picker.members
    )
    return PickerField(picker.dimension, picker.label, (whole, *members))


def _chip(chosen: Filter, place: Place, to: Callable[[Place], str]) -> Chip:
    trail = tuple(
        Link(
            member.label,
            to(place.within(chosen.dimension, member.path)),
            member.path == chosen.member.path,
        )
        for member in chosen.trail
    )
    return Chip(chosen.dimension_label, trail, to(place.within(chosen.dimension, ())))


def _kept(frame: Frame, place: Place) -> tuple[tuple[str, str], ...]:
    picked = {picker.dimension for picker in frame.pickers}
    others = [pair for pair in place.query() if pair[0] not in ("period", "cut")]
    cuts = [("cut", cut_text(name, path)) for name, path in place.cuts.paths if name not in picked]
    return tuple(cuts + others)
