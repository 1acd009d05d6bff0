"""Exports: ask for a file, see how far it is, download it, cancel it, have it made again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for

from server.access import Permission
from server.errors import InvalidInput, NotAllowed, NotFound
from server.exports.asking import ask_for, cancel
from server.exports.contents import check_rights, rights_needed
from server.exports.formats import WRITERS
from server.exports.job import file_path
from server.exports.schedules import schedule
from server.exports.spec import FORMATS, ExportSpec, read_spec
from server.exports.titles import title_of_spec
from server.metadata.export_schedules import end_schedule, list_schedules
from server.metadata.exports import (
    Export,
    find_export,
    list_exports,
    tell_exports,
    untold_exports,
)
from web.frame import Option
from web.gate import require
from web.htmx import htmx
from web.pages.export_times import cron_of, times_words
from web.phrases import gettext, ngettext
from web.place import Place, read_cuts, with_query
from web.rendering import render
from web.sentences import trouble_words
from web.visitor import person, runtime, signed_in, visitor
from web.watched import needing
from web.words import instant_words, language

pages = Blueprint("exports", __name__, url_prefix="/exports")

PAGE_SIZE = 50
STATES = ("queued", "running", "done", "failed", "cancelled", "expired")
_TONES = {"done": "on_target", "failed": "off", "queued": "partial", "running": "partial"}


@dataclass(frozen=True)
class Line:
    """An export as a line of the list, and as a message."""

    id: str
    title: str
    format: str
    state: str
    state_words: str
    tone: str
    size: str
    fingerprint: str
    at: str
    until: str
    rows: str
    trouble: str
    download: str | None
    is_open: bool


@dataclass(frozen=True)
class Repeated:
    """A schedule as a line."""

    id: str
    title: str
    format: str
    times: str
    to_folder: bool


@pages.get("")
@require(Permission.EXPORT)
def index() -> Response:
    """List one's own exports, newest first, as far as they fit the filters."""
    state, kind = _chosen("state", STATES), _chosen("format", FORMATS)
    text, after = request.args.get("text", "").strip()[:80], request.args.get("after") or None
    user, here = signed_in(), runtime()
    with here.metadata.read() as reading:
        found = list_exports(
            reading,
            user=user.id,
            state=state,
            file_format=kind,
            text=text,
            limit=PAGE_SIZE + 1,
            after=after,
        )
        repeated = list_schedules(reading, user.id)
    found, is_more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    _tell(tuple(one.id for one in found if not one.job.is_open))
    return render(
        "exports.html",
        lines=tuple(line_of(one) for one in found),
        states=_options(STATES, state, state_words),
        formats=_options(FORMATS, kind, str.upper),
        text=text,
        is_filtered=bool(state or kind or text or after),
        is_moving=any(one.job.is_open for one in found),
        newest=_page(None) if after else None,
        older=_page(found[-1].id) if is_more else None,
        here=request.full_path.rstrip("?"),
        repeated=tuple(_repeated(one) for one in repeated),
    )


@pages.post("")
@require(Permission.EXPORT)
def ask() -> Response:
    """Ask for a file; the answer is the list, or for htmx the messages of the page."""
    spec = _asked_spec(request.form)
    here = runtime()
    ask_for(here, person(), spec, title_of_spec(here, spec))
    if htmx():
        return _toasts()
    return _to_list()


@pages.get("/toasts")
@require(Permission.EXPORT)
def toasts() -> Response:
    """How far the exports of the page's person are."""
    return _toasts()


@pages.post("/told")
@require(Permission.EXPORT)
def told() -> Response:
    """The person has seen that exports ended."""
    _tell(tuple(request.form.getlist("id"))[:100])
    return _toasts() if htmx() else _to_list()


@pages.get("/<export>/file")
@require(Permission.EXPORT)
def download(export: str) -> Response:
    """Send the file, if its person may still see what is in it."""
    here = runtime()
    with here.metadata.read() as reading:
        found = find_export(reading, export, signed_in().id)
    spec = read_spec(found.spec)
    check_rights(person(), spec)
    needing(*rights_needed(spec))
    _check_scope(found)
    path = file_path(here, found)
    if path is None:
        raise NotFound("This file is not there (any more); export it again.", field="export")
    _tell((found.id,))
    answer: Response = send_file(
        path,
        mimetype=WRITERS[found.format].media_type,
        as_attachment=True,
        download_name=download_name(found),
    )
    return answer


@pages.post("/<export>/cancel")
@require(Permission.EXPORT)
def stop(export: str) -> Response:
    """Stop an export that is not finished."""
    cancel(runtime(), export, signed_in().id)
    return _toasts() if htmx() and htmx().target == "toasts" else _to_list()


@pages.post("/<export>/repeat")
@require(Permission.EXPORT)
def repeat(export: str) -> Response:
    """Have an export made again and again: of what is known, and the last full month, then."""
    here, user = runtime(), signed_in()
    with here.metadata.read() as reading:
        found = find_export(reading, export, user.id)
    spec = read_spec({**found.spec, "period": None}).as_of_now()
    schedule(
        here,
        user,
        spec,
        title_of_spec(here, spec),
        cron_of(request.form.get("days", ""), request.form.get("time", "")),
        request.form.get("zone", "UTC"),
        to_folder=request.form.get("to_folder") == "1",
    )
    return _to_list()


