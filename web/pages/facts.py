"""The facts behind a figure: page by page, each with the load and source line it came from."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, Response, request, url_for

from server.access import Permission
from server.errors import InvalidInput, NotFound
from server.ledger.source_line import source_line
from server.scorecards.facts import cube_of, fact_page
from server.scorecards.slicing import NO_CUTS
from server.scorecards.views import FactColumn, FactPage, FactRow
from web.asking import asked_at, catalogue_at, snapshot_at, subject_of
from web.figures import MINUS, decimal_text, whole
from web.frame import Link, slice_bar
from web.gate import require
from web.known import known_place
from web.pages.dashboard_pin import pin_facts
from web.place import Place, read_place
from web.rendering import render
from web.visitor import person, runtime
from web.words import day_words, instant_words, language

pages = Blueprint("facts", __name__)


@dataclass(frozen=True)
class FactLine:
    """One fact; an empty text is a value that the source does not have."""

    source: str
    source_words: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A page of facts and the way to the others."""

    columns: tuple[FactColumn, ...]
    lines: tuple[FactLine, ...]
    total: str
    count: int  # the same, to choose the word by
    first: str
    until: str
    page: int
    last: int
    earlier: str | None
    later: str | None


@pages.get("/indicators/<code>/facts")
@require(Permission.VIEW)
def show(code: str) -> Response:
    """Show a page of the facts of an indicator's cube in the slice."""
    of, asked = request.args.get("of") or None, read_place(request)
    page = page_number(request.args.get("page", "1"))
    view = fact_page(runtime(), asked_at(asked), code, page - 1, of)
    whole_place = asked.at(view.frame.slice.period)
    asked = asked.plus("of", of) if of else asked
    place = asked.at(view.frame.slice.period)

    def to(number: int) -> str:
        there = place.plus("page", number) if number > 1 else place
        return there.link("facts.show", code=code)

    name = view.indicator.name.in_language(language()) if view.indicator else ""
    lines = tuple(_line(row, replace(asked, period=None, cuts=NO_CUTS), code) for row in view.rows)
    return render(
        "facts.html",
        name=name,
        back=whole_place.link("indicator.show", code=code),
        back_label=name,
        sources=_sources(view, whole_place),
        subject=subject_of(view.frame),
        pin=pin_facts(view.indicator, view.frame) if view.indicator else None,
        bar=slice_bar(view.frame, asked, "facts.show", code=code),
        listing=listing_of(view.columns, lines, view.total, page, view.page_size, to),
    )


def _sources(view: FactPage, place: Place) -> tuple[Link, ...]:
    """The cubes that the figure is made of, where there are several."""
    if view.indicator is None or not view.indicator.is_across:
        return ()
    own, code, model = view.indicator.cube, view.indicator.code, runtime().cubes.model
    return tuple(
        Link(
            model.cube(name).labels.in_language(language()),
            (place if name == own else place.plus("of", name)).link("facts.show", code=code),
            name == view.cube.name,
        )
        for name in view.indicator.cubes
    )


def listing_of(
    columns: tuple[FactColumn, ...],
    lines: tuple[FactLine, ...],
    total: int,
    page: int,
    size: int,
    to: Callable[[int], str],
) -> Listing:
    """The lines of a page, counted from 1, with links to those before and after it."""
    last = max(1, -(-total // size))
    return Listing(
        columns=columns,
        lines=lines,
        total=whole(total),
        count=total,
        first=whole(min((page - 1) * size + 1, total)),
        until=whole(min(page * size, total)),
        page=page,
        last=last,
        earlier=to(page - 1) if page > 1 else None,
        later=to(page + 1) if page < last else None,
    )


@pages.get("/indicators/<code>/facts/<int:batch>/<int:row>")
@require(Permission.VIEW)
def line(code: str, batch: int, row: int) -> Response:
    """Show the line of the source that a fact came from, as it stands there."""
    place = read_place(request)
    of = request.args.get("of") or None
    cube = cube_of(catalogue_at(place).indicator(code), of)
    there = place.plus("of", of) if of else place
    return source_page(cube, (batch, row), there.link("facts.show", code=code), place)


def source_page(cube: str, key: tuple[int, int], back: str, place: Place) -> Response:
    """The line of the source of a fact that the visitor may see, or could at a moment."""
    here, shown = runtime(), snapshot_at(place)
    batch, row = key
    browser = here.cubes.browser(cube, shown, person().scope, language())
    if browser.fact(f"{batch}.{row}") is None:
        # Not there, not published, or outside the scope: whoever asks cannot tell which.
        raise NotFound(f"There is no fact {batch}.{row}.", field="row")
    found = source_line(here.metadata, here.settings.spool, batch, row)
    return render(
        "line.html",
        found=found,
        pairs=tuple(
            zip(_fields(found.header, found.sign), _fields(found.counts, found.sign), strict=False)
        ),
        received=instant_words(found.load.received_at),
        number=whole(found.line),
        back=back,
        known=known_place(request.path, place, shown),
        load=url_for("loads.show", number=found.load.id) if person().may(Permission.LOAD) else None,
    )


def _fields(text: str, sign: str) -> list[str]:
    return next(csv.reader([text], delimiter=sign), [])


def page_number(text: str) -> int:
    """The page that an address asks for, counted from 1."""
    if not text.isascii() or not text.isdigit() or not int(text[:9]) >= 1 or len(text) > 9:
        raise InvalidInput(f"page is {text!r}; it must be 1 or more.", field="page")
    return int(text)


def _line(row: FactRow, where: Place, code: str) -> FactLine:
    return FactLine(
        source=where.link("facts.line", code=code, batch=row.load, row=row.row),
        source_words=f"{row.load}:{row.row}",
        cells=tuple(recorded(value) for value in row.values),
    )


def recorded(value: object) -> str:
    """A value of a fact as it was recorded; an empty text where there is none."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case int():
            return str(value).replace("-", MINUS)  # as recorded: a flight number has no thousands
        case Decimal():
            return f"{value:f}".replace("-", MINUS)
        case float():
            return decimal_text(Decimal(repr(value)))
        case datetime():
            return instant_words(value)
        case date():
            return day_words(value)
        case _:
            return str(value)
