"""The door for pushes: found by its name, for whoever speaks HTTP does not know the loaders.

A body is taken over, claimed by its key, checked as a load would read it, and accepted. Nothing of
what is refused is kept, and its key is free for what is sent mended.
"""

import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from weakref import WeakKeyDictionary

from loaders.context import LoadContext, context_of
from loaders.fields import told_specification
from loaders.kept_specifications import keep_specification
from loaders.pushes.checking import HEADERS, Body, Checked, Form, check_body
from loaders.pushes.taking import Encoding, Readable, Taken, taken
from loaders.specification import Specification
from server.errors import IndicubeError, InvalidInput, QueueAway, TooManyRequests
from server.ledger.owner import this_process
from server.ledger.pushes import FUNCTION, LEASE, Answer, Counted, accept, claim, give_up
from server.ledger.room import check_room
from server.metadata.loads import Quarantined
from server.metadata.pushes import NewPush, Push
from server.metadata.session import Metadata

if TYPE_CHECKING:
    from server.runtime import Runtime

_IN_MEMORY = 1 << 20
_AT_ONCE = 4  # bodies that one process checks at a time
_WAIT_SECONDS = 30
_FRESH_SECONDS = 5
_checking = threading.BoundedSemaphore(_AT_ONCE)
_contexts: WeakKeyDictionary[Metadata, tuple[float, LoadContext]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Sending:
    """Who sends what, and what is said beside the body."""

    specification: str
    form: Form
    encoding: Encoding
    scope: tuple[str, ...]
    key: str | None
    sender: int
    by: str


@dataclass(frozen=True)
class Received:
    """An accepted push, and whether it was accepted before."""

    push: Push
    is_repeated: bool


# Says whether the sender may send that: told the specification, and the values of some columns of
# the table with the first row of each.
Judge = Callable[[Specification, Mapping[str, Mapping[Any, int]]], None]


# What the sender is told of a push in the moment in which it is accepted.
Answered = Callable[[Push, tuple[Quarantined, ...]], Answer]


@dataclass(frozen=True)
class Judging:
    """Which columns the judge looks at, and the judge."""

    columns: Callable[[Specification], tuple[str, ...]]
    judge: Judge


def specification_of(runtime: "Runtime", name: str) -> Mapping[str, Any]:
    """What may be pushed under that name: its columns, and how they are written."""
    context = _context_of(runtime)
    return told_specification(context, context.specification(name))


def receive(
    runtime: "Runtime",
    sending: Sending,
    body: Readable,
    judging: Judging,
    answered: Answered,
) -> Received:
    """Take a body; when this returns it is kept, whatever happens to this process.

    Raises:
        NotFound: there is no such specification.
        InvalidInput, ManyErrors: nothing of it can be kept; all that is wrong is told.
        KeyReused, InFlight: the key stands for something else, or is at work.
        TooLarge, NoRoom, TooManyRequests: it cannot be taken, or not now.
    """
    context = _context_of(runtime)
    specification = context.specification(sending.specification)
    _check_key(specification, sending)
    columns = judging.columns(specification)
    said = (sending.form, *sending.scope)
    with taken(body, sending.encoding, context.settings.push_bytes, said) as whole:
        new = _new(sending, whole, specification, context.clock())
        push = claim(context.metadata, new, context.clock())
        if push.is_accepted:
            return Received(push, is_repeated=True)
        with _given_up(context, push), _turn(), tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
            lines, sent = cast(BinaryIO, kept), Body(sending.form, whole.file, sending.scope)
            check_room(context.settings, 4 * whole.bytes)
            checked = check_body(context, specification, sent, lines, columns)
            judging.judge(specification, checked.values)
            lines.seek(0)
            accepted = _accepted(context, specification, push, lines, checked, answered)
    if accepted.job is not None:
        with suppress(QueueAway):  # the scheduler rings again
            runtime.queue.enqueue(FUNCTION, accepted.job)
    return Received(accepted, is_repeated=False)


def _context_of(runtime: "Runtime") -> LoadContext:
    """What a load works with; the specifications are read again when they are a moment old."""
    kept, folder = _contexts.get(runtime.metadata), runtime.settings.model_folder
    if (
        kept is None
        or kept[1].settings.model_folder != folder
        or time.monotonic() - kept[0] > _FRESH_SECONDS
    ):
        kept = _contexts[runtime.metadata] = time.monotonic(), context_of(runtime)
    return replace(
        kept[1],
        store=runtime.store,
        settings=runtime.settings,
        clock=runtime.clock,
        tables=runtime.cubes.model,
    )


def _accepted(
    context: LoadContext,
    specification: Specification,
    push: Push,
    lines: BinaryIO,
    checked: Checked,
    answered: Answered,
) -> Push:
    rejected = tuple(checked.told)
    keep_specification(context.settings.spool, specification)
    return accept(
        context.metadata,
        context.settings.spool,
        push,
        lines,
        Counted(checked.rows, checked.rejected),
        lambda told: answered(told, rejected),
        context.clock(),
        is_grouped=specification.mode == "append",
    )


def _check_key(specification: Specification, sending: Sending) -> None:
    if sending.key is None and specification.mode == "append":
        raise InvalidInput(
            f"facts of {specification.name} are appended: send an Idempotency-Key, a text of your "
            "own for each push, so that sending it twice counts once",
            code="key_missing",
            field="Idempotency-Key",
        )


def _new(sending: Sending, whole: Taken, specification: Specification, now: datetime) -> NewPush:
    return NewPush(
        specification=sending.specification,
        sender=sending.sender,
        key=sending.key or uuid.uuid4().hex,
        by=sending.by,
        body_hash=whole.hash,
        form=sending.form,
        header=HEADERS[sending.form],
        scope=sending.scope,
        specification_hash=specification.hash,
        owner=this_process(),
        lease_until=now + LEASE,
    )


@contextmanager
def _given_up(context: LoadContext, push: Push) -> Iterator[None]:
    """Whatever goes wrong in the block, the key is free again."""
    try:
        yield
    except BaseException:
        with suppress(IndicubeError):
            give_up(context.metadata, push)
        raise


@contextmanager
def _turn() -> Iterator[None]:
    """Checking takes memory and a processor: so many bodies at a time."""
    if not _checking.acquire(timeout=_WAIT_SECONDS):
        raise TooManyRequests(
            f"{_AT_ONCE} pushes are being checked, as many as at a time", retry_after=5
        )
    try:
        yield
    finally:
        _checking.release()
