"""What the command line says while a job is under way."""

from pathlib import Path

import pytest
from rich.progress import Progress

from server.commands import working
from server.commands.following import CountColumn
from server.commands.working import WorkerGone, have_done
from server.home import HomeLock, make_home
from server.metadata.jobs import list_jobs
from server.metadata.session import open_metadata
from server.settings import Settings


@pytest.mark.parametrize(
    ("done", "counted", "words"),
    [
        (0, "row", "0 rows"),
        (1, "row", "1 row"),
        (2, "scope key", "2 scope keys"),
        (3, "batch", "3 batches"),
        (336_776, "row", "336,776 rows"),
    ],
)
def test_what_is_done_is_counted_in_words_that_fit(done: int, counted: str, words: str) -> None:
    progress = Progress()
    number = progress.add_task("load", completed=done, total=400_000)

    assert CountColumn(counted).render(progress.tasks[number]).plain == words


def test_nothing_is_counted_while_nothing_is_expected() -> None:
    progress = Progress()
    number = progress.add_task("diff", total=None)

    assert CountColumn().render(progress.tasks[number]).plain == ""


def test_whoever_waits_hears_that_the_indicube_that_was_to_do_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job stays: it is done when Indicube is started again."""
    settings = Settings.from_environment({"INDICUBE_HOME": str(tmp_path)})
    make_home(tmp_path)
    running = HomeLock(tmp_path)
    running.__enter__()

    def die(*_rung: object) -> None:
        running.__exit__(None, None, None)

    monkeypatch.setattr("server.queue.Queue.enqueue", die)
    monkeypatch.setattr(working, "GONE_SECONDS", 0)
    with pytest.raises(WorkerGone, match="goes on when `indicube up` is started again") as told:
        have_done(settings, "loaders.job.run_load", {"name": "departures"}, "Loading departures")

    assert told.value.exit_code == 4
    metadata = open_metadata(settings.database)
    with metadata.read() as session:
        assert [job.state for job in list_jobs(session)] == ["queued"]
    metadata.close()
