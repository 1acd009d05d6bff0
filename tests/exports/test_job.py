"""An export's job: made once, with the rights of now, in one piece or not at all."""

import hashlib
from dataclasses import replace

import pytest

from server.access import Role
from server.errors import LimitReached, NotAllowed
from server.exports.asking import MOST_OPEN, ask_for, cancel
from server.exports.job import file_path, make_export
from server.exports.spec import FORMATS, ExportSpec
from server.exports.tidying import remove_expired, sweep
from server.metadata.jobs import claim_job
from server.metadata.users import set_rights
from server.runtime import Runtime
from tests.exports.people import NETWORK, analyst, exported, files_of, read
from tests.web.people import Clock

SPEC = ExportSpec("scorecard", "punctuality", "csv")


@pytest.mark.parametrize("kind", [one for one in FORMATS if one != "png"])
def test_a_file_is_made_whole_and_its_row_says_what_it_is(empty: Runtime, kind: str) -> None:
    made = exported(empty, analyst(empty), replace(SPEC, format=kind))

    path = file_path(empty, made)
    assert made.state == "done"
    assert path is not None
    assert path.stat().st_size == made.size
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.sha256
    assert files_of(empty, made.id) == [f"{made.id}.1.{kind}"]


def test_a_chart_is_refused_where_there_is_none(empty: Runtime) -> None:
    made = exported(empty, analyst(empty), replace(SPEC, format="png"))

    assert made.state == "failed"
    assert made.job.error == "This has no chart to draw; take another format."
    assert files_of(empty, made.id) == []


def test_a_second_run_of_a_finished_export_does_nothing(empty: Runtime) -> None:
    made = exported(empty, analyst(empty), SPEC)
    make_export(empty, made.id)

    assert read(empty, made.id) == made


def test_two_workers_with_one_job_make_one_file(empty: Runtime, clock: Clock) -> None:
    """The first one loses its lease, the second one finishes; the first one's file is swept up."""
    asked = ask_for(empty, analyst(empty), SPEC, "A title")
    with empty.metadata.write() as session:
        first = claim_job(session, asked.id, clock())
    assert first is not None
    (empty.settings.exports).mkdir()
    (empty.settings.exports / f"{asked.id}.1.tmp").write_text("half a file")
    make_export(empty, asked.id)
    assert read(empty, asked.id).state == "running"
    clock.pass_by(minutes=2)
    make_export(empty, asked.id)

    made = read(empty, asked.id)
    assert made.state == "done"
    assert made.job.attempt == 2
    assert files_of(empty, asked.id) == [f"{asked.id}.2.csv"]


def test_the_rights_of_now_count_when_the_job_runs(empty: Runtime) -> None:
    person = analyst(empty)
    asked = ask_for(empty, person, SPEC, "A title")
    with empty.metadata.write() as session:
        set_rights(session, person.identifier, role=Role.VIEWER)
    make_export(empty, asked.id)

    made = read(empty, asked.id)
    assert made.state == "failed"
    assert made.job.error_code == "not_allowed"
    assert "'export'" in str(made.job.error)
    assert files_of(empty, asked.id) == []


def test_whoever_may_not_sign_in_any_more_gets_no_file(empty: Runtime) -> None:
    person = analyst(empty)
    asked = ask_for(empty, person, SPEC, "A title")
    with empty.metadata.write() as session:
        set_rights(session, person.identifier, is_active=False)
    make_export(empty, asked.id)

    assert read(empty, asked.id).job.error == "ana may not sign in any more."


def test_the_scope_of_now_counts_too(own: Runtime) -> None:
    person = analyst(own, "narrowed")
    with own.metadata.write() as session:
        set_rights(session, person.identifier, scope=NETWORK)
    made = exported(own, person, SPEC)

    assert made.scope == (("organisation", "network"),)
    with_all = exported(own, analyst(own, "wide"), SPEC)
    assert made.fingerprint != with_all.fingerprint


def test_a_viewer_cannot_even_ask(empty: Runtime) -> None:
    person = replace(analyst(empty), role=Role.VIEWER)

    with pytest.raises(NotAllowed, match="'export'"):
        ask_for(empty, person, SPEC, "A title")


def test_a_slice_needs_the_right_to_slice(empty: Runtime) -> None:
    person = replace(analyst(empty), role=Role.OPS)

    with pytest.raises(NotAllowed, match="'slice'"):
        ask_for(empty, person, ExportSpec("slice", "departures", "csv"), "A title")


def test_nobody_fills_the_queue(empty: Runtime) -> None:
    person = analyst(empty)
    for _ in range(MOST_OPEN):
        ask_for(empty, person, SPEC, "A title")

    with pytest.raises(LimitReached, match="20 of your exports are waiting"):
        ask_for(empty, person, SPEC, "A title")


def test_a_cancelled_export_is_not_made(empty: Runtime) -> None:
    person = analyst(empty)
    asked = ask_for(empty, person, SPEC, "A title")
    cancel(empty, asked.id, person.identifier)
    make_export(empty, asked.id)

    assert read(empty, asked.id).state == "cancelled"
    assert files_of(empty, asked.id) == []


def test_a_full_disk_is_said_in_a_sentence_and_leaves_no_cut_file(empty: Runtime) -> None:
    """The file that the attempt writes is one that never has room."""
    asked = ask_for(empty, analyst(empty), SPEC, "A title")
    empty.settings.exports.mkdir()
    for attempt in (1, 2, 3):
        (empty.settings.exports / f"{asked.id}.{attempt}.tmp").symlink_to("/dev/full")
        make_export(empty, asked.id)

    made = read(empty, asked.id)
    assert made.state == "failed"
    assert made.job.error_code == "disk_full"
    assert str(made.job.error).startswith("There is no room on the disk for the file")
    assert files_of(empty, asked.id) == []


def test_what_passes_by_itself_is_tried_again(empty: Runtime) -> None:
    asked = ask_for(empty, analyst(empty), SPEC, "A title")
    empty.settings.exports.mkdir()
    (empty.settings.exports / f"{asked.id}.1.tmp").symlink_to("/dev/full")
    make_export(empty, asked.id)
    assert read(empty, asked.id).state == "queued"
    make_export(empty, asked.id)

    assert read(empty, asked.id).state == "done"


def test_a_file_past_its_day_is_removed_and_its_row_says_so(empty: Runtime, clock: Clock) -> None:
    made = exported(empty, analyst(empty), SPEC)
    clock.pass_by(days=7, seconds=-1)
    assert remove_expired(empty) == 0
    clock.pass_by(seconds=1)
    assert remove_expired(empty) == 1

    assert read(empty, made.id).state == "expired"
    assert file_path(empty, read(empty, made.id)) is None
    assert files_of(empty, made.id) == []
    assert remove_expired(empty) == 0


def test_sweeping_leaves_what_is_in_use_and_what_is_not_ours(empty: Runtime, clock: Clock) -> None:
    made = exported(empty, analyst(empty), SPEC)
    running = ask_for(empty, analyst(empty), SPEC, "A title")
    with empty.metadata.write() as session:
        claim_job(session, running.id, clock())
    for name in (f"{made.id}.9.tmp", f"{running.id}.1.tmp", "notes.txt"):
        (empty.settings.exports / name).write_text("x")
    sweep(empty)

    left = sorted(path.name for path in empty.settings.exports.iterdir())
    assert left == sorted([f"{made.id}.1.csv", f"{running.id}.1.tmp", "notes.txt"])
