"""The refused lines of a load as a text that people can mend and give back."""

from dataclasses import dataclass
from pathlib import Path

from server.ledger.correct import corrected_lines
from server.ledger.source_line import line_of_load
from server.ledger.spool import spooled_path
from server.metadata.loads import Load, quarantined_rows
from server.metadata.session import Metadata
from server.store.parquet_records import is_parquet

MOST = 200  # lines of one text; the rest comes when these are mended
_SCANNED = 10_000  # refused values


@dataclass(frozen=True)
class RefusedText:
    """A header and lines, each with its number in front, as a correction takes them."""

    text: str
    lines: int
    more: int  # lines that did not fit


def is_correctable(load: Load, spool: Path) -> bool:
    """Whether mended lines can be added to the load as it stands; records of Parquet are none."""
    return (
        load.state == "published"
        and load.kind == "fact"
        and load.mode in ("append", "replace")
        and bool(load.rows_quarantined)
        and not has_records(load, spool)
    )


def has_records(load: Load, spool: Path) -> bool:
    """Whether the source is Parquet, which nobody mends by hand; unknown of one that is gone."""
    kept = spooled_path(spool, load.source_hash)
    return load.member is None and kept.exists() and is_parquet(kept)


def refused_text(metadata: Metadata, spool: Path, load: Load) -> RefusedText:
    """The refused lines that were not mended yet, as they stand in the source."""
    with metadata.read() as session:
        found = quarantined_rows(session, load.id, _SCANNED)
    mended = corrected_lines(load)
    numbers = [line for line in dict.fromkeys(one.line for one in found) if line not in mended]
    shown = [line_of_load(spool, load, number) for number in numbers[:MOST]]
    if not shown:
        return RefusedText("", 0, 0)
    sign = shown[0].sign
    lines = [f"_line{sign}{shown[0].header}", *(f"{one.line}{sign}{one.text}" for one in shown)]
    return RefusedText("\n".join(lines) + "\n", len(shown), len(numbers) - len(shown))
