"""How the cache knows the questions of programs: in their canonical form, and by what they read."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from flask import request
from marshmallow import Schema

from server.access import Permission
from server.cache.key import EVERYTHING_READ, Reading
from server.cube import asked
from server.cube.browser import ClickHouseBrowser
from server.cube.canonical import canonical
from server.cube.model import Model
from server.errors import AskerError, IndicubeError
from server.snapshot import Snapshot, parse_as_of, parse_as_of_model
from web.api.asking import open_cube
from web.api.formats import accepted_format
from web.api.mistakes import Mistakes
from web.api.reading import read
from web.kept import Named
from web.visitor import person, runtime, snapshot

_MOST, _LONGEST = 4096, 2000  # addresses of one kind, and letters of one

Values = Mapping[str, Any]
Namer = Callable[..., Named | None]

_EXPLAIN = "explain"
_EXACT = ("csv", "jsonl")
_BASED = re.compile(rb',"snapshot":[0-9]+,(?P<between>.*),"definitions":[0-9]+,')


class _Remembered:
    """What addresses ask, as long as state and model are the same: then it is read once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: tuple[Snapshot, Model] | None = None
        self._known: OrderedDict[tuple[str, str], Named] = OrderedDict()

    def recalled(self, address: tuple[str, str], at: Snapshot, model: Model) -> Named | None:
        """What the address asks, if it was remembered."""
        with self._lock:
            if self._of is None or self._of[0] is not at or self._of[1] is not model:
                self._of = at, model
                self._known.clear()
            return self._known.get(address)

    def remember(self, address: tuple[str, str], named: Named | None) -> None:
        """Remember it, unless another state is asked for by now."""
        if named is None or len(address[0]) + len(address[1]) > _LONGEST:
            return
        with self._lock:
            if self._of is not None and named.at is self._of[0]:
                self._known[address] = named
                if len(self._known) > _MOST:
                    self._known.popitem(last=False)


def of_cube(schema: Schema, kind: str) -> Namer:
    """Names a question to one cube that is read by a schema; `kind` is what is asked of it."""
    remembered = _Remembered()

    vary = ("Accept",) if "format" in schema.fields else ()

    def name(name: str, **parts: str) -> Named | None:
        if request.method != "GET" or "as_of" in request.args:
            return read_anew(name, **parts)
        address = (request.full_path, request.headers.get("Accept", ""))
        known = remembered.recalled(address, snapshot(), runtime().cubes.model)
        if known is None:
            known = read_anew(name, **parts)
            remembered.remember(address, known)
        return known

    def read_anew(name: str, **parts: str) -> Named | None:
        mistakes = Mistakes()
        values = read(schema, mistakes)
        if mistakes.found or values.get(_EXPLAIN):
            return None
        try:
            browser = open_cube(name, values)
            words = _words(browser, values, parts.get("dimension"))
        except AskerError:
            return None  # the view says what is wrong
        form = str(values.get("format", "json"))
        return Named(
            [kind, words],
            Reading(cubes=(name,), has_definitions="as_of_model" in values),
            form,
            browser.snapshot,
            is_kept=kind != "facts" or form == "json" or "pagesize" in values,
            is_exact=form in _EXACT,
            renew=renewed if form == "json" else None,
            vary=vary,
        )

    return name


def of_everything(**_parts: str) -> Named | None:
    """Names any other question by its address and body: it may read all cubes and definitions."""
    is_sent = request.method == "POST"
    body = _body() if is_sent else None
    given: Mapping[str, Any] = body or {} if is_sent else request.args
    if (is_sent and body is None) or given.get(_EXPLAIN) not in (None, False, "false"):
        return None
    try:
        at = snapshot(*_moments(given))
    except IndicubeError:
        return None
    pairs = sorted(((one, value) for one, value in request.args.items(multi=True)), key=_first)
    question = {
        "path": request.path,
        "asked": [list(pair) for pair in pairs],
        "body": _texts(body),
        "rights": sorted(one for one in Permission if person().may(one)),
        # Where nothing was loaded yet, a period is that of the day.
        "day": runtime().clock().date().isoformat(),
    }
    form = accepted_format()
    renew = renewed if form == "json" else None
    return Named(question, EVERYTHING_READ, form, at, renew=renew, vary=("Accept",))


def renewed(body: bytes, at: Snapshot) -> bytes:
    """An answer that `answers.answer` wrote, with the state of the moment at its end."""
    head, mark, tail = body.rpartition(b',"snapshot":')
    ending = b',"snapshot":%d,\\g<between>,"definitions":%d,' % (at.number, at.definitions)
    return head + _BASED.sub(ending, mark + tail, count=1)


def _words(browser: ClickHouseBrowser, values: Values, dimension: str | None) -> Values:
    if dimension is None:
        return _plain(canonical(browser, values))
    depths = {word: values.get(word) for word in ("hierarchy", "level", "depth")}
    drill = asked.members_drill(browser.model, dimension, **depths)
    others = {word: value for word, value in values.items() if word not in depths}
    return {**_plain(canonical(browser, others)), "members": drill.text}


def _plain(words: dict[str, object]) -> dict[str, object]:
    """Without what is said of the answer, not of the question."""
    return {name: value for name, value in words.items() if name not in ("format", _EXPLAIN)}


def _body() -> Mapping[str, Any] | None:
    try:
        found = request.get_json(silent=True)
    except RecursionError:
        return None
    return found if isinstance(found, dict) else None


def _texts(body: Mapping[str, Any] | None) -> str:
    return "" if body is None else json.dumps(body, sort_keys=True)


def _moments(given: Mapping[str, Any]) -> tuple[Any, Any]:
    facts, model = given.get("as_of"), given.get("as_of_model")
    return (
        parse_as_of(str(facts)) if facts is not None else None,
        parse_as_of_model(str(model)) if model is not None else None,
    )


def _first(pair: tuple[str, str]) -> str:
    return pair[0]
