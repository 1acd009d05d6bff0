"""What cannot be loaded because its specification is gone or does not fit stops nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loaders.context import LoadContext
from loaders.grouping import load_due, load_due_groups
from server.commands import doctor
from server.errors import IndicubeError, NotFound
from server.ledger.night import GROUPS, WAITING, Stuck, load_groups, stuck_groups
from server.metadata.grouped_files import waiting_files
from server.metadata.jobs import claim_job, finish_job, list_jobs
from server.queue import Queue
from tests.loaders.pushing import lines, sale, till_of
from tests.loading import visible_now

REASON = "there is no load named 'returns'; there are: sales, stores"
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
        assert stuck_groups(session) == (Stuck("returns", 2, since, REASON),)
    later(context, 10)
    assert not asked(context)  # nothing else is due: it is not tried all the time
    pushed_to(context, "sales")
    later(context)
    assert asked(context)
    work(both)
    with context.metadata.read() as session:
        assert stuck_groups(session) == ()
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
