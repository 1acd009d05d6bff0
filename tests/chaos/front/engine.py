"""Runs requests on the engine inside this process, each on a connection of its own."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import chdb
import pyarrow as pa

from tests.chaos.front.faults import NAMES, Fault
from tests.chaos.front.requests import Request

READER = "reader"
# What the reader's profile says on a server; the rest it may not change.
_PROFILE = {
    "max_execution_time": "30",
    "max_result_rows": "100000",
    "result_overflow_mode": "throw",
    "group_by_use_nulls": "1",
    "join_use_nulls": "1",
    "output_format_arrow_string_as_string": "1",
    "output_format_arrow_low_cardinality_as_dictionary": "0",
}
_CHANGEABLE = ("max_threads", "log_comment")
_CODE = re.compile(r"Code: (\d+)")


class EngineError(Exception):
    """The engine's refusal, with its code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def told(fault: Fault) -> EngineError:
    """The exception that a fault brings."""
    words = f"Code: {fault.code}. DB::Exception: A fault that a test made. ({NAMES[fault.code]})"
    return EngineError(fault.code, words)


class FrontedEngine:
    """One engine for all who come over HTTP."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        # The engine lives as long as one connection.
        self._keep = chdb.connect(folder)  # type: ignore[no-untyped-call]
        rows = str(self._keep.query("SELECT version(), timezone()", "TabSeparated")).split()
        self.version, self.zone = rows

    def run(self, request: Request, fault: Fault | None) -> tuple[bytes, dict[str, str]]:
        """The whole answer and the summary of what was done."""
        with closing(self._connect(request)) as connection:
            if request.insert is not None:
                return b"", _insert(connection, request, fault)
            result = _in_words(
                lambda: connection.query(
                    request.statement, request.format, params=dict(request.parameters)
                )
            )
            return result.bytes() or b"", {"read_rows": str(result.rows_read())}

    def stream(self, request: Request) -> Iterator[bytes]:
        """The answer piece by piece."""
        with closing(self._connect(request)) as connection:
            sent = _in_words(
                lambda: connection.send_query(
                    request.statement, request.format, params=dict(request.parameters)
                )
            )
            with closing(sent) as pieces:
                for piece in pieces:
                    yield piece.bytes()

    def close(self) -> None:
        """End the engine."""
        self._keep.close()

    def _connect(self, request: Request) -> Any:
        connection = chdb.connect(self._folder)  # type: ignore[no-untyped-call]
        settings = dict(request.settings)
        if request.user == READER:
            # Over HTTP a reader sets nothing but what the profile leaves open.
            settings = {name: settings[name] for name in _CHANGEABLE if name in settings}
            settings = {**_PROFILE, **settings}
            # On a server this table says that the two settings above may be changed all the same.
            if "system.settings" not in request.statement:
                settings["readonly"] = "1"
        try:
            name = request.database.replace("`", "")
            _in_words(lambda: connection.query(f"USE `{name}`"))
            for setting, value in settings.items():
                text = value.replace("\\", "\\\\").replace("'", "\\'")
                _in_words(lambda sql=f"SET {setting} = '{text}'": connection.query(sql))
        except BaseException:
            connection.close()
            raise
        return connection


def _insert(connection: Any, request: Request, fault: Fault | None) -> dict[str, str]:
    assert request.insert is not None
    statement, kind = request.insert
    data = _damaged(request.body, kind, fault)

    def send() -> Any:
        handle = connection.send_insert(statement, kind)
        try:
            handle.append(data)
            return handle.finish()
        finally:
            handle.cancel()

    done = _in_words(send)
    return {"written_rows": str(done.rows_written), "written_bytes": str(done.bytes_written)}


def _damaged(body: bytes, kind: str, fault: Fault | None) -> bytes:
    if fault is None or fault.mode not in ("lose_row", "double_row") or kind != "Arrow":
        return body
    table = pa.ipc.open_file(body).read_all()
    last = table.slice(table.num_rows - 1)
    kept = table.slice(0, table.num_rows - 1)
    wrong = kept if fault.mode == "lose_row" else pa.concat_tables([table, last])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(wrong.combine_chunks())
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _in_words(run: Any) -> Any:
    try:
        return run()
    except Exception as error:
        found = _CODE.search(str(error))
        text = str(error)[found.start() :] if found else str(error)
        raise EngineError(int(found[1]) if found else 1002, text) from error
