"""Repeated exports: due by the person's clock, each time met once, missed ones met by one."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.access import Role
from server.errors import InvalidInput
from server.exports.job import make_export
from server.exports.schedules import ask_for_due, latest_slot, next_slot, schedule
from server.exports.spec import ExportSpec
from server.exports.tidying import sweep
from server.metadata.export_schedules import active_schedules
from server.metadata.exports import list_exports
from server.metadata.users import set_rights, user_by_id
from server.runtime import Runtime
from tests.exports.people import analyst
from tests.web.people import Clock

SPEC = ExportSpec("scorecard", "punctuality", "csv")


def scheduled(runtime: Runtime, cron: str = "0 7 * * *", *, to_folder: bool = False) -> int:
    """A schedule of an analyst in Berlin; the analyst's id."""
    person = analyst(runtime)
    with runtime.metadata.read() as session:
        user = user_by_id(session, person.identifier)
    schedule(runtime, user, SPEC, "Morning", cron, "Europe/Berlin", to_folder=to_folder)
    return user.id


def asked(runtime: Runtime) -> int:
    with runtime.metadata.read() as session:
        return len(list_exports(session, limit=500))


def test_a_due_time_is_met_once_however_often_one_looks(empty: Runtime, clock: Clock) -> None:
    scheduled(empty)
    assert ask_for_due(empty) == 0
    clock.now = datetime(2026, 11, 23, 5, 59, tzinfo=UTC)  # 6:59 in Berlin
    assert ask_for_due(empty) == 0
    clock.now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert [ask_for_due(empty) for _ in range(3)] == [1, 0, 0]

    assert asked(empty) == 1


def test_what_was_missed_while_nothing_ran_is_met_by_one(empty: Runtime, clock: Clock) -> None:
    scheduled(empty)
    clock.pass_by(days=30)

    assert ask_for_due(empty) == 1
    assert ask_for_due(empty) == 0


def test_two_years_of_minutes_with_two_schedulers_and_a_clock_that_jumps(
    empty: Runtime, clock: Clock
) -> None:
    """Each day's slot is met once, over both changes of the clock; a week here, in hours."""
    scheduled(empty, "30 2 * * *")
    clock.now = datetime(2027, 3, 25, 0, 0, tzinfo=UTC)
    for hour in range(24 * 7):
        clock.pass_by(hours=1)
        ask_for_due(empty)
        if hour % 30 == 7:
            clock.pass_by(hours=-2)
            ask_for_due(empty)
            clock.pass_by(hours=2)

    # One for what was missed since November, then 25 to 31 March; the night without 2:30 has one.
    assert asked(empty) == 8


@pytest.mark.parametrize(
    ("after", "slot"),
    [
        ("2027-03-27T03:00", "2027-03-28T03:30"),  # 2:30 does not exist in this night
        ("2027-06-01T12:00", "2027-06-02T02:30"),
    ],
)
def test_the_clock_is_that_of_the_zone(after: str, slot: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(after).replace(tzinfo=berlin)
    found = next_slot("30 2 * * *", "Europe/Berlin", start)

    assert found.tzinfo is UTC
    assert found > start
    assert found <= datetime.fromisoformat(slot).replace(tzinfo=berlin).astimezone(UTC)
    assert latest_slot("30 2 * * *", "Europe/Berlin", start, found) == found


def test_a_folder_takes_the_files_too(empty: Runtime, clock: Clock) -> None:
    scheduled(empty, to_folder=True)
    clock.pass_by(days=1)
    ask_for_due(empty)
    with empty.metadata.read() as session:
        export = list_exports(session)[0]
        one = active_schedules(session)[0]
    make_export(empty, export.id)

    kept = list((empty.settings.exports / "scheduled" / one.id).iterdir())
    own_file = empty.settings.exports / f"{export.id}.1.csv"
    assert [path.suffix for path in kept] == [".csv"]
    assert kept[0].read_bytes() == own_file.read_bytes()


def test_a_folder_keeps_its_files_so_many_days(empty: Runtime, clock: Clock) -> None:
    """Older ones go with the nightly sweep; with 0 days every file stays."""
    folder = empty.settings.exports / "scheduled" / "one"
    folder.mkdir(parents=True)
    for name, age in (("old.csv", 401), ("new.csv", 399)):
        (folder / name).write_text("x")
        written = (clock() - timedelta(days=age)).timestamp()
        os.utime(folder / name, (written, written))
    for_ever = replace(empty, settings=replace(empty.settings, schedule_days=0))

    sweep(for_ever)
    assert {path.name for path in folder.iterdir()} == {"old.csv", "new.csv"}
    sweep(empty)
    assert {path.name for path in folder.iterdir()} == {"new.csv"}


def test_a_schedule_ends_with_the_rights_of_its_person(empty: Runtime, clock: Clock) -> None:
    user = scheduled(empty)
    with empty.metadata.write() as session:
        set_rights(session, user, role=Role.VIEWER)
    clock.pass_by(days=1)
    ask_for_due(empty)

    assert asked(empty) == 0
    with empty.metadata.read() as session:
        assert active_schedules(session) == ()


@pytest.mark.parametrize(
    ("cron", "zone", "words"),
    [
        ("0 7 * *", "UTC", "is no time"),
        ("* * * * * *", "UTC", "is no time"),
        ("61 7 * * *", "UTC", "is no time"),
        ("0 0 30 2 *", "UTC", "is no time"),
        ("0 7 * * *", "Mars/Olympus", "no time zone"),
    ],
)
def test_times_that_cannot_be_are_refused_in_a_sentence(
    empty: Runtime, cron: str, zone: str, words: str
) -> None:
    person = analyst(empty)
    with empty.metadata.read() as session:
        user = user_by_id(session, person.identifier)

    with pytest.raises(InvalidInput, match=words):
        schedule(empty, user, SPEC, "Never", cron, zone, to_folder=False)
