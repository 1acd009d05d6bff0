"""Exports over HTTP: ask for a file, see how far it is, take it or take it back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, send_file

from server.access import Permission
from server.errors import InvalidInput, NotAllowed, NotFound
from server.exports.asking import ask_for, cancel
from server.exports.contents import check_rights, rights_needed
from server.exports.formats import WRITERS
from server.exports.job import file_path
from server.exports.spec import ExportSpec, read_spec
from server.exports.titles import title_of_spec
from server.metadata.exports import Export, find_export, list_exports
from server.scorecards.catalogue import read_catalogue
from server.scorecards.evaluate import evaluate_scorecard
from server.slices.measures import measured_values
from server.slices.question import write_question
from server.slices.reading import question_of as read_query
from web.api import forms, shapes
from web.api.answers import Based, answer
from web.api.hints import telling_what_to_do
from web.api.mistakes import Mistakes
from web.api.operations import Operation, describe
from web.api.places import asked_from
from web.api.reading import read, read_only
from web.api.slices import question_of
from web.gate import require
from web.sentences import trouble_words
from web.visitor import person, runtime
from web.watched import needing

api = Blueprint("api_exports", __name__, url_prefix="/api/v1/exports")

_LATEST = 50


@api.post("")
@require(Permission.EXPORT)
@describe(
    Operation(
        "Ask for a file of a scorecard, a slice or facts",
        shapes.Export(),
        forms.ExportAsked(),
        description="The file is made by a worker; ask for the export until its state is done.",
        status=202,
        examples={
            "kind": "scorecard",
            "name": "punctuality",
            "format": "csv",
            "period": "2013-12",
        },
    )
)
def create() -> Response:
    """Write an export down and let a worker make it."""
    mistakes = Mistakes()
    values = read(forms.ExportAsked(), mistakes)
    spec = _spec(values, mistakes)
    clocks = values.get("as_of"), values.get("as_of_model")
    if clocks != (None, None):
        mistakes.attempt(lambda: runtime().snapshot(*clocks), None)
        spec = spec.as_known(*clocks)
    mistakes.tell()
    if spec.kind == "slice":
        _check_values(spec, *clocks)
    export = ask_for(runtime(), person(), spec, title_of_spec(runtime(), spec))
    found = answer(_told(export), Based(runtime().snapshot()))
    found.status_code = 202
    found.headers["Location"] = f"/api/v1/exports/{export.id}"
    return found


@api.get("")
@require(Permission.EXPORT)
@describe(
    Operation(
        "Your latest exports, newest first",
        shapes.Exports(),
        forms.ExportsAsked(),
        examples={"limit": 10},
        missing=False,
    )
)
def index() -> Response:
    """The latest exports of whoever asks, newest first."""
    values = read_only(forms.ExportsAsked())
    with runtime().metadata.read() as reading:
        found = list_exports(
            reading,
            user=person().identifier,
            state=values.get("state"),
            file_format=values.get("format"),
            limit=values.get("limit", _LATEST),
        )
    return answer({"exports": [_told(one) for one in found]}, Based(runtime().snapshot()))


@api.get("/<code>")
@require(Permission.EXPORT)
@describe(Operation("An export and how far it is", shapes.Export(), forms.Nothing()))
def show(code: str) -> Response:
    """One of the asker's exports."""
    read_only(forms.Nothing())
    return answer(_told(_own(code)), Based(runtime().snapshot()))


@api.delete("/<code>")
@require(Permission.EXPORT)
@describe(Operation("Stop an export that is not finished", shapes.Export(), forms.Nothing()))
def stop(code: str) -> Response:
    """Take back an export that waits or runs."""
    read_only(forms.Nothing())
    cancel(runtime(), code, person().identifier)
    return answer(_told(_own(code)), Based(runtime().snapshot()))


