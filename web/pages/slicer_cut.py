"""The screen that cuts a dimension: by search, by the tree of its members, or by a range."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from server.access import Permission
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, parse_cuts, path_text, text_of
from server.cube.elements import Dimension, Hierarchy, ValueType
from server.errors import InvalidInput
from server.slices import moves
from server.slices.grains import open_grains
from server.slices.question import SliceQuestion, counts_days, read_question, write_question
from server.slices.reading import question_of
from server.slices.result import Path
from server.slices.times import is_time
from web.frame import Link
from web.gate import require
from web.hang_up import stopped_on_hang_up
from web.known import known_at
from web.member_tree import MOST_MEMBERS, MemberTree
from web.pages.slicer_links import address, clocks_of, kept
from web.phrases import gettext
from web.place import with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language

pages = Blueprint("slicer_cut", __name__)


def picked_cuts(
    question: SliceQuestion, cube: CubeModel, args: MultiDict[str, str]
) -> SliceQuestion:
    """The question with the cut that the form of a dimension asks for in place of its old ones."""
    dimension = cube.dimension(args["dimension"])
    base = moves.without_dimension(question, cube, dimension.name)
    text = _cut_text(dimension.name, args)
    if counts_days(text) and is_time(cube, dimension.name):
        return question_of(runtime(), (*write_question(base), ("cut", text)), cube)
    return moves.with_cuts(base, cube, (*base.cuts, text)) if text else base


def _cut_text(dimension: str, args: MultiDict[str, str]) -> str:
    head = f"{dimension}@{args['hierarchy']}" if args.get("hierarchy") else dimension
    how = args.get("how", "only")
    if how == "range":
        first, last = args.get("first", "").strip(), args.get("last", "").strip()
        return f"{head}:{_end(first)}-{_end(last)}" if first or last else ""
    if how not in ("only", "not"):
        raise InvalidInput(f"how is {how!r}.", field="how", allowed=("only", "not", "range"))
    paths = [one for one in dict.fromkeys(args.getlist("pick")) if one]
    return f"{'!' if how == 'not' else ''}{head}:{';'.join(paths)}" if paths else ""


def _end(text: str) -> str:
    """An end of a range as people write it: 2013-02-14, 2013/2/14 or plain parts."""
    return ",".join(part.strip() for part in text.replace("-", ",").replace("/", ",").split(","))


@pages.get("/slice/<name>/cut/<dimension>")
@require(Permission.SLICE)
def cut(name: str, dimension: str) -> Response:
    """Show the members of a dimension, to keep some or to leave some out."""
    cube = runtime().cubes.model.cube(name)
    question = question_of(runtime(), request.args.items(multi=True), cube)
    found = cube.dimension(dimension)
    chosen = _hierarchy(found, request.args.get("hierarchy"))
    search = request.args.get("search", "")
    at = runtime().snapshot(question.moment, question.model_moment)
    with stopped_on_hang_up() as stop:
        grains = open_grains(
            runtime(), person(), cube.name, language(), at, stop, question.membership
        )
        context = _context(question, grains.browser, found, chosen, search)
    known = known_at(request.path, _kept(), clocks_of(question), at)
    return render("slicer_cut.html", known=known, **context)


def _kept() -> list[tuple[str, str]]:
    """What the address says beside the moment."""
    return [pair for pair in request.args.items(multi=True) if not pair[0].startswith("as_of")]


def _context(
    question: SliceQuestion,
    browser: ClickHouseBrowser,
    dimension: Dimension,
    along: Hierarchy,
    search: str,
) -> Mapping[str, Any]:
    cube = browser.model
    was = request.args.get("was", "")
    base = moves.without_dimension(question, cube, dimension.name)
    old = parse_cuts(cube, [one for one in (was, *question.cuts) if one])
    now = _form_cut(browser, dimension, along) or next(
        (one for one in old if (one.dimension, one.hierarchy) == (dimension.name, along.name)),
        None,
    )
    own = [
        text_of(cube, [one]) for one in old if one.dimension == dimension.name and not one.attribute
    ]
    picked = set(now.paths) if now and now.kind != "range" else set()
    tree = MemberTree(browser, dimension, along, tuple(base.cuts), picked, _opened(picked))
    lines = tree.found(search) if search else tree.grown()
    listed = {one.path for one in lines[:MOST_MEMBERS]}
    return {
        "title": dimension.labels.in_language(language()),
        "question": question,
        "dimension": dimension.name,
        "hierarchy": along,
        "hierarchies": tuple(
            Link(
                one.labels.in_language(language()),
                _here(question, dimension, ("hierarchy", one.name)),
                one == along,
            )
            for one in dimension.hierarchies
        ),
        "params": write_question(base) + kept(),
        "was": own[0] if own else "",
        "lines": lines[:MOST_MEMBERS],
        "opened": sorted(tree.opened),
        "is_cut_short": len(lines) > MOST_MEMBERS,
        "unlisted": sorted(text for text in map(path_text, picked) if text not in listed),
        "how": _how(now),
        "ends": _ends(question, cube, now),
        "counted": _counted(base, browser, along) if dimension is cube.time else (),
        "search": search,
        "is_ranged": is_time(cube, dimension.name)
        or along.levels[0].key.value_type is not ValueType.TEXT,
        "back": address(moves.with_cuts(base, cube, (*base.cuts, *own))),
        "lift": address(base),
    }


def _form_cut(browser: ClickHouseBrowser, dimension: Dimension, along: Hierarchy) -> Cut | None:
    """The cut as the form has it so far, when the form was sent to look further."""
    if "how" not in request.args or request.args.get("hierarchy") != along.name:
        return None
    text = _cut_text(dimension.name, request.args)
    return parse_cuts(browser.model, text, browser.today)[0] if text else None


def _opened(picked: Iterable[Path]) -> frozenset[str]:
    """The members whose own are listed: those opened, and those above what is picked."""
    above = {path_text(path[:depth]) for path in picked for depth in range(1, len(path))}
    opened = above | set(request.args.getlist("open"))
    return frozenset(opened - set(request.args.getlist("close")))


def _how(cut: Cut | None) -> str:
    if cut is None:
        return "only"
    return "range" if cut.kind == "range" else "not" if cut.is_negated else "only"


def _counted(base: SliceQuestion, browser: ClickHouseBrowser, along: Hierarchy) -> tuple[Link, ...]:
    """Runs of days up to today that move on when further days arrive."""
    words = (
        ("6daysago", gettext("Last 7 days")),
        ("29daysago", gettext("Last 30 days")),
        ("last0months", gettext("This month so far")),
        ("last0quarters", gettext("This quarter so far")),
        ("last0years", gettext("This year so far")),
        ("last11months", gettext("This month and the 11 before")),
    )
    time = browser.model.time
    if time is None:
        return ()
    texts = [(f"{time.name}@{along.name}:{first}-today", label) for first, label in words]
    return tuple(Link(label, _with_counted(base, browser, text)) for text, label in texts)


def _with_counted(base: SliceQuestion, browser: ClickHouseBrowser, text: str) -> str:
    pairs = (*write_question(base), ("cut", text))
    return address(read_question(pairs, browser.model, browser.today))


def _ends(question: SliceQuestion, cube: CubeModel, cut: Cut | None) -> tuple[str, str]:
    """The ends of a range; as they were written where days are counted from today."""
    if cut is None or cut.kind != "range":
        return "", ""
    written = dict(question.counted).get(text_of(cube, [cut]))
    if written:
        first, _, last = written.partition(":")[2].partition("-")
        return first, last
    first, last = (path_text(path).replace(",", "-") for path in cut.paths)
    return first, last


def _hierarchy(dimension: Dimension, name: str | None) -> Hierarchy:
    return (dimension.hierarchy(name) if name else None) or dimension.default_hierarchy


def _here(question: SliceQuestion, dimension: Dimension, *more: tuple[str, str]) -> str:
    path = url_for("slicer_cut.cut", name=question.cube, dimension=dimension.name)
    return with_query(path, (*write_question(question), *kept(), *more))
