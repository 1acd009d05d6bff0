"""Pushes: each key counts once, what arrives together is one load, nothing acknowledged is lost."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.correcting import correct_load, refused_lines
from loaders.grouping import load_due_groups
from loaders.load import replay_load
from loaders.pushes import door
from loaders.pushes.job import load_push, run_push
from loaders.reparsing import SpooledSources
from server.errors import (
    Conflict,
    InFlight,
    InvalidInput,
    KeyReused,
    ManyErrors,
    NotAllowed,
    NotFound,
    TooLarge,
)
from server.ledger.publish import withdraw
from server.ledger.pushes import FUNCTION, Fate, fate_of, forget_old_answers
from server.ledger.source_line import source_line
from server.metadata.batches import batches_of
from server.metadata.jobs import find_job
from server.metadata.loads import find_load, list_loads
from server.metadata.pushes import Push, find_push, pushes_of_load
from server.queue import JOBS
from tests.loaders.pushing import ANN, BOB, Till, lines, sale, till_of
from tests.loading import visible_now
from tests.shop_loads import specifications

MINUTE = timedelta(seconds=61)


@pytest.fixture
def till(context: LoadContext) -> Till:
    """A till at the door of the shop."""
    return till_of(context)


def later(context: LoadContext, span: timedelta = MINUTE) -> list[int]:
    """What is loaded when the window is over."""
    context.clock.now += span  # type: ignore[attr-defined]
    return load_due_groups(context)


def fate(context: LoadContext, key: str, sender: int = ANN) -> tuple[Push, Fate]:
    with context.metadata.read() as session:
        push = find_push(session, "sales", sender, key)
        return push, fate_of(session, push)


def place(context: LoadContext, key: str) -> tuple[int | None, int | None, int | None]:
    push, _ = fate(context, key)
    return push.load, push.first_row, push.last_row


def test_pushes_of_one_window_are_one_load_with_one_batch(context: LoadContext, till: Till) -> None:
    till.send(lines(sale("1.25"), sale("2.50")), "a")
    till.send(lines(sale("3.00")), "b", sender=BOB)
    header, line = "date,store,amount,paid_at", "2026-01-06,Bonn,4.00,2026-01-31T12:00:00Z"
    till.send(f"{header}\n{line}\n".encode(), "c", form="csv")
    assert load_due_groups(context) == []
    assert (fate(context, "a")[1].state, visible_now(context)) == ("waiting", (0, "0"))

    (load,) = later(context)

    assert visible_now(context) == (4, "10.75")
    assert [place(context, key) for key in ("a", "c")] == [(load, 2, 3), (load, 5, 5)]
    with context.metadata.read() as session:
        assert len(batches_of(session, load)) == 1
        assert [each.key for each in pushes_of_load(session, load, 9)] == ["a", "b", "c"]
    assert fate(context, "b", BOB)[1].state == "published"
    assert load_due_groups(context) == []


def test_a_key_that_is_sent_again_is_the_same_push(context: LoadContext, till: Till) -> None:
    first = till.send(lines(sale()))
    again = till.send(lines(sale()))
    packed = till.send(gzip.compress(lines(sale())), encoding="gzip")

    assert (first.is_repeated, again.is_repeated, packed.is_repeated) == (False, True, True)
    assert first.push.id == again.push.id == packed.push.id
    assert again.push.answer == {"status": 202, "body": {"rows": 1, "rejected": []}}
    later(context)
    assert till.send(lines(sale())).push.load == 1
    assert later(context) == []
    assert visible_now(context) == (1, "1.25")


def test_the_same_rows_under_two_keys_are_two_sales(context: LoadContext, till: Till) -> None:
    till.send(lines(sale()), "monday")
    later(context)
    till.send(lines(sale()), "tuesday")
    till.send(lines(sale()), "monday", sender=BOB)  # another sender's keys are their own
    later(context)

    assert visible_now(context) == (3, "3.75")
    with context.metadata.read() as session:
        assert len(list_loads(session)) == 2


def test_something_else_under_a_key_is_refused(context: LoadContext, till: Till) -> None:
    till.send(lines(sale("1")))

    for body, form in ((lines(sale("2")), "jsonl"), (lines(sale("1")), "csv")):
        with pytest.raises(KeyReused) as caught:
            till.send(body, form=form)  # type: ignore[arg-type]
        assert caught.value.field == "Idempotency-Key"
    later(context)
    assert visible_now(context) == (1, "1")


def test_a_push_that_is_being_received_is_told_to_come_again(
    context: LoadContext, till: Till
) -> None:
    with _held(till) as go_on:
        with pytest.raises(InFlight) as caught:
            till.send(lines(sale()))
        assert caught.value.retry_after > 0
        go_on.set()

    assert till.send(lines(sale())).is_repeated
    later(context)
    assert visible_now(context) == (1, "1.25")


def test_what_is_refused_leaves_its_key_free(context: LoadContext, till: Till) -> None:
    with pytest.raises(ManyErrors):
        till.send(lines(sale('"x"')))
    with pytest.raises(NotAllowed):
        till.send(lines(sale("7")), judging=_nobody())
    with pytest.raises(NotFound, match="nothing was pushed to sales"):
        fate(context, "first")

    assert not till.send(lines(sale("2"))).is_repeated
    later(context)
    assert visible_now(context) == (1, "2")


def test_a_claim_of_a_process_that_died_is_open_again(context: LoadContext, till: Till) -> None:
    with pytest.raises(_Died):
        till.send(lines(sale("9")), judging=_dying())
    with context.metadata.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO push (specification, sender, key, by, body_hash, form, header, state, "
            "owner, lease_until, received_at) VALUES ('sales', 1, 'dead', 'ann', 'other', 'csv', "
            "1, 'claimed', 'elsewhere:1:1', '2026-03-02 08:00:00', '2026-03-02 08:00:00')"
        )
    context.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]

    assert not till.send(lines(sale("1")), "dead").is_repeated


def test_facts_that_are_appended_need_a_key(till: Till) -> None:
    with pytest.raises(InvalidInput) as caught:
        till.send(lines(sale()), None)

    assert (caught.value.code, caught.value.field) == ("key_missing", "Idempotency-Key")


def test_a_body_beyond_the_limit_is_refused_packed_or_not(context: LoadContext) -> None:
    settings = replace(context.settings, push_bytes=10_000)
    small = till_of(replace(context, settings=settings))
    body = lines(*[sale()] * 100)

    for sent, encoding in ((body, "identity"), (gzip.compress(body), "gzip")):
        with pytest.raises(TooLarge, match="at most 10,000 bytes"):
            small.send(sent, encoding=encoding)  # type: ignore[arg-type]


def test_rejected_rows_wait_in_quarantine_and_can_be_mended(
    context: LoadContext, till: Till, tmp_path: Path
) -> None:
    till.send(lines(sale("1")), "before")
    till.send(b"\n" + lines(sale("1"), sale('"1,5"'), sale("2"), sale("3")), "some")
    (load,) = later(context)
    push, found = fate(context, "some")

    assert (push.rows, push.rejected, found.rejected) == (4, 1, 1)
    assert [(one.line, one.column, one.raw) for one in found.told] == [(3, "amount", "1,5")]
    assert fate(context, "before")[1].rejected == 0
    assert visible_now(context) == (4, "7")

    spool, known = context.settings.spool, specifications()
    head, line = refused_lines(context.metadata, spool, known, load)
    assert head == "_line,_push,date,store,pieces,amount,weight,paid_at"
    mended = tmp_path / "mended.csv"
    mended.write_text(f"{head}\n{line.replace(chr(34) + '1,5' + chr(34), '1.50')}\n", "utf-8")
    correct_load(context, load, mended, "ann", "asked the till")
    assert visible_now(context) == (5, "8.5")


def test_a_line_of_the_source_says_which_push_brought_it(context: LoadContext, till: Till) -> None:
    push = till.send(lines(sale("4", store="a,b"))).push
    later(context)

    line = source_line(context.metadata, context.settings.spool, 1, 2)

    assert line.header.startswith("_push,date,store")
    assert line.text == f'{push.id},2026-01-05,"a,b",1,4,NA,2026-01-31T12:00:00Z'


def test_a_load_of_pushes_is_withdrawn_read_again_and_put_back_as_any_other(
    context: LoadContext, till: Till
) -> None:
    till.send(lines(sale("1"), sale("2")), "a")
    till.send(lines(sale("3")), "b")
    (load,) = later(context)
    withdraw(context.metadata, load, "ann", "a test", context.clock())
    assert (fate(context, "a")[1].state, visible_now(context)) == ("withdrawn", (0, "0"))
    assert till.send(lines(sale("3")), "b").is_repeated

    again = replay_load(context, load, by="ann")

    assert visible_now(context) == (3, "6")
    with context.metadata.read() as session:
        found = find_load(session, again.load)
        batches = {one.scope_key: one.id for one in batches_of(session, found.id)}
    assert sum(chunk.num_rows for chunk in SpooledSources(context).rows(found, batches)) == 3


def test_rows_that_replace_others_are_a_load_of_their_own_by_a_job(
    context: LoadContext, till: Till
) -> None:
    body = b"store,city\nBonn,Bonn\nUlm,NA\n"
    push = till.send(body, None, form="csv", to="stores").push
    assert FUNCTION in JOBS
    assert f"{run_push.__module__}.{run_push.__name__}" == FUNCTION
    with context.metadata.read() as session:
        job = find_job(session, push.job or "")
    assert (job.function, job.arguments) == (FUNCTION, {"push": push.id})

    outcome = load_push(context, push.id, job.id)

    assert (outcome["stored"], outcome["is_known"]) == (2, False)
    with context.metadata.read() as session:
        assert find_load(session, outcome["load"]).source == f"push-{push.id}.csv"
    same = till.send(body, "another key", form="csv", to="stores").push
    assert load_push(context, same.id)["load"] == outcome["load"]


def test_a_push_that_cannot_be_loaded_says_why(context: LoadContext, till: Till) -> None:
    push = till.send(b"store,city\nBonn,Bonn\n", "x", form="csv", to="stores").push
    load = int(load_push(context, push.id)["load"])
    withdraw(context.metadata, load, "ann", "a test", context.clock())
    other = till.send(b"store,city\nBonn,Bonn\n", "y", form="csv", to="stores").push

    with pytest.raises(Conflict):
        load_push(context, other.id)

    with context.metadata.read() as session:
        found = fate_of(session, find_push(session, "stores", ANN, "y"))
    assert found.state == "rejected"
    assert f"the same file is load {load}, which was withdrawn" in (found.error or "")


def test_the_words_of_an_answer_are_kept_a_week_and_the_key_for_good(
    context: LoadContext, till: Till
) -> None:
    till.send(lines(sale()))
    later(context)
    assert forget_old_answers(context.metadata, context.clock() + timedelta(days=6)) == 0
    assert forget_old_answers(context.metadata, context.clock() + timedelta(days=8)) == 1

    again = till.send(lines(sale()))

    assert (again.is_repeated, again.push.answer, again.push.load) == (True, None, 1)
    assert later(context) == []
    assert visible_now(context) == (1, "1.25")


def test_pushes_at_the_same_moment_count_once_each(context: LoadContext, till: Till) -> None:
    """Eight threads send twenty keys, each of them twice."""
    keys = [f"k{number}" for number in range(20)] * 2
    results: list[str] = []

    def send(some: list[str]) -> None:
        for key in some:
            try:
                till.send(lines(sale("1")), key)
                results.append("taken")
            except InFlight:
                results.append("in flight")

    threads = [threading.Thread(target=send, args=(keys[part::8],)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 40
    later(context)
    assert visible_now(context) == (20, "20")


class _Died(BaseException):
    """A process that is killed does nothing any more."""


def _dying() -> door.Judging:
    def die(_known: object, _values: object) -> None:
        raise _Died

    return door.Judging(lambda _known: (), die)


def _nobody() -> door.Judging:
    def refuse(_known: object, _values: object) -> None:
        raise NotAllowed("outside")

    return door.Judging(lambda _known: ("store",), refuse)


@contextmanager
def _held(till: Till) -> Iterator[threading.Event]:
    """While the block runs the first push is checked in another thread."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_known: object, _values: object) -> None:
        begun.set()
        go_on.wait(30)

    judging = door.Judging(lambda _known: (), wait)
    thread = threading.Thread(target=lambda: till.send(lines(sale()), judging=judging))
    thread.start()
    assert begun.wait(30)
    try:
        yield go_on
    finally:
        go_on.set()
        thread.join()
