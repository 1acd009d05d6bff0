"""`python -m tests.chaos.front.server FOLDER PORT`: the HTTP side.

`POST /__faults` takes `{"add": {…}}`, `{"draw": {"seed": 7, "share": 0.1}}`, `{"clear": true}` or
`{"refuse": 2.0}` (nobody listens for so many seconds) and answers how often each fault was met.
"""

import json
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.chaos.front.engine import EngineError, FrontedEngine, told
from tests.chaos.front.faults import Fault, Faults
from tests.chaos.front.requests import Request, read_body, read_request

_STREAMED = ("Native", "Arrow", "ArrowStream", "JSONEachRow", "TabSeparated", "RowBinary")


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    engine: FrontedEngine
    faults: Faults
    front: "Front"

    def setup(self) -> None:
        """Be known, so that the front can hang up on everybody."""
        super().setup()
        self.front.connections.add(self.connection)

    def finish(self) -> None:
        """Be forgotten."""
        self.front.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        """A ping, or a question in the address alone."""
        if self.path.startswith("/ping"):
            self._reply(200, b"Ok.\n")
            return
        self.do_POST()

    def do_POST(self) -> None:
        """A statement, or a word about faults."""
        body = read_body(self.headers, self.rfile)
        if self.path.startswith("/__faults"):
            self._reply(200, json.dumps(self.front.told(json.loads(body))).encode())
            return
        request = read_request(self.path, self.headers, body)
        fault = self.faults.take(request.statement)
        try:
            self._answer(request, fault)
        except EngineError as error:
            self._refuse(error)
        except (BrokenPipeError, ConnectionError):
            self._hang_up()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, request: Request, fault: Fault | None) -> None:
        mode = fault.mode if fault else ""
        if fault is not None and mode == "error":
            raise told(fault)
        if fault is not None and mode in ("hang", "slow"):
            time.sleep(fault.seconds)
        if mode in ("drop_before", "hang"):
            self._hang_up()
            return
        if request.is_select and not request.waits and request.format in _STREAMED:
            self._send_pieces(self.engine.stream(request), {}, fault, request)
            return
        answer, summary = self.engine.run(request, fault)
        self._send_pieces(iter((answer,)), summary, fault, request)

    def _send_pieces(
        self,
        pieces: Iterator[bytes],
        summary: dict[str, str],
        fault: Fault | None,
        request: Request,
    ) -> None:
        first = next(pieces, b"")  # what fails before it is still a proper error
        mode = fault.mode if fault else ""
        if mode == "drop_after":
            for _ in pieces:
                pass
            self._hang_up()
            return
        self.send_response(200)
        for name, value in self._headers(summary, request.format).items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if mode == "truncate":
            self._chunk(first[: len(first) // 2], promised=len(first) + 1)
            self._hang_up()
            return
        self._chunk(first)
        for piece in pieces:
            self._chunk(piece)
        if fault is not None and mode == "late_error":
            # An old server breaks off with the bare words; the client finds them by their form.
            self._chunk(f"\r\n__exception__\r\n{told(fault)}\n".encode())
            self._hang_up()
            return
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, piece: bytes, promised: int = 0) -> None:
        size = promised or len(piece)
        if size:
            end = b"" if promised else b"\r\n"
            self.wfile.write(b"%x\r\n" % size + piece + end)

    def _refuse(self, error: EngineError) -> None:
        with suppress(OSError):
            status = {202: 503, 516: 403, 60: 404, 81: 404}.get(error.code, 500)
            self._reply(
                status, f"{error}\n".encode(), {"X-ClickHouse-Exception-Code": str(error.code)}
            )

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**self._headers({}, "Text"), **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _headers(self, summary: dict[str, str], kind: str) -> dict[str, str]:
        return {
            "X-ClickHouse-Summary": json.dumps(summary),
            "X-ClickHouse-Timezone": self.engine.zone,
            "X-ClickHouse-Format": kind,
        }

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class Front:
    """The listening side, which can go away for a while."""

    def __init__(self, folder: str, port: int) -> None:
        self._port = port
        self._away = 0.0
        self._stop = threading.Event()
        self.faults = Faults()
        self.connections: set[socket.socket] = set()
        self._engine = FrontedEngine(folder)
        words: dict[str, Any] = {"engine": self._engine, "faults": self.faults, "front": self}
        self._handler = type("BoundHandler", (Handler,), words)
        self._server: _Listening | None = None

    def told(self, words: dict[str, Any]) -> dict[str, Any]:
        """Do what a word about faults says."""
        if "add" in words:
            self.faults.add(Fault(**words["add"]))
        if "draw" in words:
            self.faults.draw(**words["draw"])
        if words.get("clear"):
            self.faults.clear()
        if "refuse" in words:
            self._away = float(words["refuse"])
            threading.Timer(0.05, self._shut).start()  # when this answer is sent
        return {"met": dict(self.faults.met), "fields": list(asdict(Fault("hang")))}

    def serve(self) -> None:
        """Answer until a signal comes."""
        while not self._stop.is_set():
            with _Listening(("127.0.0.1", self._port), self._handler) as server:
                self._server = server
                server.serve_forever(poll_interval=0.05)
            for connection in list(self.connections):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._stop.wait(self._away)
        self._engine.close()

    def stop(self, *_: object) -> None:
        """End."""
        self._stop.set()
        threading.Thread(target=self._shut, daemon=True).start()

    def _shut(self) -> None:
        if self._server is not None:
            self._server.shutdown()


if __name__ == "__main__":
    front = Front(sys.argv[1], int(sys.argv[2]))
    signal.signal(signal.SIGTERM, front.stop)
    front.serve()
