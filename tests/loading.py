"""A load context over a real store and real metadata, with the tables of the small shop."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from loaders.context import LoadContext
from server.ledger.snapshot import open_snapshot
from server.snapshot import Snapshot
from server.store.client import Store
from server.store.migrate import ensure_tables
from tests.shop import SHOP, Question
from tests.shop_loads import specifications
from tests.stores import Clock, new_metadata, new_store, settings_for


@contextmanager
def shop_context(home: Path, **variables: str) -> Iterator[LoadContext]:
    """Everything that a load of the shop needs, in a home of its own."""
    settings = settings_for(home, **variables)
    with ExitStack() as opened:
        metadata = opened.enter_context(new_metadata(home))
        store = opened.enter_context(new_store(settings))
        ensure_tables(store, SHOP)
        yield LoadContext(metadata, store, settings, Clock(), SHOP, specifications())


def visible(store: Store, snapshot: Snapshot) -> tuple[int, str]:
    """The rows of sales and their amount that a snapshot shows."""
    question = Question(
        "SELECT count(), toString(sum(amount)) FROM sales "
        "WHERE _load <= {top:UInt32} AND NOT has({hidden:Array(UInt32)}, _load)",
        {"top": snapshot.top, "hidden": list(snapshot.hidden_in("sales"))},
    )
    rows, amount = store.readers.query(question).rows[0]
    return rows, amount


def visible_by_mirror(store: Store, snapshot: Snapshot) -> tuple[int, str]:
    """The same, with the hidden batches out of the store's mirror of the ledger."""
    question = Question(
        "SELECT count(), toString(sum(amount)) FROM sales WHERE _load <= {top:UInt32} "
        "AND _load NOT IN (SELECT batch FROM ledger_hidden WHERE fact_table = 'sales' "
        "AND snapshot <= {number:UInt64} "
        "AND seal IN (SELECT seal FROM ledger_marker WHERE snapshot <= {number:UInt64}) "
        "GROUP BY batch HAVING argMax(is_hidden, snapshot) = 1)",
        {"top": snapshot.top, "number": snapshot.number},
    )
    rows, amount = store.readers.query(question).rows[0]
    return rows, amount


def visible_now(context: LoadContext) -> tuple[int, str]:
    """The rows of sales and their amount that everybody sees now."""
    return visible(context.store, open_snapshot(context.metadata))
