"""Loads: did everything arrive, is it right, what did it replace, and what can be done about it."""

import csv
import io
from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, request, stream_with_context

from server.access import Permission
from server.cube.plain_text import harmless
from server.errors import InvalidInput
from server.ledger.relatives import replaced_by_load, replacing_load
from server.metadata.batches import counting_batches_of
from server.metadata.grouped_files import files_of_load
from server.metadata.load_list import (
    LoadFilter,
    count_fitting,
    count_quarantined,
    loaded_tables,
    search_loads,
    seen_keys,
)
from server.metadata.loads import State, find_load, quarantined_rows
from server.metadata.session import Metadata
from server.metadata.snapshots import events_of
from server.scorecards.difference import difference_of_load
from web.asking import asked_at
from web.differences import is_wanted_whole, moves
from web.figures import whole
from web.frame import Link, Option
from web.gate import require
from web.load_changes import change_words, possible_changes, undoing
from web.load_jobs import latest_change
from web.loads import (
    STATES,
    balance,
    event_line,
    is_moving,
    load_line,
    mistake_words,
    relative_line,
    seconds_words,
    size_words,
    speed_words,
    state_words,
    sum_line,
    way,
)
from web.pages.loads_standing import (
    file_lines,
    refused_lines,
    source_lines,
    stopped_lines,
    waiting_lines,
)
from web.pages.publications import number_before
from web.phrases import gettext
from web.place import Place, read_place
from web.rendering import render
from web.sentences import in_words
from web.visitor import runtime, snapshot
from web.words import instant_words

pages = Blueprint("loads", __name__)

PAGE_SIZE = 50
QUARANTINE_SIZE = 100
SHOWN_BATCHES = 40


@pages.get("/loads")
@require(Permission.LOAD)
def index() -> Response:
    """List the loads that fit the filters, newest first."""
    wanted, before = _filter(), number_before(request.args.get("before", ""))
    with runtime().metadata.read() as reading:
        found = search_loads(reading, wanted, PAGE_SIZE + 1, before)
        total, tables = count_fitting(reading, wanted), loaded_tables(reading)
        stopped = stopped_lines(reading)
        waiting = waiting_lines(reading) if before is None else ()
        turned_away = refused_lines(reading, runtime().clock()) if before is None else ()
        shown = found[:PAGE_SIZE]
        seen = seen_keys(reading, [one.id for one in shown])
    place = _kept(wanted)
    is_cut_short = len(found) > PAGE_SIZE
    older = place.plus("before", shown[-1].id).link("loads.index") if is_cut_short else None
    return render(
        "loads.html",
        lines=tuple(load_line(one, place.moment(), seen.get(one.id)) for one in shown),
        older=older,
        newest=place.link("loads.index") if before is not None else None,
        total=whole(total),
        is_filtered=bool(wanted.states or wanted.table or wanted.text),
        is_moving=before is None and any(is_moving(one) for one in shown),
        here=place.link("loads.index"),
        states=_states(wanted.states),
        tables=_options(gettext("All"), [(one, one) for one in tables], wanted.table),
        text=wanted.text,
        sources=source_lines(snapshot()) if before is None else (),
        waiting=waiting,
        turned_away=turned_away,
        stopped=tuple((one, in_words(one.reason)) for one in stopped),
    )


@pages.get("/loads/<int:number>")
@require(Permission.LOAD)
def show(number: int) -> Response:
    """Show one load: its way, its balance, its sums, its relatives and what was refused."""
    page = _page(request.args.get("page", "1"))
    done = request.args.get("done", "")[:20]
    place = read_place(request).moment()
    with runtime().metadata.read() as reading:
        load = find_load(reading, number)
        batches = counting_batches_of(reading, number)
        refused = quarantined_rows(reading, number, QUARANTINE_SIZE, (page - 1) * QUARANTINE_SIZE)
        rules = count_quarantined(reading, number)
        events = events_of(reading, number)
        replaced, replacing = replaced_by_load(reading, load), replacing_load(reading, load)
        seen = seen_keys(reading, [number]).get(number)
        files = files_of_load(reading, number)
    values = sum(count for _rule, count in rules)
    return render(
        "load.html",
        load=load,
        line=load_line(load, place, seen),
        way=way(load),
        batches=batches[:SHOWN_BATCHES],
        batch_count=whole(len(batches)),
        files=file_lines(files),
        file_count=whole(len(files)),
        error=in_words(load.error or ""),
        refused=tuple((one, in_words(one.message)) for one in refused),
        refused_values=whole(values),
        pages=_pages(number, page, values, place),
        seconds=seconds_words(load),
        speed=speed_words(load),
        size=size_words(load.source_bytes),
        received=instant_words(load.received_at),
        finished=instant_words(load.finished_at) if load.finished_at else "",
        balance=balance(load),
        sums=tuple(sum_line(name, text) for name, text in sorted((load.sums or {}).items())),
        rules=tuple((mistake_words(rule), whole(count)) for rule, count in rules),
        events=tuple(event_line(one, place) for one in events),
        replaced=tuple(relative_line(one, load, place) for one in replaced),
        replacing=tuple(relative_line(one, load, place) for one in replacing),
        changes=possible_changes(load, place),
        undo=undoing(load, done, events, place),
        job=latest_change(load, events[-1].at if events else None),
        change_words=change_words,
        here=(place.plus("done", done) if done else place).link("loads.show", number=number),
        moved=place.link("loads.moved", number=number) if load.first_snapshot else None,
        download=place.link("loads.quarantine", number=number),
        every=place.link("loads.index"),
    )


