"""Chart definitions as pictures, drawn by a process of its own that ends with them."""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from server.errors import ServerError

ZOOM = 3
WIDTH, HEIGHT = 920, 400
SECONDS = 120


def pictures_of(
    charts: Sequence[Mapping[str, Any]], language: str, title: tuple[str, str] | None = None
) -> list[bytes]:
    """One PNG for each chart, three times as fine as its size; with a title when one is given."""
    if not charts:
        return []
    orders = [
        {
            "definition": dict(chart),
            "language": {"zh": "zh-Hans"}.get(language, language),
            "width": WIDTH,
            "height": HEIGHT,
            "title": title,
            "zoom": ZOOM,
        }
        for chart in charts
    ]
    told = json.dumps({"orders": orders, "web_files": str(_web_files())}, ensure_ascii=False)
    lines = run_child("server.exports.drawing", told.encode()).split()
    return [base64.b64decode(line) for line in lines]


def run_child(module: str, told: bytes, *arguments: str) -> bytes:
    """Run one of our modules as a new process (never a fork) and return what it answers.

    Raises:
        ServerError: it failed or took too long; its last line says why.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            input=told,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    except subprocess.TimeoutExpired:
        raise ServerError(f"Drawing took longer than {SECONDS} s.", code="export_slow") from None
    if ended.returncode:
        words = ended.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ServerError(words[-1][:500], code="export_child")
    return ended.stdout


def _web_files() -> Path:
    """The page's own chart files: one definition draws in the page and in every file."""
    found = find_spec("web")
    if found is None or not found.submodule_search_locations:
        raise ServerError("The chart files of the screens are not installed.", code="no_charts")
    return Path(found.submodule_search_locations[0]) / "static"