@pages.post("/schedules/<name>/end")
@require(Permission.EXPORT)
def end(name: str) -> Response:
    """Make a scheduled export no more."""
    with runtime().metadata.write() as writing:
        end_schedule(writing, name, signed_in().id)
    return _to_list()


@pages.app_context_processor
def _page_parts() -> dict[str, Any]:
    """What every page may show: the messages, and whether exporting is open to the visitor."""
    return {"export_messages": _messages, "may_export": _may_export}


def _may_export() -> bool:
    user = visitor().user
    return user is not None and user.may(Permission.EXPORT)


def _messages() -> tuple[Line, ...]:
    if not _may_export():
        return ()
    with runtime().metadata.read() as reading:
        return tuple(line_of(one) for one in untold_exports(reading, signed_in().id))


def _toasts() -> Response:
    return Response(render_template("_export_messages.html"))


def _tell(ids: tuple[str, ...]) -> None:
    if not ids:
        return
    here = runtime()
    with here.metadata.write() as writing:
        tell_exports(writing, signed_in().id, ids, here.clock())


def _to_list() -> Response:
    address = Place(language=request.args.get("lang")).link("exports.index")
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found


def _page(after: str | None) -> str:
    """The address of the list behind an export, or of its beginning, with the filters in force."""
    kept = [(name, one) for name, one in request.args.items(multi=True) if name != "after"]
    return with_query(url_for("exports.index"), [*kept, *([("after", after)] if after else [])])


def _asked_spec(form: Any) -> ExportSpec:
    """The spec that a form of a page describes: its parameters come as `key=value` texts."""
    pairs = [tuple(one.split("=", 1)) for one in form.getlist("parameter") if "=" in one]
    kept: dict[str, Any] = {
        "kind": form.get("kind"),
        "name": form.get("name"),
        "format": form.get("format"),
        "language": language(),
    }
    if kept["kind"] == "scorecard":
        kept |= {name: dict(pairs).get(name) for name in ("period", "as_of", "as_of_model")}
        spec = read_spec({**kept, "like_for_like": dict(pairs).get("like") == "1"})
        return ExportSpec(**{**vars(spec), "cuts": read_cuts([v for k, v in pairs if k == "cut"])})
    return read_spec({**kept, "query": [list(pair) for pair in pairs if pair[0] != "lang"]})


def _check_scope(found: Export) -> None:
    """A file holds what its person could see then; whose scope has changed makes it anew."""
    now = sorted([rule.dimension, *rule.path] for rule in person().scope.rules)
    if now and now != sorted(list(rule) for rule in found.scope):
        raise NotAllowed(
            "What you may see has changed since this file was made; export it again.",
            code="scope_changed",
        )


def _chosen(name: str, allowed: tuple[str, ...]) -> str | None:
    asked = request.args.get(name) or None
    if asked is not None and asked not in allowed:
        raise InvalidInput(
            f"There is no {name} {asked[:40]!r}; there are {', '.join(allowed)}.",
            field=name,
            allowed=allowed,
        )
    return asked


def _options(values: tuple[str, ...], chosen: str | None, words: Any) -> tuple[Option, ...]:
    every = Option("", gettext("All"), chosen is None)
    return (every, *(Option(one, words(one), one == chosen) for one in values))


def line_of(one: Export) -> Line:
    """An export in words."""
    return Line(
        id=one.id,
        title=one.title,
        format=one.format.upper(),
        state=one.state,
        state_words=state_words(one.state),
        tone=_TONES.get(one.state, "no_data"),
        size=_size(one.size) if one.size is not None else "",
        fingerprint=one.fingerprint or "",
        at=instant_words(one.created_at),
        until=instant_words(one.expires_at) if one.expires_at and one.has_file else "",
        rows=_row_words(one.job.done) if one.job.done else "",
        trouble=trouble_words(one.job),
        download=url_for("exports.download", export=one.id) if one.has_file else None,
        is_open=one.job.is_open,
    )


def _row_words(rows: int) -> str:
    return ngettext("%(rows)s row", "%(rows)s rows", rows, rows=f"{rows:,}")


def state_words(state: str) -> str:
    """The state of an export in words."""
    words: Mapping[str, str] = {
        "queued": gettext("waiting"),
        "running": gettext("being made"),
        "done": gettext("ready"),
        "failed": gettext("failed"),
        "cancelled": gettext("cancelled"),
        "expired": gettext("removed"),
    }
    return words[state]


def download_name(one: Export) -> str:
    """The file's name for people: the title without what a file system refuses."""
    kept = "".join(
        " " if letter in '\\/:*?"<>|·' or ord(letter) < 32 else letter for letter in one.title
    )
    return f"{' '.join(kept.split()).strip('. ')[:80] or 'export'}.{one.format}"


def _repeated(one: Any) -> Repeated:
    return Repeated(
        one.id, one.title, one.format.upper(), times_words(one.cron, one.zone), one.to_folder
    )


def _size(size: int) -> str:
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if size >= 10**power:
            return f"{size / 10**power:,.1f} {unit}"
    return f"{size} B"
