"""What htmx 4 says in its request headers, over htmx-flask, which knows older names."""

from functools import cached_property
from typing import Any

from flask import Flask
from flask import request as flask_request
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest, HtmxHeaders


class Htmx4Headers(HtmxHeaders):  # type: ignore[misc]
    """Truth: whether htmx sent the request."""

    @cached_property
    def target(self) -> str | None:
        """The id of the element that will be swapped."""
        return _identifier(self._headers.get("HX-Target"))

    @cached_property
    def trigger(self) -> str | None:
        """The id of the element that sent the request."""
        return _identifier(self._headers.get("HX-Source"))

    @cached_property
    def wants_page(self) -> bool:
        """Whether the whole body is replaced, as for Back and Forward."""
        return (self._headers.get("HX-Request-Type") == "full" and self.target is None) or bool(
            self.history_restore_request
        )


class Htmx4Request(HtmxAwareRequest):  # type: ignore[misc]
    """A Flask request whose `htmx` reads the headers of htmx 4."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.htmx = Htmx4Headers(self.headers)


def speak_htmx(app: Flask) -> None:
    """Give every request of the application its `htmx`."""
    Htmx(app)
    app.request_class = Htmx4Request


def htmx() -> Htmx4Headers:
    """What htmx says about the request in hand."""
    headers: Htmx4Headers = flask_request.htmx  # type: ignore[attr-defined]
    return headers


def _identifier(value: str | None) -> str | None:
    """htmx 4 sends `div#id`, or `div` when the element has no id."""
    if not value or "#" not in value:
        return None
    return value.split("#", 1)[1]
