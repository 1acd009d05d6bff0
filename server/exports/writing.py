"""Writes what an export holds, document or long table, into a file of its format."""

from pathlib import Path

from server.exports.contents import Content
from server.exports.csv import write_long_csv
from server.exports.formats import WRITERS
from server.exports.long_table import LongTable
from server.exports.parquet import long_schema, write_long_parquet
from server.exports.progress import Told
from server.store.pool import Cancellation
from server.store.streams import Streams


def write_content(
    content: Content,
    file_format: str,
    path: Path,
    told: Told,
    streams: Streams,
    cancellation: Cancellation,
) -> None:
    """Write the file; `told` hears of the rows, `cancellation` stops a stream under way."""
    if not isinstance(content.body, LongTable):
        WRITERS[file_format].write(content.body, path, told)
        return
    table = content.body
    if file_format == "csv":
        with streams.written(table.statement, "CSV", cancellation) as blocks:
            write_long_csv(table, blocks, path, told)
        return
    with streams.batches(table.statement, long_schema(table), cancellation) as batches:
        write_long_parquet(table, batches, path, told)
