"""Verifies the small shop, damages it, and reads every row that it has."""

from loaders.context import LoadContext
from loaders.reparsing import SpooledSources
from server.ledger.heal import Healing
from server.ledger.mend import Task, Verified, verify_and_mend
from tests.shop import SALES, STORES, Question

USUAL = Task()
DEEP = Task(depth="deep")
LOOK = Task(is_healing=False)


def healing_of(context: LoadContext) -> Healing:
    return Healing(
        context.metadata,
        context.store,
        context.settings.spool,
        SpooledSources(context),
        context.clock,
        "ann",
    )


def verified(context: LoadContext, task: Task = USUAL) -> Verified:
    return verify_and_mend(healing_of(context), (SALES, STORES), task)


def run(context: LoadContext, statement: str) -> None:
    with context.store.writer() as writer:
        writer.run(statement)


def rows_of(context: LoadContext) -> list[tuple[object, ...]]:
    """Every fact with its line, as the store has it."""
    question = Question("SELECT * FROM sales ORDER BY _load, _row, store")
    return context.store.readers.query(question).rows
