"""Some rows of a source, before their values are parsed."""

from dataclasses import dataclass
from typing import Any

from server.metadata.loads import Quarantined


@dataclass(frozen=True)
class SourceRows:
    """Rows with the numbers by which the source knows them, and what became of other lines."""

    table: Any  # pyarrow table: strings, or typed values of a typed source
    lines: Any  # numpy array: the number of each row, its line in a text
    refused: tuple[Quarantined, ...]
    ignored: int  # blank lines
