"""Which process works on a load, and whether it still lives."""

import os
import socket
from datetime import datetime
from functools import cache
from pathlib import Path

from server.metadata.loads import Load


@cache
def this_process() -> str:
    """This process, told apart from a later one with the same id."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def is_dead(load: Load, now: datetime) -> bool:
    """Whether nobody works on the load any more.

    On this machine the process itself is looked for; elsewhere a lease that ran out must do.
    """
    host, _, process = load.owner.partition(":")
    identifier, _, start = process.partition(":")
    if host != socket.gethostname() or not Path("/proc/self/stat").exists():
        return load.lease_until < now
    return _start_of(int(identifier)) != start


def is_surely_dead(load: Load) -> bool:
    """Whether the process is known to be gone, so that no late row of it can arrive."""
    return has_ended(load.owner)


def has_ended(owner: str) -> bool:
    """Whether a process of this machine is known to be gone; of another machine nobody knows."""
    _host, _, process = owner.partition(":")
    identifier, _, start = process.partition(":")
    return is_of_this_machine(owner) and _start_of(int(identifier)) != start


def is_of_this_machine(owner: str) -> bool:
    """Whether the process can be looked for here; nobody's and another machine's cannot."""
    host, has_process, _ = owner.partition(":")
    is_here = bool(has_process) and host == socket.gethostname()
    return is_here and Path("/proc/self/stat").exists()


def _start_of(process: int) -> str:
    """When the kernel started the process, in its ticks; empty when there is none."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    # The name in brackets may hold spaces; the start is the 20th field after it.
    return stat.rpartition(")")[2].split()[19]
