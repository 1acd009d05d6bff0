"""The running Indicube that is asked, over HTTP, with one person's token."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from mcp.server.mcpserver.exceptions import ToolError

Answer = dict[str, Any]
Words = Mapping[str, object]

_SECONDS = urllib3.Timeout(connect=5, read=120)
_NO_RETRIES = urllib3.Retry(0, redirect=0)


@dataclass(frozen=True)
class Installation:
    """Where Indicube answers, and as whom it is asked."""

    url: str  # such as http://127.0.0.1:8080
    token: str
    language: str = "en"

    def get(self, *path: str, **words: object) -> Answer:
        """What stands at an address of the API.

        Raises:
            ToolError: a sentence on what is wrong and what is allowed, for whoever asked.
        """
        return self._ask("GET", path, words, None)

    def post(self, *path: str, body: Words) -> Answer:
        """What a question that is sent as JSON is answered.

        Raises:
            ToolError: as of `get`.
        """
        return self._ask("POST", path, {}, json.dumps(_given(body)).encode())

    def _ask(self, method: str, path: Sequence[str], words: Words, body: bytes | None) -> Answer:
        known = urlencode({"lang": self.language, **_given(words)}, doseq=True)
        steps = "/".join(quote(step, safe="") for step in path)
        address = f"{self.url.rstrip('/')}/api/v1/{steps}?{known}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            found = urllib3.request(
                method, address, body=body, headers=headers, retries=_NO_RETRIES, timeout=_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            raise ToolError(f"Indicube at {self.url} does not answer: {_cause(error)}.") from error
        return _read(self.url, found.status, found.data)


def _given(words: Words) -> dict[str, object]:
    """What is given at all: neither None nor an empty list or text."""
    return {name: value for name, value in words.items() if value not in (None, "", [], {}, ())}


def _read(url: str, status: int, text: bytes) -> Answer:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ToolError(f"What answers at {url} with status {status} is not Indicube.") from error
    if not isinstance(found, dict):
        raise ToolError(f"What answers at {url} is not Indicube.")
    if status != 200:
        raise ToolError("\n".join(map(_told, found.get("errors") or [found.get("error", {})])))
    return found


def _told(mistake: object) -> str:
    """A mistake as one paragraph: what is wrong, where, what is allowed, what to try."""
    if not isinstance(mistake, dict):
        return str(mistake)
    parts = [str(mistake.get("message") or "The question was refused.")]
    if mistake.get("field"):
        parts.append(f"(in {mistake['field']})")
    if mistake.get("allowed"):
        parts.append(f"Allowed: {', '.join(map(str, mistake['allowed']))}.")
    if mistake.get("hint"):
        parts.append(str(mistake["hint"]))
    return " ".join(parts)


def _cause(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error).rpartition(": ")[2].rstrip(".")
