"""A load as screens show it: its line, its way, its balance, its steps, its relatives."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from server.ledger.relatives import Relative
from server.metadata.load_list import SeenKeys
from server.metadata.loads import READ_AS, Load, State
from server.metadata.snapshots import LoadEvent
from server.store.tables import ROW_COLUMN
from web.events import event_words, reason_words
from web.figures import percent, whole
from web.phrases import gettext, ngettext
from web.place import Place
from web.sentences import in_words
from web.words import day_words, instant_words, person_words

WAY: tuple[State, ...] = ("received", "parsed", "stored", "verified", "published")
_LONG = 1  # seconds from which on hundredths say nothing
STATES: tuple[State, ...] = (*WAY, "held", "replayed", "rejected", "abandoned", "withdrawn")


_NOW = Place()


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
    waits_for: str  # of a load that is held: why somebody has to decide
    replaced: str  # of a published one: whether later loads took its place


@dataclass(frozen=True)
class WayStep:
    """A state on a load's way."""

    words: str
    tone: str  # done, failed or nothing
    at: str = ""
    took: str = ""  # since the step before


@dataclass(frozen=True)
class RelativeLine:
    """A load that this one replaced, or that replaced it."""

    load: int
    url: str
    keys: str
    rows: str  # that gave way
    snapshot: int


@dataclass(frozen=True)
class EventLine:
    """Something that was done to the load."""

    words: str
    at: str
    by: str
    reason: str
    snapshot: int | None
    moved: str | None  # what it moved


def load_line(load: Load, place: Place, seen: SeenKeys | None = None) -> LoadLine:
    """The line of a load; `seen` says what is left of it."""
    rows = load.rows_stored if load.rows_stored is not None else load.rows_done
    return LoadLine(
        number=load.id,
        url=place.link("loads.show", number=load.id),
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
        by=person_words(load.by),
        share_done=_share_done(load),
        waits_for=in_words(load.error or "") if load.state == "held" else "",
        replaced=_seen_as(load) or replaced_words(seen),
    )


def _seen_as(load: Load) -> str:
    """Which load the rows of one are seen as, that was held."""
    number = (load.decision or {}).get(READ_AS)
    return gettext("seen as load %(load)s", load=number) if number else ""


def replaced_words(seen: SeenKeys | None) -> str:
    """Whether later loads took the place of a published one; empty: all of it is seen."""
    if seen is None or seen.seen == seen.all:
        return ""
    if not seen.seen:
        return gettext("replaced by later loads")
    return gettext(
        "replaced in %(replaced)s of %(all)s scope keys",
        replaced=whole(seen.all - seen.seen),
        all=whole(seen.all),
    )


def state_words(state: State) -> str:
    """The state of a load in words."""
    return event_words(state)


def mistake_words(rule: str) -> str:
    """The rule that refused values, as it heads them."""
    return {
        "columns": gettext("number of values"),
        "control_character": gettext("control character"),
        "duplicate_key": gettext("key there already"),
        "edge_space": gettext("space at an end"),
        "empty": gettext("value missing"),
        "line_end": gettext("broken line end"),
        "no_such_day": gettext("no such day"),
        "not_allowed": gettext("value not allowed"),
        "not_date": gettext("not a date"),
        "not_decimal": gettext("not a decimal number"),
        "not_integer": gettext("not a whole number"),
        "not_number": gettext("not a number"),
        "out_of_range": gettext("out of range"),
        "outside_cover": gettext("outside of what the file covers"),
        "quotes": gettext("open quotation mark"),
        "too_many_digits": gettext("too many digits"),
        "unknown_member": gettext("unknown member"),
    }.get(rule, rule)


def is_moving(load: Load) -> bool:
    """Whether the load is still on its way."""
    return load.state in WAY[:-1]


def way(load: Load) -> tuple[WayStep, ...]:
    """The states that a load passed, each with its moment and how long it took to get there."""
    if load.state in WAY:
        reached = WAY.index(load.state)
        steps = tuple((state, "done" if i <= reached else "") for i, state in enumerate(WAY))
    else:
        past = WAY if load.state == "withdrawn" else _passed(load)
        end = "done" if load.state == "replayed" else "failed"
        steps = (*((state, "done") for state in past), (load.state, end))
    found: list[WayStep] = []
    before: datetime | None = None
    for state, tone in steps:
        at = _moment(load, state) if tone else None
        took = gettext("%(seconds)s s", seconds=_seconds(at, before)) if at and before else ""
        found.append(WayStep(state_words(state), tone, instant_words(at) if at else "", took))
        before = at or before
    return tuple(found)


