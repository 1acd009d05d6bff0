"""What cannot be loaded because its specification is gone or does not fit stops nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loaders.accepted import Awaits
from loaders.context import LoadContext
from loaders.grouping import load_due, load_due_groups
from loaders.job import answer
from loaders.pushes.job import load_push
from server.commands import doctor
from server.errors import IndicubeError, NotFound
from server.ledger.night import load_groups
from server.ledger.pushes import fate_of
from server.ledger.stuck import GROUPS, WAITING, Stuck, all_stuck
from server.metadata.grouped_files import waiting_files
from server.metadata.jobs import claim_job, find_job, finish_job, list_jobs, reclaim_jobs
from server.metadata.pushes import find_push, push_with_id
from server.queue import Queue
from tests.loaders.pushing import ANN, lines, sale, till_of
from tests.loading import visible_now

REASON = "there is no load named 'returns'; there are: sales, stores"
STORES_GONE = "there is no load named 'stores'; there are: sales"
STORE = b"store,city\nBonn,Bonn\n"
NO_QUEUE = Queue("redis://127.0.0.1:1/0")


@pytest.fixture
def both(context: LoadContext) -> LoadContext:
    """The shop with a second source of sales, which comes before the first."""
    returns = replace(context.specifications["sales"], name="returns")
    return replace(context, specifications={**context.specifications, "returns": returns})


def later(context: LoadContext, seconds: int = 61) -> None:
    context.clock.now += timedelta(seconds=seconds)  # type: ignore[attr-defined]


def pushed_to(context: LoadContext, *names: str) -> None:
    for place, name in enumerate(names):
        till_of(context).send(lines(sale("1.25")), f"{name} {place} {context.clock()}", to=name)


def test_a_specification_that_is_gone_stops_no_other(
    context: LoadContext, both: LoadContext
) -> None:
    pushed_to(both, "returns", "sales")
    later(context)
    with pytest.raises(NotFound, match="no load named 'returns'"):
        load_due_groups(context)

    assert visible_now(context) == (1, "1.25")
    pushed_to(both, "returns")
    later(context)
    assert len(load_due_groups(both)) == 2  # it is there again: what waited comes, too
    assert visible_now(context) == (3, "3.75")


def test_one_that_fits_its_table_no_more_stops_no_other(
    context: LoadContext, both: LoadContext
) -> None:
    """Its pushes keep their order: none overtakes the one that waits."""
    pushed_to(both, "returns", "sales")
    elsewhere = replace(both.specifications["returns"], table="nowhere")
    now = replace(both, specifications={**both.specifications, "returns": elsewhere})
    later(context)

    done = load_due(now)

    assert visible_now(context) == (1, "1.25")
    assert list(done.waiting) == ["returns"]
    assert "fills the table 'nowhere'" in str(done.waiting["returns"])
    assert len(load_due(both).loads) == 1
    assert visible_now(context) == (2, "2.5")


def test_what_is_stuck_is_told_and_others_are_asked_for_as_always(
    context: LoadContext, both: LoadContext
) -> None:
    pushed_to(both, "returns", "returns")
    later(context)
    assert asked(context)
    work(context)

    with context.metadata.read() as session:
        since = waiting_files(session)[0].received_at
        assert all_stuck(session) == (Stuck("returns", 2, since, REASON),)
    later(context, 10)
    assert not asked(context)  # nothing else is due: it is not tried all the time
    pushed_to(context, "sales")
    later(context)
    assert asked(context)
    work(both)
    with context.metadata.read() as session:
        assert all_stuck(session) == ()
    assert visible_now(context) == (3, "3.75")


def test_it_is_tried_again_after_a_while(context: LoadContext, both: LoadContext) -> None:
    pushed_to(both, "returns")
    later(context)
    assert asked(context)
    work(context)
    later(context, 300)

    assert asked(context)


def test_the_doctor_names_what_is_stuck(context: LoadContext, both: LoadContext) -> None:
    settings = replace(context.settings, database=str(context.metadata._engine.url))
    assert doctor._pushes(settings) == "nothing waits for a specification"
    pushed_to(both, "returns", "returns", "sales")
    later(context)
    assert asked(context)
    work(context)

    with pytest.raises(IndicubeError, match=f"2 of returns: {REASON}"):
        doctor._pushes(settings)


def asked(context: LoadContext) -> bool:
    """Whether the scheduler asks for a job now."""
    now = context.clock()
    return load_groups(context.metadata, NO_QUEUE, context.settings, now) is not None


def work(context: LoadContext) -> None:
    """Do the job that was asked for, as the queue does it."""
    with context.metadata.write() as session:
        (job,) = (one for one in list_jobs(session, function=GROUPS) if one.is_open)
        claimed = claim_job(session, job.id, context.clock())
    assert claimed is not None
    done = load_due(context, claimed.id)
    told = {name: str(why) for name, why in done.waiting.items()}
    with context.metadata.write() as session:
        finish_job(session, claimed, {"loads": done.loads, WAITING: told}, context.clock())


def test_a_push_of_its_own_waits_for_its_specification_and_goes_on_by_itself(
    context: LoadContext,
) -> None:
    """Rows that replace others were acknowledged, too: they are not refused for a lost file."""
    push = till_of(context).send(STORE, "x", form="csv", to="stores").push
    gone = without(context, "stores")
    assert attempted(gone) == 1

    with context.metadata.read() as session:
        fate = fate_of(session, push)
        assert (fate.state, fate.error, fate.is_final) == ("waiting", STORES_GONE, False)
        assert all_stuck(session) == (Stuck("stores", 1, push.received_at, STORES_GONE),)
    assert attempted(gone) == 0  # it is not tried all the time
    later(context)
    assert attempted(gone) == 1
    later(context)
    assert attempted(context) == 1

    with context.metadata.read() as session:
        job = find_job(session, push.job or "")
        assert (job.state, job.error, job.attempt) == ("done", None, 1)
        again = find_push(session, "stores", ANN, "x")
        assert fate_of(session, again).state == "published"
        assert all_stuck(session) == ()


def test_a_push_of_its_own_waits_for_a_table_that_fits(context: LoadContext) -> None:
    push = till_of(context).send(STORE, "x", form="csv", to="stores").push
    elsewhere = replace(context.specifications["stores"], table="nowhere")
    now = replace(context, specifications={**context.specifications, "stores": elsewhere})

    with pytest.raises(Awaits, match="fills the table 'nowhere'"):
        load_push(now, push.id)

    with context.metadata.read() as session:
        kept = find_push(session, "stores", ANN, "x")
    assert (kept.load, kept.error) == (None, None)
    assert load_push(context, push.id)["stored"] == 1


def test_an_appended_push_says_why_it_waits(context: LoadContext, both: LoadContext) -> None:
    pushed_to(both, "returns")
    later(context)
    assert asked(context)
    work(context)

    with context.metadata.read() as session:
        (file,) = waiting_files(session)
        fate = fate_of(session, push_with_id(session, file.push or 0))
    assert (fate.state, fate.error) == ("waiting", REASON)


def without(context: LoadContext, name: str) -> LoadContext:
    left = {each: one for each, one in context.specifications.items() if each != name}
    return replace(context, specifications=left)


def attempted(context: LoadContext) -> int:
    """Do what the scheduler rings for now, as the queue does it; how many jobs."""
    with context.metadata.write() as session:
        ids = reclaim_jobs(session, context.clock())
    runtime = till_of(context).runtime
    runtime.store.pulse.look()
    for one in ids:
        answer(
            runtime,
            one,
            lambda _runtime, job, progress: load_push(
                context, int(job.arguments["push"]), job.id, progress
            ),
        )
    return len(ids)
