"""A worker that is killed at any point of an export loses nothing and doubles nothing.

Each case is a real process with real chDB and real SQLite that ends itself at the point; a second
process finds what is left when the lease has run out.
"""

import ast
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.exports.spec import ExportSpec
from server.ledger.crashpoint import EXIT_CODE, VARIABLE
from server.metadata.export_schedules import create_schedule
from server.metadata.exports import Export, ask_export, find_export, list_exports
from server.metadata.session import Metadata, open_metadata
from server.metadata.users import named_user
from tests.stem import run_grown

HOUSE = Path(__file__).parents[2]
# Where an export dies, and whether it was done by then.
POINTS = {
    "export.claimed": False,
    "export.asked": False,
    "export.written": False,
    "export.flushed": False,
    "export.renamed": False,
    "export.placed": False,
    "export.before_commit": False,
    "export.committed": True,
}
SCHEDULED = ("schedule.before_commit", "schedule.committed")
ELSEWHERE = {"export.asked_for"}  # the row is there; the scheduler rings for it


def run(home: Path, *step: str, crash_at: str | None = None) -> None:
    """Do a step in a process of its own, which dies at the point if one is named."""
    environment = {name: value for name, value in os.environ.items() if "INDICUBE" not in name}
    if crash_at:
        environment[VARIABLE] = f"{crash_at}:1"
    ended = run_grown("tests.exports.worker_child", str(home), *step, environment=environment)
    assert ended.returncode == (EXIT_CODE if crash_at else 0), ended.stderr[-2000:]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with definitions and an analyst; each case brings an export of its own."""
    home = tmp_path_factory.mktemp("crash") / "home"
    run(home, "prepare")
    return home


@pytest.fixture
def metadata(home: Path) -> Iterator[Metadata]:
    opened = open_metadata(f"sqlite:///{home}/metadata.db")
    yield opened
    opened.close()


def asked(metadata: Metadata) -> str:
    spec = ExportSpec("scorecard", "punctuality", "csv").as_mapping()
    with metadata.write() as session:
        user = named_user(session, "ana")
        return ask_export(
            session,
            user=user.id,
            by="ana",
            spec=spec,
            file_format="csv",
            title="A title",
            now=datetime.now(UTC),
        ).id


def found(metadata: Metadata, export: str) -> Export:
    with metadata.read() as session:
        return find_export(session, export)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_export_is_done_once_and_whole(home: Path, metadata: Metadata, point: str) -> None:
    export = asked(metadata)
    run(home, "make", export, crash_at=point)
    assert found(metadata, export).has_file == POINTS[point]

    run(home, "later", export)
    made = found(metadata, export)
    folder = home / "exports"
    assert made.has_file
    assert made.job.attempt == (1 if POINTS[point] else 2)
    assert [path.name for path in folder.glob(f"{export}.*")] == [made.file_name]
    text = (folder / str(made.file_name)).read_bytes()
    assert hashlib.sha256(text).hexdigest() == made.sha256
    assert text.decode("utf-8-sig").rstrip().endswith(str(made.fingerprint))


@pytest.mark.slow
@pytest.mark.parametrize("point", SCHEDULED)
def test_a_due_time_is_met_once_whenever_the_scheduler_dies(
    home: Path, metadata: Metadata, point: str
) -> None:
    with metadata.write() as session:
        create_schedule(
            session,
            user=named_user(session, "ana").id,
            spec=ExportSpec("scorecard", "punctuality", "csv").as_mapping(),
            file_format="csv",
            title=point,
            cron="0 7 * * *",
            zone="Asia/Shanghai",
            to_folder=False,
            now=datetime(2026, 1, 1, tzinfo=UTC),
        )
    run(home, "due", crash_at=point)
    run(home, "due")
    run(home, "due")

    with metadata.read() as session:
        assert len(list_exports(session, text=point)) == 1


def test_every_crash_point_of_the_exports_is_run_here() -> None:
    named = {
        str(node.args[0].value)
        for path in (HOUSE / "server" / "exports").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "crashpoint"
        and isinstance(node.args[0], ast.Constant)
    }

    assert named == {*POINTS, *SCHEDULED} | ELSEWHERE
