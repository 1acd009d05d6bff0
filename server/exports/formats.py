"""The formats of exported files: who writes them and what a browser is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.exports import csv, parquet, png, printed, xlsx
from server.exports.document import Document
from server.exports.progress import Told

Write = Callable[[Document, Path, Told], None]


@dataclass(frozen=True)
class Format:
    """One kind of file."""

    write: Write
    media_type: str


WRITERS: Mapping[str, Format] = {
    "csv": Format(csv.write_csv, csv.MEDIA_TYPE),
    "xlsx": Format(xlsx.write_xlsx, xlsx.MEDIA_TYPE),
    "pdf": Format(printed.write_pdf, printed.MEDIA_TYPE),
    "png": Format(png.write_png, png.MEDIA_TYPE),
    "parquet": Format(parquet.write_parquet, parquet.MEDIA_TYPE),
}
