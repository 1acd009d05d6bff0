"""Answers that are sent piece by piece, and what is logged of those that are not sent whole.

Nobody can be told of a mistake any more when the first pieces are out: the connection is broken
off, and one line of the log says why. That whoever asked went away is no mistake.
"""

import errno
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from server.errors import IndicubeError
from server.store.pool import Cancellation

_log = logging.getLogger(__name__)


class BrokenOff(ConnectionAbortedError):
    """The connection ends without the answer's proper end; the server asks for no more of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.ECONNRESET, reason)  # servers pass over a connection that is gone


class Pieces:
    """The pieces of an answer; `check` may end them."""

    def __init__(
        self,
        pieces: Iterable[Any],
        check: Callable[[], None],
        name: str,
        cancellation: Cancellation | None = None,
    ) -> None:
        self._pieces = pieces
        self._left = iter(pieces)
        self._check = check
        self._name = name  # of the answer, in the log
        self._cancellation = cancellation
        self._is_under_way = False

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            piece = next(self._left)
            self._check()
        except StopIteration:
            self._is_under_way = False
            raise
        except Exception as error:
            if not (self._is_gone or isinstance(error, IndicubeError)):
                raise
            raise self._broken_off(str(error)) from None
        self._is_under_way = True
        return piece

    def close(self) -> None:
        """Called when the answer is over, whether it was sent whole or not."""
        is_left, self._is_under_way = self._is_under_way, False
        close = getattr(self._pieces, "close", None)
        try:
            if close is not None:
                close()
        except Exception:
            if not (is_left or self._is_gone):
                raise
        if is_left:
            self._tell_gone()

    @property
    def _is_gone(self) -> bool:
        return self._cancellation is not None and self._cancellation.is_cancelled

    def _broken_off(self, reason: str) -> BrokenOff:
        self._is_under_way = False
        if self._is_gone:
            self._tell_gone()
        else:
            _log.warning("%s was broken off: %s", self._name, reason)
        return BrokenOff(reason)

    def _tell_gone(self) -> None:
        _log.info("%s was not taken whole: whoever asked went away", self._name)
