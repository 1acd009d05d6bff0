"""Listens to what is asked of the facts."""

from collections.abc import Iterator
from contextlib import contextmanager

from server.runtime import Runtime
from server.store.asking import Answered


@contextmanager
def heard(runtime: Runtime) -> Iterator[list[Answered]]:
    """The questions that the facts answer meanwhile."""
    found: list[Answered] = []
    end = runtime.store.readers.tell(found.append)
    try:
        yield found
    finally:
        end()
