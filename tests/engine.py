"""One chDB engine per test process, and a database of its own for whoever asks.

The engine holds one folder per process, so everything that opens a store in this process opens it
here and differs by the database.
"""

import atexit
import shutil
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

_numbers = count(1)


@cache
def engine_folder() -> Path:
    """The folder of this process's engine, removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="indicube-engine-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "facts"


def fresh_database() -> str:
    """The address of a database that nobody has used: a value for INDICUBE_CLICKHOUSE."""
    return f"chdb://{engine_folder()}?database=test_{next(_numbers)}"
