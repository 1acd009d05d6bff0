"""What the command line says while a job is under way."""

import pytest
from rich.progress import Progress

from server.commands.following import RowsColumn


@pytest.mark.parametrize(
    ("done", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (336_776, "336,776 rows")]
)
def test_rows_are_counted_in_words_that_fit(done: int, words: str) -> None:
    progress = Progress()
    number = progress.add_task("load", completed=done)

    assert RowsColumn().render(progress.tasks[number]).plain == words
