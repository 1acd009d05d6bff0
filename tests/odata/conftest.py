"""The OData service over the real flights, with people and tokens of its own."""

from tests.api.conftest import app, ask, clock, served, tokens

__all__ = ["app", "ask", "clock", "served", "tokens"]
