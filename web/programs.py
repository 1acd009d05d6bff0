"""The doors of programs: the paths that answer no people, and how a program says who it is.

A program sends its token as `Authorization: Bearer …`, or as the password of HTTP Basic with any
user name. Clients that know Basic alone wait to be asked for it: their doors ask.
"""

from flask import Request, request

API = "/api"
SLICER = "/slicer"
ODATA = "/odata"
LINKS = "/links"
DOORS = (API, SLICER, ODATA, LINKS)

_ASK_FOR_BASIC = (SLICER, ODATA)
_REALM = 'Basic realm="Indicube"'


def door() -> str | None:
    """The door that the request in hand comes to; None when it asks for a page."""
    return next((one for one in DOORS if _is_at(one, request.path)), None)


def is_program() -> bool:
    """Whether the request comes to a door of programs: it brings a token, and no cookie counts."""
    return door() is not None


def token_sent(request: Request) -> str | None:
    """The token in a request; None when there is none in it."""
    sent = request.authorization
    if sent is None:
        return None
    token = sent.password if sent.type == "basic" else sent.token
    return (token or "").strip() or None if sent.type in ("basic", "bearer") else None


def challenge() -> str:
    """How a program is asked to say who it is."""
    return _REALM if door() in _ASK_FOR_BASIC else "Bearer"


def how_to_sign_in() -> str:
    """The same as a sentence."""
    basic = ", or as the password of HTTP Basic with any user name"
    return f"Send a token: Authorization: Bearer icb_…{basic if door() in _ASK_FOR_BASIC else ''}"


def _is_at(one: str, path: str) -> bool:
    return path.startswith(f"{one}/") or path == one != API
