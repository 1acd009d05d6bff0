"""Does one step of a story to a house, or what a killed process left of it."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from loaders.grouping import load_due_groups, receive_for_group
from loaders.load import LoadOutcome, replay_load, run_load
from loaders.reparsing import SpooledSources
from server.errors import Conflict, LoadHeld
from server.ledger.decide import approve, refuse
from server.ledger.mirror import keep_mirror
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge
from server.ledger.receive import Arrival, new_batch, receive
from server.metadata.grouped_files import find_file
from server.metadata.loads import change_load, find_load, list_loads
from tests.chaos.damage import break_part, damage_rows
from tests.chaos.exporting import export_of_step, scheduled_export_of_step
from tests.chaos.files import scope_of, text_of
from tests.chaos.house import House, WrongError
from tests.chaos.oracle import Oracle, Sent
from tests.chaos.story import Kind, Step

NOBODY = "somewhere-that-is-gone:1:1"


def do(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Do a step; what the oracle knows afterwards."""
    return _WAYS.get(step.kind, _send)(house, step, oracle)


def send(house: House, sent: Sent, oracle: Oracle, name: str = "") -> Oracle:
    """Load a file; one that stands whole already must be answered with its load."""
    known = oracle.twin_of(sent)
    outcome = _load(house, sent, text_of(sent), name or f"{sent.source}.csv")
    # Of an upsert the ledger sees whole buckets: it may take the file once more, to no effect.
    is_known = known is not None and (outcome.is_known or sent.mode != "upsert")
    if is_known:
        if not outcome.is_known or outcome.load != known:
            raise WrongError(f"the file of load {known} was loaded again: {outcome}")
        return oracle
    # A redo after a kill may find its own load published already.
    return oracle.published(outcome.load, sent, outcome.snapshot)


def _send(house: House, step: Step, oracle: Oracle) -> Oracle:
    assert step.sent is not None
    return send(house, step.sent, oracle)


