"""Does one step of a story to a house, or what a killed process left of it."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from loaders.correcting import correct_load, refused_lines
from loaders.grouping import load_due_groups, receive_for_group
from loaders.load import LoadOutcome, replay_load, run_load
from loaders.reparsing import SpooledSources
from server.errors import Conflict, LoadHeld
from server.ledger.building import Builder
from server.ledger.decide import approve, refuse
from server.ledger.holds import held_snapshots
from server.ledger.mirror import keep_mirror
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge
from server.ledger.receive import Arrival, new_batch, receive
from server.metadata.grouped_files import GroupedFile, find_file
from server.metadata.loads import change_load, find_load, list_loads
from server.metadata.snapshots import events_of
from tests.chaos.damage import break_part, damage_rows
from tests.chaos.exporting import export_of_step, scheduled_export_of_step
from tests.chaos.files import bytes_of, line_of, name_of, scope_of, text_of
from tests.chaos.house import House, WrongError
from tests.chaos.oracle import Oracle, Sent
from tests.chaos.pushing import push
from tests.chaos.story import REFUSING, Kind, Step, bad_rows_of

NOBODY = "somewhere-that-is-gone:1:1"


def do(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Do a step; what the oracle knows afterwards."""
    return _WAYS.get(step.kind, _send)(house, step, oracle)


def send(house: House, sent: Sent, oracle: Oracle, name: str = "") -> Oracle:
    """Load a file; one that stands whole already must be answered with its load."""
    return _sent(oracle, sent, _load(house, sent, name or name_of(sent)))


def _sent(oracle: Oracle, sent: Sent, outcome: LoadOutcome) -> Oracle:
    """What is known after a file was loaded, or was known already."""
    known = oracle.twin_of(sent)
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
    if step.sent.format == "push":
        return _grouped(house, push(house, step.number, step.sent), step.sent, oracle)
    return send(house, step.sent, oracle)


