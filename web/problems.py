"""Errors become answers here and nowhere else: JSON for programs, a page or its frame for people.

The asker's mistakes are told as they are; of ours people learn that it is ours and a number to
quote, never a path, a statement or a traceback.
"""

import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, redirect, request
from werkzeug.exceptions import HTTPException, SecurityError

from server.errors import (
    AskerError,
    Busy,
    Conflict,
    Gone,
    IndicubeError,
    InFlight,
    KeyReused,
    LimitReached,
    ManyErrors,
    MetadataAway,
    NoRoom,
    NotAllowed,
    NotFound,
    NotOffered,
    NotSignedIn,
    QueueAway,
    RowMistake,
    StoreAway,
    StoreInUse,
    TooLarge,
    TooManyRequests,
    WrongForm,
)
from server.metadata.publications import list_publications
from web.events import publication_words
from web.htmx import htmx
from web.phrases import gettext
from web.place import with_query
from web.programs import challenge, door, is_program
from web.rendering import render
from web.sentences import in_words
from web.visitor import runtime, visitor
from web.words import instant_words

_log = logging.getLogger(__name__)

# The first class that fits decides.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (Gone, 410),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (Conflict, 409),
    (TooLarge, 413),
    (WrongForm, 415),
    (KeyReused, 422),
    (TooManyRequests, 429),
    (LimitReached, 422),
    (NotOffered, 501),
    (AskerError, 400),
    (StoreAway, 503),
    (StoreInUse, 503),
    (QueueAway, 503),
    (MetadataAway, 503),
    (NoRoom, 503),
)
_RETRY_SECONDS = "5"
_SHAPES = "indicube-problem-shapes"


@dataclass(frozen=True)
class Problem:
    """An error as people and programs are told it."""

    status: int
    identifier: str  # to quote; found again in the log
    mistakes: tuple[IndicubeError, ...]

    @property
    def first(self) -> IndicubeError:
        """The mistake that names the problem."""
        return self.mistakes[0]


Shape = Callable[[Problem], Response]


def tell_as(app: Flask, of_door: str, shape: Shape) -> None:
    """Let the problems of one door of programs have a shape of their own."""
    app.extensions[_SHAPES][of_door] = shape


def answer_errors(app: Flask) -> None:
    """Let every error of the application end here."""
    app.extensions[_SHAPES] = {}
    app.register_error_handler(IndicubeError, _answer_known)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unknown)


def status_of(error: Exception) -> int:
    """The status code of an error; 500 for whatever is not listed."""
    return next((code for kind, code in _STATUSES if isinstance(error, kind)), 500)


def _answer_known(error: IndicubeError) -> Response:
    status = status_of(error)
    if status == 401 and not is_program():
        return _to_sign_in()
    if not isinstance(error, AskerError):
        return _answer_ours(error, status)
    mistakes = error.errors if isinstance(error, ManyErrors) else (error,)
    answer = _answer(Problem(status, _new_identifier(), mistakes))
    if isinstance(error, InFlight | TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _answer_ours(error: Exception, status: int) -> Response:
    problem = Problem(status, _new_identifier(), (_our_fault(error, status),))
    _log.error("problem %s at %s", problem.identifier, logged_path(), exc_info=error)
    if isinstance(error, MetadataAway):
        # What stands on every page for those who are known would ask for the metadata again.
        g.visitor = replace(visitor(), user=None, session=None)
    return _answer(problem)


def logged_path() -> str:
    """The path of the request, without the secret that may stand in it."""
    secret = (request.view_args or {}).get("token")
    return request.path.replace(secret, "…") if secret else request.path


def _answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, SecurityError):  # no address can be made for a host that is not ours
        return Response("This host name is not one of ours.\n", 400, mimetype="text/plain")
    if status < 400:
        found: Response = error.get_response()  # type: ignore[assignment]
        return found
    mistake = IndicubeError(_http_sentence(status), code=_http_code(status), hint=_where(status))
    answer = _answer(Problem(status, _new_identifier(), (mistake,)))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _answer_unknown(error: Exception) -> Response:
    return _answer_ours(error, 500)


def _answer(problem: Problem) -> Response:
    shapes: dict[str | None, Shape] = current_app.extensions[_SHAPES]
    answer = shapes.get(door(), _as_json if is_program() else _as_page)(problem)
    if problem.status == 503:
        answer.headers["Retry-After"] = _RETRY_SECONDS
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = challenge()
    return answer


def _as_json(problem: Problem) -> Response:
    told = [_told(mistake) for mistake in problem.mistakes]
    answer = jsonify({"error": told[0], "errors": told, "id": problem.identifier})
    answer.status_code = problem.status
    return answer