@pages.get("/loads/<int:number>/moved")
@require(Permission.LOAD)
def moved(number: int) -> Response:
    """Show which figures the load moved when it was published."""
    place = read_place(request)
    card = request.args.get("scorecard") or None
    found = difference_of_load(runtime(), asked_at(place), number, card)
    return render(
        "load_moved.html",
        number=number,
        source=found.ledger.loads[number].source,
        moves=moves(found, place, "loads.moved", is_whole=is_wanted_whole(), number=number),
        back=place.moment().link("loads.show", number=number),
    )


@pages.get("/loads/<int:number>/quarantine.csv")
@require(Permission.LOAD)
def quarantine(number: int) -> Response:
    """Send every refused value as a CSV file, with its reason in the language of the answer."""
    metadata = runtime().metadata
    with metadata.read() as reading:
        find_load(reading, number)
    lines = stream_with_context(_quarantine_lines(metadata, number))
    found = Response(lines, mimetype="text/csv; charset=utf-8")
    found.headers["Content-Disposition"] = f'attachment; filename="quarantine-{number}.csv"'
    return found


def _quarantine_lines(metadata: Metadata, number: int) -> Iterator[str]:
    offset = 0
    yield "\ufeff" + _csv_line(("line", "column", "value", "rule", "message"))
    while True:
        with metadata.read() as reading:
            rows = quarantined_rows(reading, number, 1000, offset)
        for one in rows:
            told = in_words(one.message)
            yield _csv_line((one.line, one.column or "", one.raw, one.rule, told))
        if len(rows) < 1000:
            return
        offset += len(rows)


def _csv_line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(harmless(cell) if isinstance(cell, str) else cell for cell in cells)
    return text.getvalue()


def _filter() -> LoadFilter:
    state = request.args.get("state", "")
    if state and state not in STATES:
        raise InvalidInput(
            f"There is no state {state[:40]!r} of loads.", field="state", allowed=STATES
        )
    states = tuple(one for one in STATES if one == state)
    text = request.args.get("text", "").strip()[:80]
    return LoadFilter(states, request.args.get("table", "").strip()[:120], text)


def _kept(wanted: LoadFilter) -> Place:
    place = read_place(request).moment()
    given = (("state", "".join(wanted.states)), ("table", wanted.table), ("text", wanted.text))
    for name, value in given:
        place = place.plus(name, value) if value else place
    return place


def _states(chosen: tuple[State, ...]) -> tuple[Option, ...]:
    named = [(one, state_words(one)) for one in STATES]
    return _options(gettext("All"), named, "".join(chosen))


def _options(whole_words: str, named: Sequence[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    return (
        Option("", whole_words, not chosen),
        *(Option(value, label, value == chosen) for value, label in named),
    )


def _page(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) < 1:
        raise InvalidInput(f"page is {text[:20]!r}; it must be 1 or more.", field="page")
    return int(text)


def _pages(number: int, page: int, values: int, place: Place) -> tuple[Link | None, Link | None]:
    """The page of refused values before this one, and the one after it."""

    def to(other: int, words: str) -> Link:
        return Link(words, place.plus("page", other).link("loads.show", number=number) + "#refused")

    earlier = to(page - 1, gettext("Earlier rows")) if page > 1 else None
    later = to(page + 1, gettext("Later rows")) if page * QUARANTINE_SIZE < values else None
    return earlier, later