def _group(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Send a file in two parts; loaded together they are its very bytes again."""
    assert step.sent is not None
    header, *lines = text_of(step.sent).splitlines(keepends=True)
    parts = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    if parts[0] == parts[1] or not lines[-1].endswith("\n"):
        return send(house, step.sent, oracle)
    settings = replace(house.context.settings, group_seconds=0)
    context = replace(house.context, settings=settings)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, part in enumerate(parts):
            path = Path(folder, f"part.{step.number}.{number}.csv")
            path.write_text("".join([header, *part]), encoding="utf-8")
            files.append(receive_for_group(context, step.sent.source, path, "ann"))
    load_due_groups(context)
    with house.runtime.metadata.read() as session:
        loads = {find_file(session, file.id).load for file in files}
        loaded = find_load(session, loads.pop() or 0)
    if loads:
        raise WrongError(f"the parts of one file went to load {loaded.id} and {loads}")
    known = oracle.twin_of(step.sent)
    if known is not None and known != loaded.id:
        raise WrongError(f"the file of load {known} was loaded again as {loaded.id}")
    return oracle if known else oracle.published(loaded.id, step.sent, loaded.first_snapshot or 0)


def _decide(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Send what needs a decision where it restates; approve or refuse it."""
    assert step.sent is not None
    name = f"desk.{step.number}.csv"
    is_held = oracle.is_restated_by(step.sent) and oracle.twin_of(step.sent) is None
    try:
        after = send(house, step.sent, oracle, name)
    except (LoadHeld, Conflict) as held:
        if not is_held or held.code not in ("load_held", "load_waits"):
            raise
    else:
        # Approved by a process that was killed before it could say so.
        with house.runtime.metadata.read() as session:
            was_decided = bool(find_load(session, after.sent[-1][0]).decision)
        if is_held and not was_decided:
            raise WrongError(f"{name} restates and was not held")
        return after
    return _decided(house, step, oracle, name)


def _decided(house: House, step: Step, oracle: Oracle, name: str) -> Oracle:
    runtime = house.runtime
    load, now = _held(house, name), runtime.clock()
    if step.kind == "refuse":
        refuse(runtime.metadata, load, "ann", "a story", now, runtime.store)
        return oracle
    done = approve(runtime.metadata, load, "ann", "a story", now, house.context.builder)
    assert done.publication is not None
    assert step.sent is not None
    return oracle.published(load, step.sent, done.publication.snapshot)


def _mistakes(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Send what has too many mistakes; refuse it, or have it loaded without them."""
    assert step.sent is not None
    name, runtime = f"broken.{step.number}.csv", house.runtime
    try:
        after = send(house, step.sent, oracle, name)
    except LoadHeld:
        load = _held(house, name)
    else:
        return after  # read by a process that was killed before it could say so
    if step.kind == "broken":
        refuse(runtime.metadata, load, "ann", "a story", runtime.clock(), runtime.store)
        return oracle
    decision = approve(runtime.metadata, load, "ann", "a story", runtime.clock())
    assert decision.is_to_be_replayed
    outcome = replay_load(house.context, load)
    return oracle.published(outcome.load, step.sent, outcome.snapshot)


def _held(house: House, name: str) -> int:
    with house.runtime.metadata.read() as session:
        held = [one for one in list_loads(session) if one.source == name and one.state == "held"]
    return held[0].id


def _orphans(house: House, step: Step, oracle: Oracle) -> Oracle:
    assert step.sent is not None
    for _ in range(2):
        _leave_behind(house, step.sent)
    house.recover()
    return oracle


def _change(house: House, step: Step, oracle: Oracle) -> Oracle:
    assert step.load is not None
    metadata, is_shown = house.runtime.metadata, step.kind == "restore"
    with metadata.read() as session:
        state = find_load(session, step.load).state
    if state == ("published" if is_shown else "withdrawn"):
        # By a process that was killed before it could say so.
        return oracle.changed(step.load, house.runtime.snapshot().number, is_shown=is_shown)
    change, now = (restore if is_shown else withdraw), house.runtime.clock()
    builder = replace(house.context.builder, spooled=SpooledSources(house.context))
    number = change(metadata, step.load, "ann", "a story", now, builder)
    return oracle.changed(step.load, number, is_shown=is_shown)


def _export(house: House, step: Step, oracle: Oracle) -> Oracle:
    make = scheduled_export_of_step if step.kind == "schedule" else export_of_step
    make(house.runtime, step.number, oracle)
    return oracle


def _damage(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Damage the store and heal it; figures are as before, at every snapshot."""
    if step.kind == "break":
        break_part(house, step.number)
    else:
        damage_rows(house, step.number, oracle)
    house.mend("deep")
    return oracle


def _mirror(house: House, _step: Step, oracle: Oracle) -> Oracle:
    keep_mirror(house.runtime.metadata, house.runtime.store, begin_at=0)
    return oracle


def _purge(house: House, _step: Step, oracle: Oracle) -> Oracle:
    """Delete whatever the last snapshot does not show."""
    runtime, at_once = house.runtime, timedelta(0)
    purge(runtime.metadata, runtime.store, "ann", runtime.clock(), at_once, at_once)
    return oracle


_WAYS: Mapping[Kind, Callable[[House, Step, Oracle], Oracle]] = {
    "group": _group,
    "approve": _decide,
    "refuse": _decide,
    "broken": _mistakes,
    "forgive": _mistakes,
    "orphans": _orphans,
    "withdraw": _change,
    "restore": _change,
    "export": _export,
    "schedule": _export,
    "damage": _damage,
    "break": _damage,
    "mirror": _mirror,
    "purge": _purge,
}


def _load(house: House, sent: Sent, text: str, name: str) -> LoadOutcome:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8")
        return run_load(house.context, sent.source, path, scope=scope_of(sent))


def _leave_behind(house: House, sent: Sent) -> None:
    """A load of a process that is gone, as a power cut leaves it."""
    metadata, now = house.runtime.metadata, house.runtime.clock()
    specification = house.context.specification(sent.source)
    arrival = Arrival(
        pack=specification.pack,
        specification=specification.name,
        specification_hash=specification.hash,
        table_name=specification.table,
        kind="fact",
        source="left.csv",
        member=None,
        by="nobody",
    )
    with tempfile.TemporaryFile() as file:
        file.write(text_of(sent).encode())
        file.seek(0)
        received = receive(metadata, house.runtime.settings.spool, file, arrival, now)
    new_batch(metadata, received.load)
    with metadata.write() as session:
        change_load(session, received.load.id, ("received",), owner=NOBODY, lease_until=now)
