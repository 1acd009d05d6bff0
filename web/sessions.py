"""Cookies of browsers: the session of a signed-in one, the visit of any other.

Sessions are kept on the server as hashes (`server.metadata.sign_in`). On a secure connection the
cookies' names start with `__Host-`, so that no other host can set them.
"""

from typing import Any

from flask import Request, Response, request

from web.visitor import runtime

SESSION = "sid"
VISIT = "visit"


def cookie_of(request: Request, name: str) -> str | None:
    """The value of one of our cookies, as the browser sent it."""
    return request.cookies.get(_full_name(request, name))


def set_session(response: Response, token: str) -> None:
    """Sign the browser in."""
    life = runtime().settings.session_hours * 3600
    response.set_cookie(_full_name(request, SESSION), token, max_age=life, **_marks(request))


def clear_session(response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(_full_name(request, SESSION), **_marks(request))


def set_visit(response: Response, token: str) -> None:
    """Give a browser that is not signed in something that its forms can prove."""
    response.set_cookie(_full_name(request, VISIT), token, **_marks(request))


def _full_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if request.is_secure else name


def _marks(request: Request) -> dict[str, Any]:
    return {"secure": request.is_secure, "httponly": True, "samesite": "Lax", "path": "/"}
