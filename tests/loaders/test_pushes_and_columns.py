"""Columns of a specification that change while what was pushed waits: nothing accepted is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loaders.context import LoadContext
from loaders.grouping import load_due_groups
from loaders.listing import detail_lines
from loaders.load import replay_load
from loaders.pushes.job import load_push
from loaders.reparsing import SpooledSources
from loaders.specification import read_specification
from server.errors import LoadHeld
from server.ledger.decide import approve, refuse
from server.ledger.pushes import Fate, fate_of
from server.metadata.batches import batches_of
from server.metadata.loads import Load, find_load, list_loads
from server.metadata.pushes import find_push
from tests.loaders.pushing import ANN, lines, sale, till_of
from tests.loading import visible_now
from tests.shop_loads import SALES_TOML, STORES_TOML

RENAMED = SALES_TOML.replace('from = "weight"', 'from = "kilos"\nname = "weight"')
OTHERWISE = RENAMED.replace('event_date = "day"', 'event_date = "day"\nkey = ["day", "store"]')


def changed(context: LoadContext, text: str) -> LoadContext:
    """The same shop when somebody has written that specification."""
    written = read_specification(text.encode(), "shop", "shop/loads/changed.toml")
    return replace(context, specifications={**context.specifications, written.name: written})


def later(context: LoadContext) -> list[int]:
    """What is loaded when the window is over."""
    context.clock.now += timedelta(seconds=61)  # type: ignore[attr-defined]
    return load_due_groups(context)


def fate(context: LoadContext, key: str, name: str = "sales") -> Fate:
    with context.metadata.read() as session:
        return fate_of(session, find_push(session, name, ANN, key))


def load_of(context: LoadContext, number: int) -> Load:
    with context.metadata.read() as session:
        return find_load(session, number)


def test_what_was_accepted_is_loaded_by_the_columns_that_it_was_accepted_with(
    context: LoadContext,
) -> None:
    before = context.specification("sales")
    till_of(context).send(lines(sale("1.25", weight=2), sale("2.50")), "a")
    now = changed(context, RENAMED)
    till_of(now).send(lines(sale("4.00")), "b")

    first, second = later(now)

    assert visible_now(context) == (3, "7.75")
    assert [fate(context, key).state for key in ("a", "b")] == ["published", "published"]
    assert load_of(context, first).specification_hash == before.hash
    assert load_of(context, second).specification_hash == now.specification("sales").hash
    assert later(now) == []


def test_such_a_load_is_read_again_by_the_same_words(context: LoadContext) -> None:
    till_of(context).send(lines(sale("1.25"), sale("2.50")), "a")
    now = changed(context, RENAMED)
    (number,) = later(now)
    load, sources = load_of(now, number), SpooledSources(now)
    with now.metadata.read() as session:
        batches = {one.scope_key: one.id for one in batches_of(session, number)}

    assert sources.is_read_alike(load)
    assert sum(chunk.num_rows for chunk in sources.rows(load, batches)) == 2


def test_a_change_that_reads_the_same_columns_counts_at_once(context: LoadContext) -> None:
    """It may be what mends them: a limit, a list of values."""
    till_of(context).send(lines(sale("1.25"), sale("2.50")), "a")
    now = changed(context, SALES_TOML.replace('from = "amount"', 'from = "amount"\nleast = 2'))
    (number,) = later(now)

    assert load_of(now, number).specification_hash == now.specification("sales").hash
    assert (fate(now, "a").rejected, visible_now(now)) == (1, (1, "2.5"))


def test_what_replaces_others_is_loaded_by_its_columns_too(context: LoadContext) -> None:
    body = b"store,city\nBonn,Bonn\nUlm,NA\n"
    push = till_of(context).send(body, "x", form="csv", to="stores").push
    now = changed(context, STORES_TOML.replace('from = "city"', 'from = "town"\nname = "city"'))

    outcome = load_push(now, push.id, push.job)

    assert (outcome["stored"], fate(now, "x", "stores").state) == (2, "published")


def test_what_cannot_be_read_any_more_waits_for_a_decision_with_a_sentence(
    context: LoadContext,
) -> None:
    """The source became another one, whose rows are told apart by a key: two pushes, one load."""
    till_of(context).send(lines(sale("1.25")), "a")
    till_of(context).send(lines(sale("2.50")), "b")
    now = changed(context, OTHERWISE)
    assert later(now) == []

    with now.metadata.read() as session:
        (held,) = list_loads(session)
    assert (held.state, held.held_for, visible_now(now)) == ("held", "drift", (0, "0"))
    assert "pushed to sales and accepted waits" in (held.error or "")
    assert "it lacks column 'kilos'; it has the unknown column 'weight'" in (held.error or "")
    assert [fate(now, key).state for key in ("a", "b")] == ["held", "held"]
    assert fate(now, "a").error == held.error
    assert "indicube load decide" in list(detail_lines(held))[-1]
    assert later(now) == []  # it waits; nothing tries again by itself

    approve(now.metadata, held.id, "olga", "by the new words", now.clock())
    with pytest.raises(LoadHeld, match="kilos"):
        replay_load(now, held.id, by="olga")
    assert fate(now, "a").state == "held"

    approve(context.metadata, held.id, "olga", "the old words are back", context.clock())
    replay_load(context, held.id, by="olga")
    assert visible_now(context) == (2, "3.75")
    assert [fate(context, key).state for key in ("a", "b")] == ["published", "published"]
    assert load_of(context, held.id).state == "replayed"
    assert till_of(context).send(lines(sale("1.25")), "a").is_repeated
    assert later(context) == []


def test_what_nobody_wants_any_more_is_refused_by_a_person(context: LoadContext) -> None:
    till_of(context).send(lines(sale("1.25")), "a")
    now = changed(context, OTHERWISE)
    later(now)

    refuse(now.metadata, 1, "olga", "sent by the old till", now.clock())

    assert fate(now, "a").state == "rejected"
    assert "sent by the old till" in (fate(now, "a").error or "")
