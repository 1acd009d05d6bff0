"""A load with too many mistakes is loaded without them when somebody decides so."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import replay_load, run_load
from server.errors import Conflict, LoadHeld
from server.ledger.decide import approve
from server.ledger.publish import withdraw
from server.metadata.loads import find_load, list_loads
from tests.loading import visible_now
from tests.shop_loads import HEADER, sales_text

MISTAKES = "2026-01-05,Köln,1,much,NA,2026-01-31T12:00:00Z,x\n" * 3


def test_an_approved_load_is_read_anew_without_its_mistakes(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    path = written(sales_text(2) + MISTAKES)
    with pytest.raises(LoadHeld):
        run_load(context, "sales", path)
    with pytest.raises(LoadHeld):
        replay_load(context, 1)

    decision = approve(context.metadata, 1, "ann", "they are known", context.clock())
    outcome = replay_load(context, 1)

    assert decision.is_to_be_replayed
    assert (outcome.stored, outcome.quarantined) == (2, 3)
    assert visible_now(context) == (2, "2.5")


def test_what_was_read_again_waits_for_nobody_any_more(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    """Nor does another attempt at the same bytes; each names the load that its rows are seen as."""
    with pytest.raises(LoadHeld):
        run_load(context, "sales", written(sales_text(2) + MISTAKES))
    with pytest.raises(LoadHeld):
        replay_load(context, 1)
    assert states(context) == {1: "held", 2: "held"}
    approve(context.metadata, 1, "ann", "they are known", context.clock())
    assert states(context) == {1: "held", 2: "held"}  # until it is seen
    replay_load(context, 1)

    assert states(context) == {1: "replayed", 2: "replayed", 3: "published"}
    with context.metadata.read() as session:
        assert (find_load(session, 2).decision or {})["read_as"] == 3
    with pytest.raises(Conflict, match="only a held load"):
        approve(context.metadata, 2, "ann", "again", context.clock())


def test_a_held_file_that_is_loaded_by_other_words_waits_no_more(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    path = written(sales_text(2) + MISTAKES)
    with pytest.raises(LoadHeld):
        run_load(context, "sales", path)
    lenient = replace(context.specifications["sales"], error_limit_percent=Decimal(90))

    run_load(replace(context, specifications={"sales": lenient}), "sales", path)

    assert states(context) == {1: "replayed", 2: "published"}


def states(context: LoadContext) -> dict[int, str]:
    with context.metadata.read() as session:
        return {one.id: one.state for one in list_loads(session)}


def test_the_decision_is_about_that_file_alone(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    with pytest.raises(LoadHeld):
        run_load(context, "sales", written(HEADER + MISTAKES))
    approve(context.metadata, 1, "ann", "they are known", context.clock())

    with pytest.raises(LoadHeld):
        run_load(context, "sales", written(HEADER + MISTAKES * 2, "others.csv"))


def test_what_was_loaded_by_a_decision_keeps_it_when_it_is_replayed(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    with pytest.raises(LoadHeld):
        run_load(context, "sales", written(sales_text(2) + MISTAKES))
    approve(context.metadata, 1, "ann", "they are known", context.clock())
    loaded = replay_load(context, 1).load

    for _ in range(2):  # a replay of the replay, too
        withdraw(context.metadata, loaded, "ann", "wrong", context.clock())
        again = replay_load(context, loaded)
        assert (again.stored, again.quarantined) == (2, 3)
        assert visible_now(context) == (2, "2.5")
        loaded = again.load


def test_another_specification_finds_other_mistakes_of_which_nobody_decided(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    with pytest.raises(LoadHeld):
        run_load(context, "sales", written(sales_text(2) + MISTAKES))
    approve(context.metadata, 1, "ann", "they are known", context.clock())
    loaded = replay_load(context, 1).load
    withdraw(context.metadata, loaded, "ann", "wrong", context.clock())
    stricter = replace(context.specifications["sales"], hash="f" * 64)

    with pytest.raises(LoadHeld):
        replay_load(replace(context, specifications={"sales": stricter}), loaded)