@api.get("/<code>/file")
@require(Permission.EXPORT)
@describe(Operation("The file of an export that is done", None, forms.Nothing()))
def download(code: str) -> Response:
    """The file, to whoever may still see all that is in it."""
    read_only(forms.Nothing())
    export = _own(code)
    _check_still_allowed(export)
    path = file_path(runtime(), export)
    if path is None:
        raise NotFound(f"The export is {export.state}; it has no file.", field="code")
    return send_file(
        path,
        mimetype=WRITERS[export.format].media_type,
        as_attachment=True,
        download_name=f"{export.id}.{export.format}",
    )


def _own(code: str) -> Export:
    with runtime().metadata.read() as reading:
        return find_export(reading, code, person().identifier)


def _check_still_allowed(export: Export) -> None:
    """The rights and the scope of now must be those that the file was made with."""
    spec = read_spec(export.spec)
    check_rights(person(), spec)
    needing(*rights_needed(spec))
    scope = sorted((rule.dimension, *rule.path) for rule in person().scope.rules)
    if export.has_file and sorted(export.scope) != scope:
        raise NotAllowed(
            "What you may see has changed since the file was made; export it again.", field="code"
        )


def _spec(values: dict[str, Any], mistakes: Mistakes) -> ExportSpec:
    """What is to be exported, checked as if it were asked now."""
    if values.get("kind") == "facts":
        return _facts_spec(values, mistakes)
    asked = asked_from(values, mistakes, values.get("language", "en"))
    spec = ExportSpec(
        kind=values.get("kind", "slice"),
        name=values.get("name", ""),
        format=values.get("format", "csv"),
        language=asked.language,
    )
    if spec.kind == "scorecard":
        _refuse(("question", "membership"), values, "a scorecard", mistakes)
        if not mistakes.found:
            mistakes.attempt(lambda: evaluate_scorecard(runtime(), asked, spec.name), None)
        period = str(asked.period) if asked.period else None
        alike = asked.like_for_like
        return replace(spec, period=period, cuts=asked.cuts, like_for_like=alike)
    _refuse(("period", "cut", "like_for_like", "membership"), values, "a slice", mistakes)
    question = question_of(spec.name or None, values.get("question", {}), mistakes)
    return replace(spec, query=() if mistakes.found else write_question(question))


def _check_values(spec: ExportSpec, *clocks: Any) -> None:
    """Tell now, not by a file that fails, which figures the cube does not have."""
    cube = runtime().cubes.model.cube(spec.name)
    catalogue = read_catalogue(runtime().metadata, runtime().snapshot(*clocks).definitions)
    with telling_what_to_do((cube,)):
        measured_values(read_query(runtime(), spec.query, cube), cube, catalogue, spec.language)


def _facts_spec(values: Mapping[str, Any], mistakes: Mistakes) -> ExportSpec:
    """The facts of a cell of a cube, as CSV or Parquet."""
    _refuse(("period", "like_for_like", "question"), values, "facts", mistakes)
    spec = ExportSpec(
        kind="facts",
        name=values.get("name", ""),
        format=values.get("format", "csv"),
        language=values.get("language", "en"),
        query=(
            *(("cut", text) for text in values.get("cut", ())),
            *(("membership", text) for text in [values.get("membership")] if text),
        ),
    )
    if not mistakes.found:
        mistakes.attempt(lambda: title_of_spec(runtime(), spec), "")
    return spec


def _refuse(
    names: tuple[str, ...], values: Mapping[str, Any], kind: str, mistakes: Mistakes
) -> None:
    for name in names:
        if name in values:
            mistakes.add(InvalidInput(f"The export of {kind} has no {name}.", field=name))


def _told(export: Export) -> dict[str, object]:
    return {
        "code": export.id,
        "title": export.title,
        "format": export.format,
        "state": export.state,
        "size": export.size,
        "sha256": export.sha256,
        "fingerprint": export.fingerprint,
        "made_at_snapshot": export.snapshot,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
        "error": trouble_words(export.job) if export.job.error else None,
        "file": f"/api/v1/exports/{export.id}/file" if export.has_file else None,
    }
