"""What goes with every answer of the Slicer: other sites' pages may read it, and doubled slashes.

Some clients ask for `/slicer//cube/…`; a redirect would lose what they send along.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request

from web.problems import tell_as
from web.programs import SLICER, door
from web.slicer.mistakes import as_cubes_tells
from web.visitor import EXTENSION

_SECONDS = "1728000"  # for which a browser remembers what it may ask
_METHODS = "GET, POST, OPTIONS"
_HEADERS = "X-Requested-With, Content-Type, Authorization"

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def surround_slicer(app: Flask) -> None:
    """Equip the application for the clients of Cubes."""
    tell_as(app, SLICER, as_cubes_tells)
    origins: tuple[str, ...] = app.extensions[EXTENSION].settings.slicer_cors

    def opened(response: Response) -> Response:
        return _opened(response, origins) if door() == SLICER and origins else response

    app.after_request(opened)
    app.wsgi_app = _with_single_slashes(app.wsgi_app)  # type: ignore[assignment, method-assign]


def _opened(response: Response, origins: tuple[str, ...]) -> Response:
    """The answer with the headers by which a browser lets another site's page read it."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if "*" in origins:
        origin = origin or "*"
    elif origin not in origins:
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Max-Age"] = _SECONDS
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
    return response


def _with_single_slashes(inner: Wsgi) -> Wsgi:
    def answered(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = re.sub("/{2,}", "/", environ.get("PATH_INFO", ""))
        if path.startswith(f"{SLICER}/"):
            environ["PATH_INFO"] = path
        return inner(environ, start)

    return answered
