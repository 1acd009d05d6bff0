"""The OpenAPI document for programs and, as a page, for people."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from server.access import Permission
from web.api import forms, shapes
from web.api.openapi import openapi
from web.api.operations import Operation, describe
from web.api.reading import read_only
from web.gate import require
from web.rendering import render

api = Blueprint("api_reference", __name__, url_prefix="/api/v1")
pages = Blueprint("reference", __name__, url_prefix="/reference")


@api.get("/openapi.json")
@require(Permission.API)
@describe(Operation("This document", shapes.Document(), forms.Nothing(), missing=False))
def document() -> Response:
    """The OpenAPI document."""
    read_only(forms.Nothing())
    return jsonify(_document())


@pages.get("/openapi.json")
@require(Permission.API)
def document_for_people() -> Response:
    """The same document for a signed-in browser."""
    return jsonify(_document())


@pages.get("")
@require(Permission.API)
def show() -> Response:
    """Every route, what it asks and what it answers."""
    found = _document()
    routes = [
        (method.upper(), path, operation)
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
    ]
    return render("reference.html", routes=routes, schemas=found["components"]["schemas"])


def _document() -> dict[str, Any]:
    made: dict[str, Any] = current_app.extensions.get("indicube-openapi") or openapi(current_app)
    current_app.extensions["indicube-openapi"] = made
    return made
