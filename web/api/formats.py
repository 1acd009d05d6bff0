"""In which form rows are answered: as the question says, else as the header `Accept` does."""

from collections.abc import Mapping

from flask import request

from server.exports.columns import MEDIA_TYPES

JSON = "json"
JSON_LINES = "application/x-ndjson"
CSV = "text/csv; charset=utf-8; header=present"
FORMATS = (JSON, "jsonl", "csv", "arrow", "parquet")
# The first one is what whoever accepts anything gets.
ACCEPTED: Mapping[str, str] = {
    "application/json": JSON,
    JSON_LINES: "jsonl",
    "application/jsonl": "jsonl",
    "text/csv": "csv",
    MEDIA_TYPES["arrow"]: "arrow",
    MEDIA_TYPES["parquet"]: "parquet",
}


def accepted_format() -> str:
    """The form that the request's `Accept` prefers; JSON where it says nothing that we have."""
    if not request.accept_mimetypes:
        return JSON
    best = request.accept_mimetypes.best_match(list(ACCEPTED))
    return ACCEPTED[best] if best else JSON
