"""Loads: did everything arrive, is it right, and where does a fact come from."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from flask import Blueprint, Response, request

from server.access import Permission
from server.errors import InvalidInput
from server.metadata.batches import batches_of
from server.metadata.loads import (
    Load,
    Quarantined,
    State,
    find_load,
    list_loads,
    quarantined_rows,
)
from web.figures import percent, whole
from web.gate import require
from web.phrases import gettext
from web.place import Place
from web.rendering import render
from web.visitor import runtime
from web.words import day_words, instant_words

pages = Blueprint("loads", __name__)

PAGE_SIZE = 50
SHOWN_QUARANTINE = 200
_WAY: tuple[State, ...] = ("received", "parsed", "stored", "verified", "published")
_TROUBLE: tuple[State, ...] = ("held", "rejected", "abandoned", "withdrawn")


@dataclass(frozen=True)
class LoadLine:
    """A load in the list."""

    number: int
    url: str
    source: str
    table: str
    specification: str
    state: str
    state_words: str
    tone: str
    rows: str
    quarantined: str
    range: str
    at: str
    by: str
    share_done: float | None  # 0 to 100 while it runs


@dataclass(frozen=True)
class WayStep:
    """A state on a load's way."""

    words: str
    tone: str  # done, failed or nothing


@pages.get("/loads")
@require(Permission.LOAD)
def index() -> Response:
    """List the latest loads, newest first."""
    before = _before(request.args.get("before", ""))
    with runtime().metadata.read() as reading:
        found = list_loads(reading, PAGE_SIZE + 1, before=before)
    shown = found[:PAGE_SIZE]
    older = (
        Place().plus("before", shown[-1].id).link("loads.index") if len(found) > PAGE_SIZE else None
    )
    return render(
        "loads.html",
        lines=tuple(_line(one) for one in shown),
        older=older,
        is_first=before is None,
        is_moving=any(one.state in _WAY[:-1] for one in shown),
    )


@pages.get("/loads/<int:number>")
@require(Permission.LOAD)
def show(number: int) -> Response:
    """Show one load: its way, its balance, its sums and what was refused."""
    with runtime().metadata.read() as reading:
        load = find_load(reading, number)
        batches = batches_of(reading, number)
        refused = quarantined_rows(reading, number, SHOWN_QUARANTINE)
    return render(
        "load.html",
        load=load,
        line=_line(load),
        way=_way(load),
        batches=batches,
        refused=refused,
        refused_rows=len({one.line for one in refused}),
        seconds=_seconds(load),
        speed=_speed(load),
        size=_size(load.source_bytes),
        received=instant_words(load.received_at),
        finished=instant_words(load.finished_at) if load.finished_at else "",
        balance=_balance(load),
        sums=tuple(_sum(name, text) for name, text in sorted((load.sums or {}).items())),
        rules=_rules(refused),
    )


def _sum(column: str, text: str) -> tuple[str, str, str]:
    """A column's control sum: how many values are given, and what they add up to."""
    given, _, figure = text.partition(" ")
    return column, whole(int(given)), figure


def _before(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput(f"before is {text!r}; it must be the number of a load.", field="before")
    return int(text)


def _line(load: Load) -> LoadLine:
    rows = load.rows_stored if load.rows_stored is not None else load.rows_done
    return LoadLine(
        number=load.id,
        url=Place().link("loads.show", number=load.id),
        source=load.source if not load.member else f"{load.source} › {load.member}",
        table=load.table_name,
        specification=f"{load.pack}/{load.specification}",
        state=load.state,
        state_words=state_words(load.state),
        tone=_tone(load.state),
        rows=whole(rows),
        quarantined=whole(load.rows_quarantined) if load.rows_quarantined else "",
        range=_range(load),
        at=instant_words(load.finished_at or load.received_at),
        by=load.by,
        share_done=_share_done(load),
    )


def state_words(state: State) -> str:
    """The state of a load in words."""
    return {
        "received": gettext("received"),
        "parsed": gettext("parsed"),
        "stored": gettext("stored"),
        "verified": gettext("verified"),
        "published": gettext("published"),
        "held": gettext("held"),
        "rejected": gettext("rejected"),
        "abandoned": gettext("abandoned"),
        "withdrawn": gettext("withdrawn"),
    }[state]


def _tone(state: State) -> str:
    """The state as a status, so that it has a shape and a colour."""
    if state == "published":
        return "on_target"
    if state in _WAY:
        return "partial"
    return {"held": "watch", "withdrawn": "no_data"}.get(state, "off")


def _way(load: Load) -> tuple[WayStep, ...]:
    if load.state in _WAY:
        reached = _WAY.index(load.state)
        return tuple(
            WayStep(state_words(state), "done" if index <= reached else "")
            for index, state in enumerate(_WAY)
        )
    ended = WayStep(state_words(load.state), "failed")
    past = _WAY if load.state == "withdrawn" else _passed(load)
    return (*(WayStep(state_words(state), "done") for state in past), ended)


def _passed(load: Load) -> tuple[State, ...]:
    """What a load that failed had certainly behind it."""
    return _WAY[:2] if load.rows_in_file is not None else _WAY[:1]


def _range(load: Load) -> str:
    if load.first_date is None or load.last_date is None:
        return ""
    return f"{day_words(load.first_date)} – {day_words(load.last_date)}"


def _share_done(load: Load) -> float | None:
    if load.state not in _WAY[:-1] or not load.rows_expected:
        return None
    return round(min(100 * load.rows_done / load.rows_expected, 100), 1)


def _balance(load: Load) -> dict[str, str] | None:
    """Rows in the file = stored + quarantined + ignored, to the row."""
    parts = (load.rows_in_file, load.rows_stored, load.rows_quarantined, load.rows_ignored)
    if any(part is None for part in parts):
        return None
    in_file, stored, quarantined, ignored = (int(part or 0) for part in parts)
    share = percent(Fraction(quarantined, in_file), 2).text if in_file else "0%"
    return {
        "in_file": whole(in_file),
        "stored": whole(stored),
        "quarantined": whole(quarantined),
        "ignored": whole(ignored),
        "share": share,
        "is_right": "yes" if in_file == stored + quarantined + ignored else "",
    }


def _seconds(load: Load) -> str:
    taken = _taken(load)
    return (
        "" if taken is None else gettext("%(seconds)s s", seconds=f"{taken.total_seconds():,.1f}")
    )


def _speed(load: Load) -> str:
    taken = _taken(load)
    if not taken or not load.rows_in_file:
        return ""
    return gettext("%(rows)s rows/s", rows=whole(int(load.rows_in_file / taken.total_seconds())))


def _taken(load: Load) -> timedelta | None:
    return load.finished_at - load.received_at if load.finished_at else None


def _size(size: int) -> str:
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if size >= 10**power:
            return f"{size / 10**power:,.1f} {unit}"
    return f"{size} B"


def _rules(refused: tuple[Quarantined, ...]) -> tuple[tuple[str, int], ...]:
    counted: dict[str, int] = {}
    for one in refused:
        counted[one.rule] = counted.get(one.rule, 0) + 1
    return tuple(sorted(counted.items(), key=lambda pair: -pair[1]))
