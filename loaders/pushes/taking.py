"""Takes a body over: unpacked, counted and hashed, on disk when it is large."""

import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, cast

from server.errors import InvalidInput, TooLarge

_PIECE = 1 << 18
_IN_MEMORY = 1 << 20

Encoding = Literal["identity", "gzip"]


class Readable(Protocol):
    """What arrives, piece by piece."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Taken:
    """A body that is here whole."""

    file: BinaryIO
    hash: str  # SHA-256 of the unpacked bytes and of what was said beside them
    bytes: int  # unpacked


@contextmanager
def taken(
    body: Readable, encoding: Encoding, most_bytes: int, said: Sequence[str]
) -> Iterator[Taken]:
    """The whole body, for the length of the block.

    Raises:
        TooLarge: it is larger than a push may be.
        InvalidInput: it cannot be unpacked.
    """
    digest = hashlib.sha256("\n".join([*said, ""]).encode())
    size = 0
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        for piece in _pieces(body, encoding):
            size += len(piece)
            if size > most_bytes:
                raise TooLarge(
                    f"the body of a push has at most {most_bytes:,} bytes, unpacked; "
                    "send it in several pushes",
                    field="body",
                )
            digest.update(piece)
            file.write(piece)
        file.seek(0)
        yield Taken(cast(BinaryIO, file), digest.hexdigest(), size)


def _pieces(body: Readable, encoding: Encoding) -> Iterator[bytes]:
    if encoding == "identity":
        while piece := body.read(_PIECE):
            yield piece
        return
    try:
        with gzip.GzipFile(fileobj=cast(BinaryIO, body), mode="rb") as opened:
            while piece := opened.read(_PIECE):
                yield piece
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput(
            f"the body is not whole gzip, as Content-Encoding says: {error}", field="body"
        ) from None
