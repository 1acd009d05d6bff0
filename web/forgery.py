"""Requests that another site made a browser send are refused: origin and token are checked.

A signed-in browser's token is kept with its session; a browser without one gets a random visit
cookie and sends the same value in the form.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request

from server.errors import NotAllowed

HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def new_token() -> str:
    """A token that cannot be guessed (256 bits)."""
    return secrets.token_urlsafe(32)


def changes_state(request: Request) -> bool:
    """Whether the method of the request may change something."""
    return request.method not in _HARMLESS


def refuse_forgery(request: Request, token: str | None) -> None:
    """Raise NotAllowed unless the request comes from our own pages and carries the token."""
    if not _is_from_us(request):
        raise NotAllowed("The request came from another site.", code="foreign_origin")
    sent = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    if not token or not hmac.compare_digest(sent.encode(), token.encode()):
        raise NotAllowed(
            "The form is out of date; nothing was changed.",
            code="stale_form",
            hint="Open the page again and repeat what you did.",
        )


def _is_from_us(request: Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or _place(origin) == (request.scheme, request.host)


def _place(origin: str) -> tuple[str, str]:
    parts = urlsplit(origin)
    return parts.scheme, parts.netloc