def balance(load: Load) -> dict[str, str] | None:
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


def seconds_words(load: Load) -> str:
    """How long the load took."""
    if load.finished_at is None:
        return ""
    return gettext("%(seconds)s s", seconds=_seconds(load.finished_at, load.received_at))


def speed_words(load: Load) -> str:
    """How many rows of the file a second."""
    taken = (load.finished_at - load.received_at).total_seconds() if load.finished_at else 0
    if not taken or not load.rows_in_file:
        return ""
    rows = int(load.rows_in_file / taken)
    return ngettext("%(rows)s row/s", "%(rows)s rows/s", rows, rows=whole(rows))


def size_words(size: int) -> str:
    """A number of bytes."""
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if size >= 10**power:
            return f"{size / 10**power:,.1f} {unit}"
    return f"{size} B"


def sum_line(column: str, text: str) -> tuple[str, str, str]:
    """A column's control sum: how many values are given, and what they add up to."""
    given, _, figure = text.partition(" ")
    name = gettext("(line of the file)") if column == ROW_COLUMN else column
    return name, whole(int(given)), figure


def relative_line(one: Relative, load: Load, place: Place) -> RelativeLine:
    """A relative with the scope keys that it shares; an upsert replaces some of their rows."""
    shown = ", ".join(key or gettext("all") for key in one.scope_keys[:3])
    more = len(one.scope_keys) - 3
    keys = gettext("%(keys)s and %(count)s more", keys=shown, count=more) if more > 0 else shown
    url = place.link("loads.show", number=one.load)
    rows = ngettext("%(rows)s row", "%(rows)s rows", one.rows, rows=whole(one.rows))
    rows = "" if load.mode == "upsert" else rows
    return RelativeLine(one.load, url, keys, rows, one.snapshot)


def event_line(one: LoadEvent, place: Place = _NOW) -> EventLine:
    """An event, with the way to what it moved."""
    moved = (
        place.link("publications.difference", first=one.snapshot - 1, last=one.snapshot)
        if one.snapshot
        else None
    )
    return EventLine(
        words=event_words(one.what),
        at=instant_words(one.at),
        by=person_words(one.by),
        # Only what the server wrote itself is put into words; a person's reason stays as it is.
        reason=(in_words if one.what == "held" else reason_words)(one.reason or ""),
        snapshot=one.snapshot,
        moved=moved,
    )


def _tone(state: State) -> str:
    """The state as a status, so that it has a shape and a colour."""
    if state == "published":
        return "on_target"
    if state in WAY:
        return "partial"
    return {"held": "watch", "withdrawn": "no_data", "replayed": "no_data"}.get(state, "off")


def _passed(load: Load) -> tuple[State, ...]:
    """What a load that failed had certainly behind it."""
    reached = 1 + sum(
        moment is not None for moment in (load.parsed_at, load.stored_at, load.verified_at)
    )
    return WAY[: max(reached, 2 if load.rows_in_file is not None else 1)]


def _moment(load: Load, state: State) -> datetime | None:
    known = {
        "received": load.received_at,
        "parsed": load.parsed_at,
        "stored": load.stored_at,
        "verified": load.verified_at,
    }
    if state in known:
        return known[state]
    return None if state == "withdrawn" else load.finished_at


def _seconds(at: datetime | None, before: datetime | None) -> str:
    """Hundredths where they matter."""
    if not at or not before:
        return ""
    taken = (at - before).total_seconds()
    return f"{taken:,.1f}" if taken >= _LONG else f"{taken:.2f}"


def _range(load: Load) -> str:
    if load.first_date is None or load.last_date is None:
        return ""
    return f"{day_words(load.first_date)} – {day_words(load.last_date)}"


def _share_done(load: Load) -> float | None:
    if not is_moving(load) or not load.rows_expected:
        return None
    return round(min(100 * load.rows_done / load.rows_expected, 100), 1)
