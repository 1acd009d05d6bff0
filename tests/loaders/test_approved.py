"""A load with too many mistakes is loaded without them when somebody decides so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import replay_load, run_load
from server.errors import LoadHeld
from server.ledger.decide import approve
from server.ledger.publish import withdraw
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