def _replay(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Read a file anew out of the spool; one that stands whole is answered with its load."""
    assert step.sent is not None
    assert step.load is not None
    return _sent(oracle, step.sent, replay_load(house.context, step.load))


def _group(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Send a file in two parts; loaded together they are its very bytes again."""
    assert step.sent is not None
    header, *lines = text_of(step.sent).splitlines(keepends=True)
    parts = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    if parts[0] == parts[1] or not lines[-1].endswith("\n"):
        return send(house, step.sent, oracle)
    texts = ["".join([header, *part]) for part in parts]
    files = _load_grouped(house, step.sent.source, f"part.{step.number}", texts)
    loads = {file.load for file in files}
    load = loads.pop() or 0
    if loads:
        raise WrongError(f"the parts of one file went to load {load} and {loads}")
    return _grouped(house, load, step.sent, oracle)


def _split(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Send a file beside one that is full of mistakes: it is loaded alone, the other refused."""
    assert step.sent is not None
    header, *_ = text_of(step.sent).splitlines(keepends=True)
    mistakes = "".join(f"2026-01-01,stall 1,{n},much of {step.number}\n" for n in range(60))
    texts = [text_of(step.sent), header + mistakes]
    right, wrong = _load_grouped(house, step.sent.source, f"half.{step.number}", texts)
    if right.load is None or wrong.error is None:
        raise WrongError(f"a file was not parted from one that cannot be loaded: {right}, {wrong}")
    return _grouped(house, right.load, step.sent, oracle)


def _load_grouped(house: House, source: str, name: str, texts: list[str]) -> list[GroupedFile]:
    """Files that arrive together, when their time is over."""
    settings = replace(house.context.settings, group_seconds=0)
    context = replace(house.context, settings=settings)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, text in enumerate(texts):
            path = Path(folder, f"{name}.{number}.csv")
            path.write_text(text, encoding="utf-8")
            files.append(receive_for_group(context, source, path, "ann"))
    load_due_groups(context)
    with house.runtime.metadata.read() as session:
        return [find_file(session, file.id) for file in files]


def _grouped(house: House, load: int, sent: Sent, oracle: Oracle) -> Oracle:
    known = oracle.twin_of(sent)
    if known is not None and known != load:
        raise WrongError(f"the file of load {known} was loaded again as {load}")
    with house.runtime.metadata.read() as session:
        snapshot = find_load(session, load).first_snapshot
    return oracle if known else oracle.published(load, sent, snapshot or 0)


def _correct(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Mend rows in the file of refused lines that the product gives out."""
    assert step.load is not None
    done = _corrected_before(house, step, oracle)
    if done is not None:
        return oracle.corrected(step.load, done, step.rows)
    sent, context = dict(oracle.sent)[step.load], house.context
    spool, known = context.settings.spool, context.specifications
    head, *lines = refused_lines(context.metadata, spool, known, step.load)
    left = bad_rows_of(oracle, step.load)
    given = [line.partition(",")[2] for line in lines]
    if given != [line_of(sent.bad[row], "much") for row in left]:
        raise WrongError(f"of load {step.load} these lines were given out: {given}")
    numbers = {row: line.partition(",")[0] for row, line in zip(left, lines, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mended.csv")
        mended = [
            f"{numbers[row]},{line_of(sent.bad[row], str(sent.bad[row].amount))}"
            for row in step.rows
        ]
        path.write_text("\n".join([head, *mended, ""]), encoding="utf-8")
        corrected = correct_load(context, step.load, path, "ann", f"step {step.number}")
    return oracle.corrected(step.load, corrected.snapshot, step.rows)


def _corrected_before(house: House, step: Step, oracle: Oracle) -> int | None:
    """The snapshot at which a process corrected it that was killed before it could say so."""
    assert step.load is not None
    with house.runtime.metadata.read() as session:
        found = [
            event.snapshot
            for event in events_of(session, step.load)
            if event.what == "corrected" and event.reason == f"step {step.number}"
        ]
    return found[0] if found and found[0] and found[0] > oracle.last else None


def _decide(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Send what needs a decision where it changes what is seen; approve or refuse it."""
    assert step.sent is not None
    name = f"{step.sent.source}.{step.number}.csv"
    is_held = oracle.must_wait(step.sent) and oracle.twin_of(step.sent) is None
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
            raise WrongError(f"{name} must wait for a decision and was not held")
        return after
    return _decided(house, step, oracle, name)


def _decided(house: House, step: Step, oracle: Oracle, name: str) -> Oracle:
    runtime = house.runtime
    load, now = _held(house, name), runtime.clock()
    if step.kind in REFUSING:
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
    if is_shown and not oracle.may_return(step.load):
        return _refused_return(house, step.load, builder, oracle)
    number = change(metadata, step.load, "ann", "a story", now, builder)
    return oracle.changed(step.load, number, is_shown=is_shown)


def _refused_return(house: House, load: int, builder: Builder, oracle: Oracle) -> Oracle:
    """What is appended is not seen beside rows with its keys, whoever restores it."""
    try:
        restore(house.runtime.metadata, load, "ann", "a story", house.runtime.clock(), builder)
    except Conflict as refused:
        if refused.code == "key_clash":
            return oracle
        raise
    raise WrongError(f"load {load} is seen again beside rows with its keys")


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
    return _purged(house, house.runtime.clock(), oracle, oracle.last)


def _forget(house: House, step: Step, oracle: Oracle) -> Oracle:
    """Delete what was seen before a snapshot and not since; nothing where nothing was published."""
    published = house.runtime.snapshot(step.kept_from).published_at
    if published is None:
        return oracle
    return _purged(house, published, oracle, step.kept_from)


def _purged(house: House, since: datetime, oracle: Oracle, kept_from: int) -> Oracle:
    runtime, now = house.runtime, house.runtime.clock()
    with runtime.metadata.read() as session:
        held = sorted(held_snapshots(session))
    # Twice, as a night after the other: what the first one doomed is deleted by the second.
    for moment in (now, now + timedelta(microseconds=1)):
        purge(runtime.metadata, runtime.store, "ann", moment, moment - since, timedelta(0))
    return oracle.purged(kept_from, tuple(held))


_WAYS: Mapping[Kind, Callable[[House, Step, Oracle], Oracle]] = {
    "replay": _replay,
    "group": _group,
    "split": _split,
    "correct": _correct,
    "approve": _decide,
    "refuse": _decide,
    "slips": _decide,
    "refuse slips": _decide,
    "count": _decide,
    "refuse count": _decide,
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
    "forget": _forget,
}


def _load(house: House, sent: Sent, name: str) -> LoadOutcome:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(bytes_of(sent))
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
