"""One request to ClickHouse, read from HTTP: statement, parameters, settings, data."""

import base64
import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import lz4.frame  # type: ignore[import-untyped]

# What the protocol itself uses; every other name in the address is a setting.
_OWN = frozenset(
    (
        *("query", "query_id", "database", "user", "password", "role", "default_format"),
        *("session_id", "session_timeout", "client_protocol_version", "wait_end_of_query"),
        *("compress", "decompress", "enable_http_compression", "buffer_size"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
        "cancel_http_readonly_queries_on_client_close",
    )
)
_INSERT = re.compile(r"\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)\s*$", re.IGNORECASE | re.DOTALL)
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """One statement with all that goes with it."""

    statement: str
    user: str
    database: str
    format: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    body: bytes  # of an insert
    insert: tuple[str, str] | None  # the statement without its format, the format
    waits: bool  # for the end of the query before the first byte of the answer

    @property
    def is_select(self) -> bool:
        """Whether the engine can stream its answer."""
        return self.statement.lstrip().upper().startswith(("SELECT", "WITH"))


def read_request(address: str, headers: Message, body: bytes) -> Request:
    """Read a request; the body is whole and still encoded."""
    values = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    body = _decoded(body, headers.get("Content-Encoding", ""))
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        values |= _form(headers["Content-Type"], body)
        body = b""
    statement = values.get("query") or ""
    if not _INSERT.match(statement):
        statement, body = statement + body.decode(), b""
    insert = _INSERT.match(statement)
    said = _FORMAT.search(statement)
    return Request(
        statement=statement,
        user=_user(headers, values),
        database=values.get("database", "default"),
        format=said[1] if said else values.get("default_format", "TabSeparated"),
        parameters=_named(values, "param_"),
        settings={
            name: value
            for name, value in values.items()
            if name not in _OWN and not name.startswith("param_")
        },
        body=body,
        insert=(insert[1], insert[2]) if insert else None,
        waits=values.get("wait_end_of_query") == "1",
    )


def read_body(headers: Message, file: BufferedIOBase) -> bytes:
    """The whole body, with its length or in chunks."""
    if headers.get("Transfer-Encoding", "").lower() != "chunked":
        return file.read(int(headers.get("Content-Length") or 0))
    pieces = []
    while size := int(file.readline().split(b";")[0], 16):
        pieces.append(file.read(size))
        file.readline()
    file.readline()
    return b"".join(pieces)


def _decoded(body: bytes, encoding: str) -> bytes:
    if not body or encoding in ("", "identity"):
        return body
    if encoding == "lz4":
        return _frames(body)
    return gzip.decompress(body) if encoding == "gzip" else zlib.decompress(body)


def _frames(body: bytes) -> bytes:
    """Each block of an insert is a frame of its own."""
    found: list[bytes] = []
    while body:
        reader = lz4.frame.LZ4FrameDecompressor()
        found.append(reader.decompress(body))
        body = reader.unused_data or b""
    return b"".join(found)


def _form(kind: str, body: bytes) -> dict[str, str]:
    whole = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    )
    found: dict[str, str] = {}
    for part in whole.iter_parts():
        content: Any = part.get_payload(decode=True)
        found[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return found


def _user(headers: Message, values: Mapping[str, str]) -> str:
    authorization = headers.get("Authorization", "")
    if authorization.startswith("Basic "):
        return base64.b64decode(authorization[6:]).decode().partition(":")[0]
    return headers.get("X-ClickHouse-User") or values.get("user") or "default"


def _named(values: Mapping[str, str], lead: str) -> dict[str, str]:
    return {name[len(lead) :]: value for name, value in values.items() if name.startswith(lead)}
