"""What a process says it has begun and done, line by line in a file that outlives it.

The file is not flushed to the disk: the processes here are killed, the machine is not.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.oracle import Event, Oracle
from tests.chaos.story import Step


@dataclass(frozen=True)
class Journal:
    """The file of one home."""

    path: Path

    def begin(self, number: int) -> None:
        """A step is about to be done."""
        self._append({"begun": number})

    def done(self, number: int, before: Oracle, after: Oracle) -> None:
        """A step was acknowledged; with what it made known."""
        events = [list(vars(event).values()) for event in after.events[len(before.events) :]]
        purges = [list(vars(purge).values()) for purge in after.purges[len(before.purges) :]]
        is_sent = after.sent != before.sent
        self._append({"done": number, "events": events, "purges": purges, "is_sent": is_sent})

    def note(self, **words: object) -> None:
        """Something else that the parent wants to know."""
        self._append(words)

    def lines(self) -> list[dict[str, object]]:
        """Everything that was written."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def _append(self, words: dict[str, object]) -> None:
        # One write of one line: a killed process has written it whole or not at all.
        with self.path.open("ab", buffering=0) as file:
            file.write(json.dumps(words).encode() + b"\n")


def learn(oracle: Oracle, step: Step, line: dict[str, object]) -> Oracle:
    """The oracle after a step that the journal says is done."""
    events, purges = line["events"], line["purges"]
    assert isinstance(events, list)
    assert isinstance(purges, list)
    for load, snapshot, is_shown, mended in events:
        event = Event(load, snapshot, is_shown, tuple(mended))
        if mended:
            oracle = oracle.corrected(event.load, event.snapshot, event.mended)
        elif line["is_sent"]:
            assert step.sent is not None
            oracle = oracle.published(event.load, step.sent, event.snapshot)
        else:
            oracle = oracle.changed(event.load, event.snapshot, is_shown=event.is_shown)
    for kept_from, _, held in purges:
        oracle = oracle.purged(kept_from, tuple(held))
    return oracle
