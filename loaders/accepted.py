"""By which specification rows are loaded that were pushed and accepted a while ago.

The sender was told what would become of them, so they are loaded by the words that they were
accepted by, should these read other columns by now: these lie in the spool. Where the source has
become another one altogether they wait for a decision; what was acknowledged is never refused by
itself.
"""

from collections.abc import Iterable
from dataclasses import replace

from loaders.context import LoadContext
from loaders.kept_specifications import specification_kept
from loaders.pushed import columns_of
from loaders.specification import Specification
from server.errors import IndicubeError, InvalidInput, LoadHeld, LoadRejected, ManyErrors, NotFound

# The specification is gone, or does not fit its table: what was accepted waits until it is mended.
NOT_NOW = (InvalidInput, NotFound, ManyErrors)


class Drifted(LoadHeld):
    """Rows that were accepted cannot be read any more; somebody has to say what is to be done."""

    held_for = "drift"


class Awaits(IndicubeError):
    """Rows that were accepted can be loaded as soon as their specification is mended."""


def as_accepted(context: LoadContext, name: str, kept_hash: str | None) -> LoadContext:
    """The context with the specification of that name as it was when the rows were accepted.

    Where it reads the same columns still, or the table is not what it was, it is as it is now.
    """
    now = context.specification(name)
    if kept_hash is None or kept_hash == now.hash:
        return context
    kept = specification_kept(context.settings.spool, kept_hash, now.pack, f"{name} as accepted")
    if kept is None or set(columns_of(kept)) == set(columns_of(now)):
        return context
    if not _is_same_source(kept, now) or not _fits(context, kept):
        return context
    return replace(context, specifications={**context.specifications, name: kept})


def drifted(name: str, rejected: LoadRejected) -> Drifted:
    """Accepted rows that the specification rejects now."""
    return Drifted(
        f"what was pushed to {name} and accepted waits, for it cannot be read as it came any more: "
        f"{rejected.message}",
        field=rejected.field,
        hint="Put the specification back as it was and approve the load, or refuse it.",
    )


def _is_same_source(kept: Specification, now: Specification) -> bool:
    """Whether rows are stored in the same table, and replace others, in the same way."""
    return _slots(kept) == _slots(now)


def _slots(one: Specification) -> Iterable[object]:
    return (one.table, one.mode, one.key, one.scope, one.buckets, one.event_date)


def _fits(context: LoadContext, kept: Specification) -> bool:
    try:
        context.schema(kept)
    except IndicubeError:
        return False
    return True
