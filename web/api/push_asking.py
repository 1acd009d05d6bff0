"""Reads what a push says beside its body: form, packing, key, scope, and how long to wait."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from server.errors import InvalidInput, TooLarge, WrongForm
from server.exports.columns import MEDIA_TYPES
from web.api.formats import JSON_LINES
from web.api.mistakes import Mistakes
from web.visitor import runtime

HEADER = "Idempotency-Key"
MOST_WAIT = 60  # seconds
FORMS: Mapping[str, str] = {
    JSON_LINES: "jsonl",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "text/csv": "csv",
    MEDIA_TYPES["arrow"]: "arrow",
}
_ENCODINGS = {"": "identity", "identity": "identity", "gzip": "gzip", "x-gzip": "gzip"}
_KEY = re.compile(r"[A-Za-z0-9._:~+=@!$*,;()'-]{1,200}", re.ASCII)
_WAIT = re.compile(r"[0-9]{1,2}", re.ASCII)
_PARAMETERS = ("scope", "wait", "lang")


@dataclass(frozen=True)
class Asked:
    """What is said beside the body."""

    form: str
    encoding: str
    key: str | None
    scope: tuple[str, ...]
    wait: int


def read_asked() -> Asked:
    """What the request says; every mistake in its address and its key is told at once.

    Raises:
        WrongForm: the body is in a form that is not read.
        TooLarge: it says that it is larger than a push may be.
    """
    form, encoding = _form(), _encoding()
    _check_length()
    mistakes = Mistakes()
    for name in request.args:
        if name not in _PARAMETERS:
            mistakes.add(
                InvalidInput(
                    f"There is no parameter {name[:60]!r} here. Allowed: {', '.join(_PARAMETERS)}.",
                    code="unknown_parameter",
                    field=name[:60],
                    allowed=_PARAMETERS,
                )
            )
    key = mistakes.attempt(_key, None)
    wait = mistakes.attempt(_wait, 0)
    mistakes.tell()
    return Asked(form, encoding, key, tuple(request.args.getlist("scope")), wait)


def check_key(key: str) -> str:
    """The key, if it is one."""
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            f"{HEADER} is {key[:80]!r}; it must be 1 to 200 letters, digits or . _ : ~ + = @ - and "
            "the like, without spaces and slashes, for example a UUID",
            field=HEADER,
        )
    return key


def _key() -> str | None:
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    is_quoted = len(sent) > 1 and sent[0] == sent[-1] == '"'
    return check_key(sent[1:-1] if is_quoted else sent)


def _form() -> str:
    form = FORMS.get(request.mimetype)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if form is None or charset not in ("utf-8", "utf8", "us-ascii"):
        said = request.headers.get("Content-Type", "")[:80]
        raise WrongForm(
            f"The Content-Type is {said!r}; allowed: {', '.join(FORMS)}, texts in UTF-8",
            field="Content-Type",
            allowed=tuple(FORMS),
        )
    return form


def _encoding() -> str:
    said = request.headers.get("Content-Encoding", "").strip().lower()
    if said not in _ENCODINGS:
        raise WrongForm(
            f"The Content-Encoding is {said[:80]!r}; allowed: gzip, or none",
            field="Content-Encoding",
            allowed=("gzip", "identity"),
        )
    return _ENCODINGS[said]


def _check_length() -> None:
    """Refuse by what is said; what is sent is counted when it is read."""
    most = runtime().settings.push_bytes
    request.max_content_length = 2 * most
    if request.content_length is not None and request.content_length > most:
        raise TooLarge(
            f"The body has {request.content_length:,} bytes; a push has at most {most:,}. "
            "Send it in several pushes.",
            field="body",
        )


def _wait() -> int:
    texts = request.args.getlist("wait")
    if not texts:
        return 0
    if len(texts) > 1 or not _WAIT.fullmatch(texts[0]) or int(texts[0]) > MOST_WAIT:
        raise InvalidInput(
            f"wait must be a whole number of seconds from 0 to {MOST_WAIT}",
            field="wait",
            allowed=(f"0 to {MOST_WAIT}",),
        )
    return int(texts[0])
