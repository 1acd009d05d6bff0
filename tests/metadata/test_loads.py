"""The ledger's rows: ids in commit order, steps by compare-and-set, quarantine, snapshots."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.errors import Conflict, NotFound
from server.metadata.batches import (
    Description,
    batches_of,
    begin_batches,
    describe_batches,
    load_of_batch,
    mark_whole,
    publish_own_batches,
)
from server.metadata.counters import current_number, next_number
from server.metadata.loads import (
    Load,
    NewLoad,
    Quarantined,
    begin_load,
    change_load,
    count_loads,
    find_load,
    list_loads,
    quarantine,
    quarantined_rows,
    unfinished_loads,
)
from server.metadata.session import Metadata, Session
from server.metadata.slots import settle
from server.metadata.snapshots import Event, raise_snapshot, state_at, visible_loads
from tests.stores import Clock

WEATHER = NewLoad(
    pack="flights",
    specification="weather",
    specification_hash="1" * 64,
    table_name="weather",
    kind="fact",
    source="weather.csv",
    member=None,
    source_hash="2" * 64,
    source_bytes=100,
    by="ann",
    job=None,
    owner="here:1:1",
    lease_until=Clock().now + timedelta(minutes=2),
)


def begin(session: Session, clock: Clock, table: str = "weather") -> Load:
    return begin_load(session, replace(WEATHER, table_name=table), clock())


def test_ids_rise_with_every_load_and_batch(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        first, second = begin(session, clock), begin(session, clock)
        batches = [
            begin_batches(session, first, ["a", "b"]),
            begin_batches(session, second, ["a"]),
            begin_batches(session, first, ["b", "c", "b"]),
        ]

    assert (first.id, second.id) == (1, 2)
    assert batches == [{"a": 1, "b": 2}, {"a": 3}, {"b": 2, "c": 4}]
    with metadata.read() as session:
        assert [batch.id for batch in batches_of(session, first.id)] == [1, 2, 4]
        assert load_of_batch(session, 3).id == second.id
        assert current_number(session, "batch") == 4


def test_an_id_of_a_rolled_back_transaction_is_given_again(metadata: Metadata) -> None:
    with pytest.raises(RuntimeError), metadata.write() as session:  # noqa: PT012
        assert next_number(session, "batch") == 1
        raise RuntimeError

    with metadata.write() as session:
        assert next_number(session, "batch") == 1


def test_a_step_needs_the_state_before_it(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        load = begin(session, clock)
        change_load(session, load.id, ("received",), state="parsed")

        with pytest.raises(Conflict, match="is parsed, not received"):
            change_load(session, load.id, ("received",), state="parsed")
        assert find_load(session, load.id).state == "parsed"


def test_unfinished_loads_are_those_without_an_end(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        loads = [begin(session, clock) for _ in range(3)]
        change_load(session, loads[1].id, ("received",), state="rejected")

        assert [load.id for load in unfinished_loads(session)] == [1, 3]


def test_quarantined_values_come_in_the_order_of_the_source(
    metadata: Metadata, clock: Clock
) -> None:
    late = Quarantined(9, "temp", "warm", "not_decimal", "temp must be a decimal number")
    early = Quarantined(3, None, "a,b", "columns", "the line has 2 values; 15 are needed")
    with metadata.write() as session:
        load = begin(session, clock)
        quarantine(session, load.id, [late])
        quarantine(session, load.id, [early])
        quarantine(session, load.id, [])

        assert quarantined_rows(session, load.id) == (early, late)
        assert quarantined_rows(session, load.id, limit=1, offset=1) == (late,)


def test_loads_are_paged_newest_first_and_by_table(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        for table in ("weather", "departures", "weather"):
            begin(session, clock, table)

        assert [load.id for load in list_loads(session, limit=2)] == [3, 2]
        assert [load.id for load in list_loads(session, limit=2, before=2)] == [1]
        assert [load.id for load in list_loads(session, table="weather")] == [3, 1]
        assert (count_loads(session), count_loads(session, "departures")) == (3, 1)


def test_an_unknown_load_is_not_found(metadata: Metadata) -> None:
    with metadata.read() as session:
        with pytest.raises(NotFound):
            find_load(session, 7)
        with pytest.raises(NotFound):
            load_of_batch(session, 7)


def test_the_state_of_a_load_at_a_snapshot_is_its_last_event_until_then(
    metadata: Metadata, clock: Clock
) -> None:
    with metadata.write() as session:
        load = begin(session, clock)
        batch = begin_batches(session, load, ["a"])["a"]
        describe_batches(session, {batch: Description(1, {})})
        mark_whole(session, [batch])
        events: tuple[Event, ...] = ("published", "withdrawn", "restored", "withdrawn")
        for event in events:
            number = raise_snapshot(session, event, [load.id], "ann", "test", clock())
            state = "withdrawn" if event == "withdrawn" else "published"
            load = change_load(
                session,
                load.id,
                (load.state,),
                state=state,
                first_snapshot=load.first_snapshot or 1,
            )
            publish_own_batches(session, load.id, number)
            settle(session, load, number)

        seen = [bool(visible_loads(session, number)) for number in range(5)]

    assert seen == [False, True, False, True, False]


def test_a_snapshot_is_found_by_number_or_instant(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        assert state_at(session) is None
        moments = [clock() for _ in range(3)]
        for moment in moments:
            raise_snapshot(session, "published", [], "ann", "test", moment)

        def number(as_of: object) -> int | None:
            state = state_at(session, as_of)  # type: ignore[arg-type]
            return state.number if state else None

        assert number(None) == 3
        assert number(2) == 2
        assert number(moments[1]) == 2
        assert number(moments[1] - timedelta(milliseconds=1)) == 1
        assert number(moments[0] - timedelta(milliseconds=1)) is None


def test_an_instant_answers_the_same_when_the_clock_of_another_publisher_is_behind(
    metadata: Metadata, clock: Clock
) -> None:
    with metadata.write() as session:
        ahead = clock()
        raise_snapshot(session, "published", [], "ann", "test", ahead)
        before = state_at(session, ahead)
        behind = ahead - timedelta(seconds=40)
        raise_snapshot(session, "withdrawn", [], "bob", "test", behind)
        raise_snapshot(session, "restored", [], "bob", "test", behind)

        assert state_at(session, ahead) == before
        assert state_at(session, behind) is None
        just_after = [state_at(session, ahead + timedelta(microseconds=n)) for n in (1, 2)]

    assert [each.number for each in just_after if each] == [2, 3]


def test_a_clock_that_was_a_day_ahead_once_is_not_followed(
    metadata: Metadata, clock: Clock
) -> None:
    now = clock()
    with metadata.write() as session:
        raise_snapshot(session, "published", [], "ann", "test", now + timedelta(days=1))
        raise_snapshot(session, "published", [], "ann", "test", now)
        latest = state_at(session, now)

    assert latest is not None
    assert (latest.number, latest.at) == (2, now)
