"""Numbers in addresses: none is greater than what the metadata can hold."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

MOST = 2**63 - 1


class _Kept(IntegerConverter):
    """A number that could be that of something; an address with any other one is none."""

    def __init__(self, known: Map) -> None:
        super().__init__(known, max=MOST)


def read_numbers(app: Flask) -> None:
    """Let every `<int:…>` of an address be such a number; called before any address is named."""
    app.url_map.converters["int"] = _Kept
