"""PNG: the document's first chart with its title, period and fingerprint's beginning."""

from pathlib import Path

from server.errors import InvalidInput
from server.exports.document import Document
from server.exports.pictures import pictures_of
from server.exports.progress import Told

MEDIA_TYPE = "image/png"


def write_png(document: Document, path: Path, told: Told) -> None:
    """Write the first chart of the document; InvalidInput when it has none."""
    chart = next((one.chart for one in document.sheets if one.chart is not None), None)
    if chart is None:
        raise InvalidInput(
            "This has no chart to draw; take another format.",
            field="format",
            allowed=("csv", "xlsx", "pdf", "parquet"),
        )
    unit = f" ({chart['unit']})" if chart.get("unit") else ""
    told_below = " · ".join(f"{label}: {text}" for label, text in document.facts[:4])
    title = (f"{chart['title']}{unit}", f"{told_below} · {document.fingerprint[:16]}")
    path.write_bytes(pictures_of([chart], document.language, title)[0])
    told(1)
