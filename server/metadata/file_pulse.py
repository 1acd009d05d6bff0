"""Whether anybody has written to an SQLite file, told by the file without a question to it."""

import sqlite3
from pathlib import Path
from threading import Lock


class FilePulse:
    """A connection that never writes: its `data_version` is another one after any commit."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0

    def writes(self) -> int | None:
        """A number that is another one after any process has written; None where none tells."""
        with self._lock:
            try:
                return self._told()
            except sqlite3.Error:
                self._leave()
                return None

    def close(self) -> None:
        """Close the connection; it is opened anew when it is needed."""
        with self._lock:
            self._leave()

    def _told(self) -> int:
        if self._connection is None:
            # Another connection counts from a number of its own.
            self._opened += 1
            self._connection = sqlite3.connect(
                f"{self._file.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=1.0,
                isolation_level=None,
                check_same_thread=False,
            )
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return self._opened * 2**40 + version

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
