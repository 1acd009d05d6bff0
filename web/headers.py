"""The headers of every answer, set in one place after the request."""

from flask import Flask, Response, request

from web.kept import FRESH

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)

_ALWAYS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_TWO_YEARS = 63_072_000
_STATIC_SECONDS = 31_536_000


def guard_answers(app: Flask) -> None:
    """Give every answer of the application its headers."""
    app.after_request(_with_headers)


def _with_headers(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers[name] = value
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS}"
    if request.endpoint == "static":
        _cache_static(response)
    else:
        if response.headers.get("Cache-Control") != FRESH:
            response.headers["Cache-Control"] = "no-store"
        # Without this Back could show a fragment, or one person's page to another.
        response.vary.update(
            ("Cookie", "Authorization", "Accept-Language", "HX-Request", "HX-Request-Type")
        )
    return response


def _cache_static(response: Response) -> None:
    # The address of a static file carries a hash of its content: a new content, a new address.
    fresh = request.args.get("v")
    response.cache_control.public = True
    if fresh and response.status_code == 200:
        response.cache_control.max_age = _STATIC_SECONDS
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