def _as_page(problem: Problem) -> Response:
    return render(
        "problem.html",
        problem.status,
        problem=problem,
        headline=_busy_words() if _is_busy(problem) else _headline(problem.status),
        advice=_advice(problem.status),
        is_bare=visitor().user is None or problem.status == 500,
        again=_again(problem),
        in_words=in_words,
    )


def _again(problem: Problem) -> str | None:
    """The page to try again by itself while the facts are away or its reader's turn is to come."""
    if not (problem.status == 503 or _is_busy(problem)) or request.method != "GET":
        return None
    return request.full_path.rstrip("?")


def _is_busy(problem: Problem) -> bool:
    return isinstance(problem.first, Busy)


def _busy_words() -> str:
    return gettext("Your other questions are still being answered")


def _told(mistake: IndicubeError) -> dict[str, object]:
    return {
        "code": mistake.code,
        "message": f"{mistake.message.rstrip('.')}.",
        "field": mistake.field,
        "allowed": list(mistake.allowed),
        "hint": mistake.advice,
        **({"row": mistake.row} if isinstance(mistake, RowMistake) else {}),
    }


def _to_sign_in() -> Response:
    """Ask a browser to sign in and to come back; htmx must load that as a page of its own."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    address = with_query("/sign-in", [] if wanted == "/" else [("next", wanted)])
    if htmx():
        return Response(status=401, headers={"HX-Redirect": address})
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found


def _our_fault(error: Exception, status: int) -> IndicubeError:
    if getattr(error, "code", "") == "under_repair":
        sentence = gettext("Rows were found damaged and are being put back from their sources.")
        return IndicubeError(sentence, code="under_repair", hint=_last_words())
    if isinstance(error, StoreAway | StoreInUse):
        return IndicubeError(_away_words(), code="unavailable", hint=_last_words())
    if isinstance(error, MetadataAway):
        sentence = gettext("The records of Indicube cannot be reached just now.")
        return IndicubeError(sentence, code="metadata_unavailable")
    if isinstance(error, NoRoom):
        sentence = gettext("A disk is almost full: nothing is taken until there is room.")
        return IndicubeError(sentence, code="disk_low")
    if status == 503:
        return IndicubeError(gettext("The queue cannot be reached just now."), code="unavailable")
    return IndicubeError("Something went wrong on our side.", code="server_error")


def _away_words() -> str:
    since = runtime().store.pulse.away_since
    if since is None:
        return gettext("The facts cannot be reached just now.")
    return gettext(
        "The facts cannot be reached since %(time)s UTC.", time=since.strftime("%H:%M:%S")
    )


def _last_words() -> str | None:
    """What was published last: it is there again when the facts are."""
    with suppress(Exception), runtime().metadata.read() as reading:
        for last in list_publications(reading, 1):
            return gettext(
                "The last publication is number %(number)s, of %(at)s: %(what)s.",
                number=last.number,
                at=instant_words(last.at),
                what=publication_words(last.what),
            )
    return None


def _http_code(status: int) -> str:
    return HTTPStatus(status).name.lower()


def _http_sentence(status: int) -> str:
    if status == 404:
        return f"There is nothing at {request.path!r}."
    if status == 405:
        return f"{request.method} is not possible at {request.path!r}."
    return f"{HTTPStatus(status).phrase}."


def _where(status: int) -> str | None:
    """Where programs find what there is, and how much of it they may send."""
    if status == 413 and is_program():
        return f"A body has at most {current_app.config['MAX_CONTENT_LENGTH']:,} bytes here."
    is_lost = status in (404, 405) and request.path.startswith("/api/")
    return "/api/v1/openapi.json describes every address." if is_lost else None


def _new_identifier() -> str:
    return secrets.token_hex(6)


def _headline(status: int) -> str:
    return {
        400: gettext("This cannot be answered as it was asked"),
        403: gettext("This is not open to you"),
        404: gettext("There is nothing here"),
        405: gettext("This cannot be done here"),
        409: gettext("This clashes with what is there now"),
        410: gettext("This is not kept any more"),
        413: gettext("This is too large"),
        422: gettext("This is more than one answer can hold"),
        429: gettext("Too many attempts"),
        503: gettext("The facts cannot be reached just now"),
    }.get(status, gettext("Something went wrong on our side"))


def _advice(status: int) -> str:
    return {
        400: gettext("Change what is named below and try again."),
        403: gettext("An administrator can give you the right, or widen what you may see."),
        404: gettext("It may have been renamed, or it lies outside what you may see."),
        409: gettext("Look at what is there now, then do it again."),
        410: gettext("Choose a later moment, or go back to what is known now."),
        413: gettext("Send less at a time."),
        422: gettext("Ask for less: fewer members, a shorter time or a higher level."),
        429: gettext("Wait a moment, then try again."),
        503: gettext("Nothing is lost. Try again in a few seconds."),
    }.get(status, gettext("Nothing was changed. If it happens again, quote the number below."))
