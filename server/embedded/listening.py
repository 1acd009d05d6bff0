"""The web server's socket, held by the supervisor."""

import errno
import socket

from server.errors import IndicubeError, PortBusy, SettingsError

BACKLOG = 256


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, which outlives every restart of the application.

    Raises:
        PortBusy: when another process listens there.
        SettingsError: when this machine does not have the address or may not listen there.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as reason:
        raise _cannot_listen(host, port, reason) from None
    return listener


def _cannot_listen(host: str, port: int, reason: OSError) -> IndicubeError:
    if reason.errno == errno.EADDRINUSE:
        return PortBusy(
            f"Another process listens on port {port} of {host}; stop it, or choose another port "
            "with INDICUBE_PORT",
            field="INDICUBE_PORT",
        )
    return SettingsError(
        f"Cannot listen on port {port} of {host}: {reason.strerror or reason}; "
        "see INDICUBE_HOST and INDICUBE_PORT",
        field="INDICUBE_HOST",
    )
