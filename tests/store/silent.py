"""A server at the end of the line that answers, refuses or says nothing, as a test tells it."""

import socket
import threading
from types import TracebackType
from typing import Literal, Self

from server.store.address import Address, parse_address

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n1\n"


class Silent:
    """Takes every connection; `mode` says what becomes of it."""

    def __init__(self) -> None:
        self.mode: Literal["answer", "refuse", "hang"] = "answer"
        self.asked = 0  # how often
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> Address:
        """The store's address."""
        port = self._listener.getsockname()[1]
        return parse_address(f"http://127.0.0.1:{port}/indicube?reader=reader:secret")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for held in self._held:
            held.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.asked += 1
            if self.mode == "hang":
                self._held.append(line)
                continue
            if self.mode == "answer":
                line.recv(65536)
                line.sendall(_OK)
            line.close()
