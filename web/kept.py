"""Answers that are given again as long as nothing that they depend on has changed.

Whoever answers programs asks for it in one of two ways. Before a view::

    @kept(lambda name: Named([name, request.args.get("x")], Reading(cubes=(name,)), form="json"))
    def show(name: str) -> Response: ...

or within one, when it has read what is asked::

    return given(Named(question, Reading(cubes=(name,)), form="csv"), lambda: worked_out(…))

Both give the answer its tag, answer 304 to who has it already before anything is asked of the
facts, take it from the cache, or let one of all who ask for it now work it out. Scope, language,
facts, arrivals, definitions and model are in the key by themselves. What `Named` must say: the
question in its canonical form (everything else that the answer depends on, made of JSON values: the
moment that is asked for, the page, a right that it shows more for), which cubes are read (by name;
left out: all of them) and whether definitions are, and the form.

The tag is the key, and behind a point the last date with facts that the answer names: the key is of
it too, so a 304 names the same one. The snapshot it names is that of the moment.

Errors, long answers and whatever sets a cookie are never kept. What is sent as it is read, however
long, says `is_kept=False`: it has a tag alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from itertools import chain
from typing import ParamSpec

from flask import Flask, Response, current_app, request

from server.access import Scope
from server.cache.answer import Answer
from server.cache.cache import Cache, cache_of
from server.cache.key import EVERYTHING_READ, Asked, Keys, Reading
from server.runtime import Runtime
from server.snapshot import Snapshot
from web.visitor import EXTENSION as RUNTIME
from web.visitor import person, runtime, snapshot
from web.words import language

EXTENSION = "indicube-cache"
FRESH = "private, no-cache"  # kept by the program that asked, given again after asking us
MOST_BYTES = 1_000_000  # of one answer
SNAPSHOT = "Indicube-Snapshot"
WATERMARK = "Indicube-Watermark"

_NOT_KEPT = frozenset({"content-type", "content-length"})  # of the headers
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

Parameters = ParamSpec("Parameters")
Renew = Callable[[bytes, Snapshot], bytes]


@dataclass(frozen=True)
class Named:
    """A question as the cache knows it."""

    question: object  # made of JSON values: the same exactly where the same is asked
    reading: Reading = EVERYTHING_READ
    form: str = "json"
    at: Snapshot | None = None  # None: the state that is published now
    scope: Scope | None = None  # None: that of the signed-in user
    is_kept: bool = True  # else it has a tag alone, such as what is sent as it comes
    is_exact: bool = False  # whether the same answer always has the very same bytes
    # An answer that names the state that it is based on is given again with that of the moment,
    # which differs in nothing that was read: this puts it into the body.
    renew: Renew | None = None
    vary: tuple[str, ...] = ()  # further headers of the request that the answer depends on


@dataclass(frozen=True)
class Keeping:
    """The cache of an application, and what builds its keys."""

    keys: Keys
    cache: Cache


def keep_answers(app: Flask) -> None:
    """Give an application its cache."""
    here: Runtime = app.extensions[RUNTIME]
    keys = Keys(lambda: here.cubes.model)
    app.extensions[EXTENSION] = Keeping(keys, cache_of(here.settings))


def kept(
    name: Callable[..., Named | None],
) -> Callable[[Callable[Parameters, Response]], Callable[Parameters, Response]]:
    """Keep a view's answers under what `name` tells of the request; nothing: this one is not."""

    def keeping(view: Callable[Parameters, Response]) -> Callable[Parameters, Response]:
        @wraps(view)
        def answering(*parts: Parameters.args, **named: Parameters.kwargs) -> Response:
            known = name(*parts, **named)
            if known is None:
                return view(*parts, **named)
            return given(known, lambda: view(*parts, **named))

        return answering

    return keeping


def given(named: Named, work: Callable[[], Response]) -> Response:
    """The answer to a question: 304, the one that is kept, or what `work` finds."""
    keeping: Keeping = current_app.extensions[EXTENSION]
    at = named.at or snapshot()
    scope = named.scope if named.scope is not None else person().scope
    asked = Asked(named.question, named.reading, at, scope, language(), named.form)
    if keeping.keys.is_closed(asked) or not runtime().store.pulse.is_there():
        return work()  # which says so
    key = keeping.keys.key(asked)
    known = _known(key)
    if known is not None:
        return _tagged(_unchanged(known, at), key, named)
    found = _found(keeping.cache, key, at, named.renew, work) if named.is_kept else work()
    return _tagged(found, key, named)


def _known(key: str) -> str | None:
    """The last date with facts of the answer that who asks has; None when they have none."""
    if request.method not in ("GET", "HEAD"):
        return None
    for tag in request.if_none_match.as_set(include_weak=True):
        of, _, day = tag.partition(".")
        if of == key and (not day or _DAY.fullmatch(day)):
            return day
    return None


def _unchanged(day: str, at: Snapshot) -> Response:
    response = Response(status=304)
    response.headers[SNAPSHOT] = str(at.number)
    if day:
        response.headers[WATERMARK] = day
    return response


def _tagged(response: Response, key: str, named: Named) -> Response:
    response.vary.update(named.vary)
    if request.method in ("GET", "HEAD") and response.status_code in (200, 304):
        day = response.headers.get(WATERMARK)
        tag = f"{key}.{day}" if day else key
        response.set_etag(tag, weak=response.is_streamed or not named.is_exact)
        response.headers["Cache-Control"] = FRESH
    return response


def _found(
    cache: Cache, key: str, at: Snapshot, renew: Renew | None, work: Callable[[], Response]
) -> Response:
    own: list[Response] = []

    def answer() -> Answer | None:
        own.append(_gathered(work()))
        return _kept(own[0])

    found = cache.answered(key, answer)
    if own:
        return own[0]
    return _again(found, at, renew) if found is not None else work()


def _gathered(response: Response) -> Response:
    """The answer, in one piece if it comes in several and is short all the same."""
    if not response.is_streamed:
        return response
    parts = iter(response.iter_encoded())
    begun: list[bytes] = []
    length = 0
    for part in parts:
        begun.append(part)
        length += len(part)
        if length > MOST_BYTES:
            response.response = chain(begun, parts)
            return response
    response.set_data(b"".join(begun))
    return response


def _kept(response: Response) -> Answer | None:
    """What is kept of an answer; nothing of an error, of a long one, or of a cookie."""
    headers = response.headers
    if response.status_code != 200 or response.is_streamed or "Set-Cookie" in headers:
        return None
    body = response.get_data()
    if len(body) > MOST_BYTES:
        return None
    pairs = tuple((name, value) for name, value in headers if name.lower() not in _NOT_KEPT)
    return Answer(body, headers["Content-Type"], pairs)


def _again(answer: Answer, at: Snapshot, renew: Renew | None) -> Response:
    response = Response(content_type=answer.kind)
    response.headers.extend(answer.headers)
    if SNAPSHOT in response.headers:
        response.headers[SNAPSHOT] = str(at.number)
    response.set_data(renew(answer.body, at) if renew else answer.body)
    return response
