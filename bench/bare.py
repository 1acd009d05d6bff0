"""The engine behind Python's own HTTP server, and nothing else: `python -m bench.bare FOLDER PORT`.

What our server is compared with: one statement, one connection for each thread, answered as JSON.
"""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from server.store.address import parse_address
from server.store.connection import Client, connect_reader, create_database
from server.store.readers import Limits


def main(folder: Path, port: int) -> None:
    """Serve the statement in the folder's `statement.json` until the process is ended."""
    address = parse_address(f"chdb://{folder}/facts")
    create_database(address)
    statement = json.loads((folder / "statement.json").read_text("utf-8"))
    here = threading.local()

    def answer() -> list[Any]:
        client: Client | None = getattr(here, "client", None)
        if client is None:
            client = connect_reader(address, Limits().as_settings("one"), "bare")
            here.client = client
        found = client.query(statement["sql"], parameters=statement["parameters"])
        return [list(row) for row in found.result_rows]

    with _Server(("127.0.0.1", port), _handler(answer)) as server:
        server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(answer: Callable[[], list[Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers every GET with the statement's rows."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Ask, and send the rows."""
            body = json.dumps({"cells": answer()}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
