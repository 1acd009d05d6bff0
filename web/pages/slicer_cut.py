"""The screen that cuts a dimension: by search, by the tree of its members, or by a range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from server.access import Permission
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, parse_cuts, path_text
from server.cube.elements import Dimension, Hierarchy
from server.errors import InvalidInput
from server.slices import moves
from server.slices.question import SliceQuestion, read_question, write_question
from server.slices.result import Path
from server.slices.times import is_time, period_at
from web.frame import Link
from web.gate import require
from web.pages.slicer_links import address, kept
from web.place import with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language, period_words

pages = Blueprint("slicer_cut", __name__)

MOST_MEMBERS = 300


@dataclass(frozen=True)
class MemberLine:
    """A member in the tree."""

    path: str  # as a cut writes it
    label: str
    depth: int
    is_picked: bool
    open_url: str | None  # shows what is below


def picked_cuts(
    question: SliceQuestion, cube: CubeModel, args: MultiDict[str, str]
) -> SliceQuestion:
    """The question with the cut that the form of a dimension asks for in place of its old ones."""
    dimension = cube.dimension(args["dimension"])
    base = moves.without_dimension(question, cube, dimension.name)
    text = _cut_text(dimension.name, args)
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
    question = read_question(request.args.items(multi=True), cube)
    found = cube.dimension(dimension)
    chosen = _hierarchy(found, request.args.get("hierarchy"))
    search = request.args.get("search", "")
    return render("slicer_cut.html", **_context(question, cube, found, chosen, search))


def _context(
    question: SliceQuestion, cube: CubeModel, dimension: Dimension, along: Hierarchy, search: str
) -> Mapping[str, Any]:
    own = [one for one in parse_cuts(cube, question.cuts) if one.dimension == dimension.name]
    now = next((one for one in own if one.hierarchy == along.name), None)
    base = moves.without_dimension(question, cube, dimension.name)
    lines = _lines(question, base, cube, along, dimension, search, now)
    picked = () if now is None or now.kind == "range" else now.paths
    listed = {one.path for one in lines}
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
        "kept_params": write_question(question) + kept(),
        "lines": lines[:MOST_MEMBERS],
        "is_cut_short": len(lines) > MOST_MEMBERS,
        "unlisted": tuple(t for t in map(path_text, picked) if t not in listed),
        "how": "not"
        if now and now.is_negated
        else "range"
        if now and now.kind == "range"
        else "only",
        "ends": tuple(path_text(p).replace(",", "-") for p in now.paths)
        if now and now.kind == "range"
        else ("", ""),
        "search": search,
        "is_ranged": is_time(cube, dimension.name) or along.levels[0].key.value_type != "text",
        "back": address(question),
        "lift": address(base),
        "open": request.args.getlist("open"),
    }


def _lines(
    question: SliceQuestion,
    base: SliceQuestion,
    cube: CubeModel,
    along: Hierarchy,
    dimension: Dimension,
    search: str,
    now: Cut | None,
) -> tuple[MemberLine, ...]:
    """The first level, what is below every opened member, and the way down to picked ones."""
    browser = runtime().cubes.browser(cube.name, runtime().snapshot(), person().scope, language())
    picked = set(now.paths) if now and now.kind != "range" else set()
    opened = set(request.args.getlist("open"))
    opened |= {path_text(path[:depth]) for path in picked for depth in range(1, len(path))}
    if search:
        return _found(base, browser, along, dimension, search, picked)
    lines: list[MemberLine] = []
    _grow(lines, question, base, browser, along, dimension, (), picked, opened)
    return tuple(lines)


def _grow(
    lines: list[MemberLine],
    question: SliceQuestion,
    base: SliceQuestion,
    browser: ClickHouseBrowser,
    along: Hierarchy,
    dimension: Dimension,
    above: Path,
    picked: set[Path],
    opened: set[str],
) -> None:
    depth = len(above) + 1
    for path, label in _members(base, browser, along, dimension, above, depth, ""):
        text = path_text(path)
        is_leaf = depth >= len(along.levels)
        is_open = text in opened
        others = [("open", one) for one in sorted(opened - {text})]
        more = [] if is_open else [("open", text)]
        link = None
        if not is_leaf:
            link = _here(question, dimension, ("hierarchy", along.name), *others, *more)
        lines.append(MemberLine(text, label, depth, path in picked, link))
        if is_open and not is_leaf and len(lines) <= MOST_MEMBERS:
            _grow(lines, question, base, browser, along, dimension, path, picked, opened)


def _found(
    base: SliceQuestion,
    browser: ClickHouseBrowser,
    along: Hierarchy,
    dimension: Dimension,
    search: str,
    picked: set[Path],
) -> tuple[MemberLine, ...]:
    """Members of every level whose key or label holds the text."""
    return tuple(
        MemberLine(path_text(path), label, depth, path in picked, None)
        for depth in range(1, len(along.levels) + 1)
        for path, label in _members(base, browser, along, dimension, (), depth, search)
    )


def _members(
    base: SliceQuestion,
    browser: ClickHouseBrowser,
    along: Hierarchy,
    dimension: Dimension,
    above: Path,
    depth: int,
    search: str,
) -> Sequence[tuple[Path, str]]:
    cuts = list(base.cuts)
    if above:
        cuts.append(f"{dimension.name}@{along.name}:{path_text(above)}")
    rows = browser.members(
        tuple(cuts),
        dimension=dimension.name,
        hierarchy=along.name,
        depth=depth,
        page=0,
        page_size=MOST_MEMBERS + 1,
        search=search,
    )
    levels = along.levels[:depth]
    return [
        (path, _label(browser, along, dimension, path, row[levels[-1].label.ref]))
        for row in rows
        if (path := tuple(row[level.key.ref] for level in levels))
    ]


def _label(
    browser: ClickHouseBrowser, along: Hierarchy, dimension: Dimension, path: Path, label: object
) -> str:
    period = period_at(along, path) if is_time(browser.model, dimension.name) else None
    if period is not None:
        return period_words(period)
    if label is not None:
        return str(label)
    return dimension.unknown.in_language(language()) if path[-1] is None else str(path[-1])


def _hierarchy(dimension: Dimension, name: str | None) -> Hierarchy:
    return (dimension.hierarchy(name) if name else None) or dimension.default_hierarchy


def _here(question: SliceQuestion, dimension: Dimension, *more: tuple[str, str]) -> str:
    path = url_for("slicer_cut.cut", name=question.cube, dimension=dimension.name)
    return with_query(path, (*write_question(question), *kept(), *more))
