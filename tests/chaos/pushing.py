"""Pushes what is sent, as a program does: under a key, again under the same one when in doubt."""

import hashlib
import io
from dataclasses import replace

from loaders.grouping import load_due_groups
from loaders.pushes.door import Judging, Sending, receive
from loaders.pushes.job import load_push
from server.metadata.pushes import push_with_id
from tests.chaos.files import scope_of, text_of
from tests.chaos.house import House, WrongError
from tests.chaos.sent import Sent

_SENDER = 7


def push(house: House, step: int, sent: Sent) -> int:
    """Push it and have it loaded; the load. A killed process may have done any part of it."""
    text = text_of(sent).encode()
    key = hashlib.sha256(text).hexdigest()
    if sent.mode != "append":  # where the same rows again are a restatement
        key = f"{step}-{key}"
    sending = Sending(sent.source, "csv", "identity", scope_of(sent), key, sender=_SENDER, by="ann")
    everything = Judging(lambda _known: (), lambda _known, _values: None)
    accepted = receive(
        house.runtime, sending, io.BytesIO(text), everything, lambda _push, _told: (202, {})
    ).push
    context = house.context
    if accepted.load is None and sent.mode == "append":
        settings = replace(context.settings, push_window_seconds=0)
        load_due_groups(replace(context, settings=settings))
    elif accepted.load is None:
        load_push(context, accepted.id)
    with house.runtime.metadata.read() as session:
        load = push_with_id(session, accepted.id).load
    if load is None:
        raise WrongError(f"the push of step {step} is in no load")
    return load
