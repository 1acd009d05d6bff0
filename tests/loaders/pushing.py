"""Pushes to the small shop: what a till sends, and the door that takes it."""

import io
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from loaders.context import LoadContext
from loaders.pushes import door
from loaders.pushes.checking import Form
from loaders.pushes.taking import Encoding
from server.errors import QueueAway
from server.metadata.loads import Quarantined
from server.metadata.pushes import Push
from server.runtime import Runtime

ANN, BOB = 1, 2  # senders
NOON = "2026-01-31T12:00:00Z"


def sale(amount: str = "1.25", day: str = "2026-01-05", store: str = "Köln", **more: object) -> str:
    """A line of JSON: one sale."""
    row = {"date": day, "store": store, "pieces": 1, "paid_at": NOON, **more}
    return json.dumps(row, ensure_ascii=False)[:-1] + f', "amount": {amount}}}'


def lines(*rows: str) -> bytes:
    """A body of such lines."""
    return "".join(f"{row}\n" for row in rows).encode()


@dataclass(frozen=True)
class Till:
    """Sends bodies to the shop, through the door that HTTP uses."""

    runtime: Runtime

    def send(
        self,
        body: bytes,
        key: str | None = "first",
        *,
        form: Form = "jsonl",
        to: str = "sales",
        sender: int = ANN,
        encoding: Encoding = "identity",
        scope: tuple[str, ...] = (),
        judging: door.Judging | None = None,
    ) -> door.Received:
        sending = door.Sending(to, form, encoding, scope, key, sender, "ann")
        everything = door.Judging(lambda _known: (), lambda _known, _values: None)
        return door.receive(self.runtime, sending, io.BytesIO(body), judging or everything, _told)


def till_of(context: LoadContext) -> Till:
    """A till at the door of this shop."""
    door._contexts[context.metadata] = float("inf"), context  # no pack on disk
    parts: dict[str, Any] = {
        "metadata": context.metadata,
        "store": context.store,
        "settings": context.settings,
        "clock": context.clock,
        "cubes": SimpleNamespace(model=context.tables),
        "queue": SimpleNamespace(enqueue=_away),
    }
    return Till(cast(Runtime, SimpleNamespace(**parts)))


def _told(push: Push, rejected: tuple[Quarantined, ...]) -> tuple[int, dict[str, Any]]:
    return 202, {"rows": push.rows, "rejected": [one.line for one in rejected]}


def _away(_function: str, _job: str) -> None:
    raise QueueAway("nobody rings")
