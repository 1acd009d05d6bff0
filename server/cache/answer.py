"""An answer as it is kept: the bytes that are sent, and what is said about them."""

import json
from dataclasses import dataclass
from functools import cached_property

_FORM = 1  # of what is written at a Redis


@dataclass(frozen=True)
class Answer:
    """The body of an answer with its content type and headers."""

    body: bytes
    kind: str  # the content type
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)

    def written(self) -> bytes:
        """As plain bytes: a line of JSON, then the body."""
        head = [_FORM, self.kind, [list(one) for one in self.headers]]
        return json.dumps(head).encode() + b"\n" + self.body


def read_answer(written: bytes) -> Answer | None:
    """What `written` gave; nothing where the bytes are of another form."""
    head, _, body = written.partition(b"\n")
    try:
        form, kind, headers = json.loads(head)
        pairs = tuple((name, value) for name, value in headers)
    except (ValueError, TypeError):
        return None
    texts = (kind, *(text for pair in pairs for text in pair))
    if form != _FORM or not all(isinstance(text, str) for text in texts):
        return None
    return Answer(body, kind, pairs)
