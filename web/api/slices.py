"""Slices over HTTP: the table that the slicer draws, figure by figure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response

from server.access import Permission
from server.cube.key_values import key_text
from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.rounding import exact_text
from server.slices.ask import ask
from server.slices.question import SliceQuestion, read_question, write_question
from server.slices.reading import counted_from
from server.slices.result import Paths, SliceResult, ValueHead, Window
from server.snapshot import Snapshot
from web.api import forms, shapes
from web.api.answers import SERVED_BY, Based, answer
from web.api.hints import telling_what_to_do
from web.api.mistakes import Mistakes
from web.api.naming import of_everything
from web.api.operations import Operation, describe
from web.api.reading import read
from web.gate import require
from web.kept import kept
from web.visitor import person, runtime, snapshot
from web.watched import only_asks
from web.words import language

api = Blueprint("api_slices", __name__, url_prefix="/api/v1/slices")


@api.post("")
@only_asks
@require(Permission.SLICE)
@describe(
    Operation(
        "A slice: rows, columns and exact figures, with its fingerprint",
        shapes.Slice(),
        forms.SliceAsked(),
        examples={
            "cube": "departures",
            "rows": ["organisation:group"],
            "value": ["flights", "indicator.on_time_arrival"],
            "cut": ["time:2013,4,12"],
            "totals": True,
        },
    )
)
@kept(of_everything)
def create() -> Response:
    """The answer to a slice's question, whole or a window of its rows."""
    mistakes = Mistakes()
    values = read(forms.SliceAsked(), mistakes)
    if ("first" in values) != ("size" in values):
        mistakes.add(InvalidInput("first and size go together.", field="first"))
    question = question_of(values.get("cube"), values, mistakes)
    mistakes.tell()
    published = snapshot(values.get("as_of"), values.get("as_of_model"))
    window = Window(values["first"], values["size"]) if "size" in values else None
    result = _asked(question, published, window)
    found = answer(_written(result), Based(result.snapshot, result.watermark))
    if result.fingerprint is not None:
        found.headers["Indicube-Fingerprint"] = result.fingerprint
    return found


def _asked(question: SliceQuestion, at: Snapshot, window: Window | None) -> SliceResult:
    cube = runtime().cubes.model.cube(question.cube)
    with telling_what_to_do((cube,)):
        return ask(runtime(), person(), question, language(), at, window)


def question_of(cube: str | None, values: Mapping[str, Any], mistakes: Mistakes) -> SliceQuestion:
    """The question in a slice's shape; mistakes are kept."""
    empty = SliceQuestion(cube or "")
    if cube is None:
        return empty  # its name is missing, which has been told
    return mistakes.attempt(lambda: _read(cube, values), empty)


def _read(name: str, values: Mapping[str, Any]) -> SliceQuestion:
    cube = runtime().cubes.model.cube(name)
    published = snapshot(values.get("as_of"))
    return read_question(pairs_of(values), cube, counted_from(cube, published)).plain


def pairs_of(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A slice's shape as the parameters of the slicer's address."""
    pairs = [
        (name, text)
        for name in ("rows", "columns", "value", "cut", "order")
        for text in values.get(name, ())
    ]
    pairs += [(name, values[name]) for name in ("top", "chart", "membership") if name in values]
    return (*pairs, ("totals", "1")) if values.get("totals") else tuple(pairs)


def _written(result: SliceResult) -> dict[str, object]:
    count = len(result.values)
    return {
        "served_by": result.served_by or SERVED_BY,
        "cube": result.question.cube,
        "question": [list(pair) for pair in write_question(result.question)],
        "values": [
            {
                "name": head.value.reference,
                "show": head.show,
                "label": head.label,
                "unit": head.unit.code,
            }
            for head in result.values
        ],
        "columns": [
            {"kind": one.kind, "paths": _paths(one.paths), "labels": list(one.labels)}
            for one in result.columns
        ],
        "rows": [
            {
                "kind": row.kind,
                "paths": _paths(row.paths),
                "labels": list(row.labels),
                "cells": [
                    _figure(cell, result.values[place % count]) | _carried(since)
                    for place, (cell, since) in enumerate(
                        zip(row.cells, row.carried_cells, strict=True)
                    )
                ],
            }
            for row in result.rows
        ],
        "row_count": result.row_count,
        "first_row": result.first_row,
        "definitions": result.definitions,
        "fingerprint": result.fingerprint,
    }


def _paths(paths: Paths) -> list[list[str | None]]:
    return [[None if key is None else key_text(key) for key in path] for path in paths]


def _carried(since: date | None) -> dict[str, str]:
    return {"carried": since.isoformat()} if since else {}


def _figure(value: Figure, head: ValueHead) -> dict[str, str]:
    if isinstance(value, Absence):
        return {"absent": str(value)}
    return {
        "value": f"{head.unit.shown(value, head.decimals):f}",
        "exact": exact_text(value * head.unit.scale),
    }
