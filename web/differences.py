"""What moved between two states of the facts, ready for a page: figures, scope keys, events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from flask import request

from server.access import Permission
from server.indicators.absence import Figure
from server.indicators.rounding import round_half_even
from server.indicators.scoring import SHOWN_DECIMALS
from server.indicators.trend import change
from server.ledger.changes import KeyChange
from server.metadata.snapshots import LoadEvent
from server.scorecards.catalogue import read_catalogue
from server.scorecards.difference import Difference, Moved
from web.events import event_words, reason_words
from web.figures import Shown, absent, difference, in_unit, plain, whole
from web.frame import Link
from web.phrases import gettext
from web.place import Place
from web.visitor import person, runtime
from web.words import instant_words, language, period_words, person_words

MOST_LINES = 400  # figures of one table; the API gives all
FOLDED_FROM = 40  # figures of one table, or scope keys, from which on only the first are shown
FIRST_OF_EACH = 3  # months of one figure
FIRST_KEYS = 12
MOST_DECIMALS = 6  # more than a figure has elsewhere, for one that moved by very little


@dataclass(frozen=True)
class MovedLine:
    """A figure that moved."""

    label: str
    unit: str
    period: str
    before: Shown
    before_url: str | None
    after: Shown
    after_url: str | None
    difference: Shown
    loads: tuple[Link, ...]
    more: str = ""  # how many of the same figure are left out after it


@dataclass(frozen=True)
class MovedTable:
    """Figures that moved, of the scorecard or of one cube."""

    title: str
    lines: tuple[MovedLine, ...]
    count: str
    is_cut_short: bool
    is_folded: bool = False


@dataclass(frozen=True)
class KeyLine:
    """What a source says of one scope key, before and after."""

    table: str
    source: str
    key: str
    before: str
    after: str
    difference: str
    sums: tuple[tuple[str, str, str], ...]  # column, before, after: those that differ
    loads: tuple[Link, ...]


@dataclass(frozen=True)
class EventLine:
    """Something that was done to a load."""

    words: str
    load: Link
    source: str
    at: str
    by: str
    reason: str


@dataclass(frozen=True)
class Moves:
    """A difference as a page shows it."""

    scores: MovedTable
    indicators: MovedTable
    cubes: tuple[MovedTable, ...]
    keys: tuple[KeyLine, ...]  # empty for those who may not see loads
    more_keys: str  # how many are left out
    totals: tuple[tuple[str, str], ...]  # what there is of each kind, in all
    whole: str | None  # where everything is shown; None: it is shown here
    events: tuple[EventLine, ...]
    cards: tuple[Link, ...]
    compared: str
    is_cut_short: bool
    is_foreseen: bool  # it has not happened

    @property
    def has_moved(self) -> bool:
        """Whether any figure moved."""
        return bool(self.scores.lines or self.indicators.lines or self.cubes)


def moves(
    found: Difference, place: Place, endpoint: str, *, is_whole: bool = False, **parts: object
) -> Moves:
    """Prepare a difference; `endpoint` and `parts` are the page's own, for its links.

    A long one is folded unless it is wanted whole.
    """
    keys = found.ledger.keys if person().may(Permission.LOAD) else ()
    scores = _table(gettext("Scores"), found.scores, found, place, is_whole)
    indicators = _table(_card_name(found), found.indicators, found, place, is_whole)
    cubes = _cubes(found, place, is_whole)
    first_keys = keys if is_whole or len(keys) <= FOLDED_FROM else keys[:FIRST_KEYS]
    is_folded = len(first_keys) < len(keys) or any(
        one.is_folded for one in (scores, indicators, *cubes)
    )
    kept = place.plus("scorecard", found.scorecard.code) if found.scorecard else place
    return Moves(
        scores=scores,
        indicators=indicators,
        cubes=cubes,
        keys=tuple(_key(one) for one in first_keys),
        more_keys=whole(len(keys) - len(first_keys)) if len(first_keys) < len(keys) else "",
        totals=_totals(found, keys),
        whole=kept.plus("all", 1).link(endpoint, **parts) if is_folded else None,
        events=tuple(_event(one, found) for one in found.ledger.events),
        cards=_cards(found, place, endpoint, parts),
        compared=whole(found.compared),
        is_cut_short=found.is_cut_short,
        is_foreseen=found.is_foreseen,
    )


def is_wanted_whole() -> bool:
    """Whether the reader asked for everything that moved."""
    return request.args.get("all") == "1"


def decimals_of(one: Moved) -> int:
    """As many as the figure has elsewhere, or as it takes to see that it moved."""
    usual = one.indicator.decimals if one.indicator else _usual_decimals(one)
    moved = one.difference
    if not isinstance(moved, Fraction) or not moved:
        return usual
    scale = one.indicator.unit.scale if one.indicator else 1
    fitting = (
        more for more in range(MOST_DECIMALS + 1) if _is_seen_moved(one, moved, scale, usual + more)
    )
    return usual + next(fitting, MOST_DECIMALS)


def load_links(numbers: Iterable[int]) -> tuple[Link, ...]:
    """Loads by number; those who may not open them get no address."""
    may_open = person().may(Permission.LOAD)
    return tuple(
        Link(str(one), Place().link("loads.show", number=one) if may_open else "")
        for one in numbers
    )


def _card_name(found: Difference) -> str:
    return found.scorecard.name.in_language(language()) if found.scorecard else ""


def _cards(
    found: Difference, place: Place, endpoint: str, parts: dict[str, object]
) -> tuple[Link, ...]:
    cards = read_catalogue(runtime().metadata).scorecards.values()
    chosen = found.scorecard.code if found.scorecard else ""
    return tuple(
        Link(
            card.name.in_language(language()),
            place.plus("scorecard", card.code).link(endpoint, **parts),
            card.code == chosen,
        )
        for card in cards
    )


def _totals(found: Difference, keys: Sequence[KeyChange]) -> tuple[tuple[str, str], ...]:
    """How many figures of each kind moved, and how many rows came and went."""
    counted = (
        (gettext("Scores"), len(found.scores)),
        (gettext("Indicators"), len(found.indicators)),
        (gettext("Values of the cubes"), len(found.aggregates)),
        (gettext("Scope keys"), len(keys)),
    )
    told = [(label, whole(count)) for label, count in counted if count]
    if not keys:
        return tuple(told)
    before, after = (sum(one.rows_before for one in keys), sum(one.rows_after for one in keys))
    rows = f"{whole(before)} → {whole(after)} ({_signed(after - before)})"
    return (*told, (gettext("Rows in them"), rows))


def _cubes(found: Difference, place: Place, is_whole: bool) -> tuple[MovedTable, ...]:
    model = runtime().cubes.model
    by_cube: dict[str, list[Moved]] = {}
    for one in found.aggregates:
        by_cube.setdefault(one.cube, []).append(one)
    return tuple(
        _table(
            model.cube(name).labels.in_language(language()), tuple(moved), found, place, is_whole
        )
        for name, moved in by_cube.items()
    )


def _table(
    title: str, moved: tuple[Moved, ...], found: Difference, place: Place, is_whole: bool
) -> MovedTable:
    # Scores come as the scorecard has them, the whole one first; the rest goes by name.
    by_name = sorted(moved, key=lambda one: (one.label, one.period.first_day))
    ordered = [one for one in moved if one.kind == "score"] or by_name
    shown = ordered[:MOST_LINES]
    is_folded = not is_whole and len(ordered) > FOLDED_FROM
    lines = _folded(ordered) if is_folded else [(one, 0) for one in shown]
    return MovedTable(
        title=title,
        lines=tuple(_line(one, found, place, more) for one, more in lines),
        count=whole(len(moved)),
        is_cut_short=len(lines) == MOST_LINES < len(moved),
        is_folded=is_folded,
    )


def _folded(moved: Sequence[Moved]) -> list[tuple[Moved, int]]:
    """The first of each figure, the last of these with how many of it are left out."""
    by_figure: dict[str, list[Moved]] = {}
    for one in moved:
        by_figure.setdefault(one.label, []).append(one)
    return [
        (one, len(some) - FIRST_OF_EACH if number == FIRST_OF_EACH else 0)
        for some in by_figure.values()
        for number, one in enumerate(some[:FIRST_OF_EACH], start=1)
    ][:MOST_LINES]


def _line(one: Moved, found: Difference, place: Place, more: int = 0) -> MovedLine:
    unit = one.indicator.unit.symbol.in_language(language()) if one.indicator else ""
    decimals = decimals_of(one)
    return MovedLine(
        label=one.label,
        unit="" if unit == "%" else unit,
        period=period_words(one.period),
        before=_shown(one, one.before, decimals),
        before_url=_figure_url(one, found, place, found.before.number),
        after=_shown(one, one.after, decimals),
        after_url=None if found.is_foreseen else _figure_url(one, found, place, found.after.number),
        difference=_difference(one, decimals),
        loads=load_links(one.loads),
        more=whole(more) if more > 0 else "",
    )


def _figure_url(one: Moved, found: Difference, place: Place, number: int) -> str | None:
    there = place.at(one.period).known(str(number))
    if not number or one.kind == "aggregate":
        return None
    if one.indicator is not None:
        return there.link("indicator.show", code=one.indicator.code)
    return there.link("scorecard.show", code=found.scorecard.code) if found.scorecard else None


def _is_seen_moved(one: Moved, moved: Fraction, scale: int | Fraction, decimals: int) -> bool:
    """Whether the difference is seen at so many decimals, and between the figures too."""
    before, after = (
        round_half_even(figure * scale, decimals) if isinstance(figure, Fraction) else figure
        for figure in (one.before, one.after)
    )
    return bool(round_half_even(moved * scale, decimals)) and before != after


def _usual_decimals(one: Moved) -> int:
    if one.kind == "score":
        return SHOWN_DECIMALS
    figures = (one.before, one.after)
    return 2 if any(isinstance(each, Fraction) and each.denominator > 1 for each in figures) else 0


def _shown(one: Moved, figure: Figure, decimals: int) -> Shown:
    if one.indicator is not None:
        return in_unit(figure, one.indicator.unit, decimals)
    return plain(figure, decimals)


def _difference(one: Moved, decimals: int) -> Shown:
    if one.indicator is not None:
        told = change(one.after, one.before, one.indicator.unit, one.indicator.direction)
        return difference(told, replace(one.indicator, decimals=decimals))
    amount = one.difference
    if not isinstance(amount, Fraction):
        return absent(amount)
    shown = plain(amount, decimals)
    tone = ("good" if amount > 0 else "bad") if one.kind == "score" else ""
    return Shown(("+" if amount > 0 else "") + shown.text, tone=tone)


def _key(one: KeyChange) -> KeyLine:
    delta = one.rows_after - one.rows_before
    return KeyLine(
        table=one.table_name,
        source=one.source,
        key=one.scope_key,
        before=whole(one.rows_before) if one.before else gettext("none"),
        after=whole(one.rows_after) if one.after else gettext("none"),
        difference=_signed(delta),
        sums=tuple((column, *pair) for column, pair in one.sums.items()),
        loads=load_links(one.loads),
    )


def _signed(rows: int) -> str:
    return ("+" if rows > 0 else "±" if not rows else "") + whole(rows)


def _event(one: LoadEvent, found: Difference) -> EventLine:
    load = found.ledger.loads[one.load]
    return EventLine(
        words=event_words(one.what),
        load=load_links([one.load])[0],
        source=load.source,
        at=instant_words(one.at),
        by=person_words(one.by),
        reason=reason_words(one.reason or ""),
    )
