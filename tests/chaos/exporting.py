"""Exports as steps of a story: asked for once, made once, with the oracle's figures in them."""

import csv
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from server.access import Role
from server.errors import NotFound
from server.exports.asking import ask_for
from server.exports.job import make_export
from server.exports.schedules import ask_for_due
from server.exports.spec import ExportSpec
from server.metadata.export_schedules import active_schedules, create_schedule
from server.metadata.exports import Export, find_export, list_exports
from server.metadata.users import User, create_user, named_user
from server.runtime import Runtime
from tests.chaos.oracle import Oracle

QUERY = (("rows", "stall:region"), ("value", "amount_sum"), ("totals", "1"))
SPEC = ExportSpec("slice", "takings", "csv", query=QUERY)
LAST_YEAR = datetime(2025, 6, 1, tzinfo=UTC)
NOTHING = "not loaded"
NEW_YEAR = "0 7 1 1 *"  # due once since then


def export_of_step(runtime: Runtime, number: int, oracle: Oracle) -> None:
    """Ask for the export of this step, unless it is there already, and make it."""
    title, user = f"step {number}", _analyst(runtime)
    if _titled(runtime, title) is None:
        ask_for(runtime, user.person_at(runtime.clock()), SPEC, title)
    _make(runtime, title, oracle)


def scheduled_export_of_step(runtime: Runtime, number: int, oracle: Oracle) -> None:
    """Make a schedule, unless it is there already, and let the scheduler meet it twice."""
    title, user = f"schedule of step {number}", _analyst(runtime)
    with runtime.metadata.write() as session:
        if title not in [one.title for one in active_schedules(session)]:
            create_schedule(
                session,
                user=user.id,
                spec=SPEC.as_mapping(),
                file_format=SPEC.format,
                title=title,
                cron=NEW_YEAR,
                zone="UTC",
                to_folder=False,
                now=LAST_YEAR,
            )
    ask_for_due(runtime)
    ask_for_due(runtime)
    _make(runtime, title, oracle)


def _make(runtime: Runtime, title: str, oracle: Oracle) -> None:
    export = _titled(runtime, title)
    assert export is not None, f"{title} was lost"
    # By then the lease of an attempt that died, which had a clock like this, has run out.
    wait = timedelta(minutes=5) * (export.job.attempt + 1)
    later = replace(runtime, clock=lambda: datetime.now(UTC) + wait)
    make_export(later, export.id)
    with runtime.metadata.read() as session:
        made = find_export(session, export.id)
    if made.job.state == "queued":
        raise OSError(f"{title} could not be made now and waits for its next try")
    files = sorted(runtime.settings.exports.glob(f"{export.id}.*"))
    if made.job.error_code == "disk_full":  # told so after its last try
        assert not files, files
        return
    assert made.has_file, made
    assert [path.name for path in files] == [made.file_name], files
    assert hashlib.sha256(files[0].read_bytes()).hexdigest() == made.sha256
    assert amounts_in(files[0]) == amounts_of(oracle, made.snapshot), files[0].read_text()


def amounts_in(path: Path) -> dict[str, Fraction]:
    """The amount of each region and of all, as the file says."""
    text = path.read_text(encoding="utf-8-sig").partition("\n\n")[0]
    _head, *rows = csv.reader(text.splitlines())
    return {region: Fraction(0 if amount == NOTHING else amount) for region, amount in rows}


def amounts_of(oracle: Oracle, snapshot: int | None) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {"Total": Fraction(0)}
    for (cube, _, region, _), (_, _, amount) in oracle.figures(snapshot).items():
        if cube != SPEC.name:
            continue
        found[region] = found.get(region, Fraction(0)) + amount
        found["Total"] += amount
    return found


def _titled(runtime: Runtime, title: str) -> Export | None:
    with runtime.metadata.read() as session:
        found = [one for one in list_exports(session, text=title) if one.title == title]
    assert len(found) <= 1, f"{title} was asked for {len(found)} times"
    return found[0] if found else None


def _analyst(runtime: Runtime) -> User:
    with runtime.metadata.write() as session:
        try:
            return named_user(session, "ana")
        except NotFound:
            return create_user(session, "ana", Role.ANALYST, runtime.clock())
