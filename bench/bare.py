"""The engine behind Python's own HTTP server, and nothing else: `python -m bench.bare FOLDER PORT`.

What our server is compared with. `/cells` is one statement, asked over one connection a thread and
answered as JSON, `/statement` one that it was given; `/outfile/YEAR` lets the engine write facts to
a file with all its threads.
"""

import json
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.questions import VISIBLE
from server.store.address import parse_address
from server.store.connection import Client, connect_reader, connect_writer, create_database
from server.store.readers import Limits

COLUMNS = (
    *("day", "order_number", "line_number", "customer_city", "supplier_city", "part_brand"),
    *("quantity", "discount", "extended_price", "revenue", "supply_cost"),
)
_CELLS = f"""
SELECT toYear(day) AS year, sum(revenue)
FROM lineorder
WHERE {VISIBLE} AND supplier_nation = 'CHINA' AND customer_nation = 'PERU'
GROUP BY year
ORDER BY year
"""
_FACTS = f"SELECT _load, _row, {', '.join(COLUMNS)} FROM lineorder WHERE {VISIBLE}"


class Bare:
    """The engine, opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._address = parse_address(f"chdb://{folder}/facts")
        create_database(self._address)
        self._visible = json.loads((folder / "visible.json").read_text("utf-8"))
        asked = folder / "statement.json"
        self._statement = json.loads(asked.read_text("utf-8")) if asked.exists() else None
        self._own = threading.local()

    def answer(self, path: str) -> Mapping[str, Any]:
        """What a path gives."""
        if path == "/cells":
            found = self._client().query(_CELLS, parameters=self._visible)
            return {"cells": [list(row) for row in found.result_rows]}
        if path == "/statement" and self._statement is not None:
            rows = self._client().query(
                self._statement["sql"], parameters=self._statement["parameters"]
            )
            return {"cells": [[str(value) for value in row] for row in rows.result_rows]}
        return self._outfile(path.removeprefix("/outfile/")) if "outfile" in path else {}

    def _client(self) -> Client:
        client: Client | None = getattr(self._own, "client", None)
        if client is None:
            client = connect_reader(self._address, Limits().as_settings("one"), "bare")
            self._own.client = client
        return client

    def _outfile(self, year: str) -> Mapping[str, Any]:
        file = self._folder / "facts.csv"
        within = f" AND toYear(day) = {int(year)}" if year else ""
        client = connect_writer(self._address)
        began = time.perf_counter()
        try:
            client.command(
                f"{_FACTS}{within} INTO OUTFILE '{file}' TRUNCATE FORMAT CSVWithNames",
                parameters=self._visible,
            )
        finally:
            client.close()
        took = time.perf_counter() - began
        with file.open("rb") as lines:
            rows = sum(1 for _ in lines) - 1
        file.unlink()
        return {"seconds": took, "rows": rows}


def main(folder: Path, port: int) -> None:
    """Serve until the process is ended."""
    with _Server(("127.0.0.1", port), _handler(Bare(folder))) as server:
        server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(bare: Bare) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers every GET."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave together

        def do_GET(self) -> None:
            """Ask, and send what is answered."""
            body = json.dumps(bare.answer(self.path)).encode()
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
