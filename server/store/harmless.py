"""Asks the engine itself whether readers can do harm: on a server their profile decides that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from server.errors import ServerError
from server.store.client import Store


@dataclass(frozen=True)
class _Question:
    sql: str
    columns: tuple[str, ...] = ("version", "is_read_only", "changeable")
    parameters: Mapping[str, object] = field(default_factory=dict)


def check_readers(store: Store) -> str:
    """The engine's version.

    Raises:
        ServerError: when a reader may write, or may change the settings that limit it.
    """
    question = _Question(files("server.store").joinpath("harmless.sql").read_text(encoding="utf-8"))
    version, read_only, changeable = store.readers.query(question).rows[0]
    if str(read_only) != "1":
        raise ServerError(
            f"readers have readonly={read_only}; their profile must say readonly 1",
            code="readers_may_write",
        )
    if changeable:
        raise ServerError(
            f"readers may change their own limits {', '.join(changeable)}; their profile must "
            "hold these as constraints",
            code="readers_unlimited",
        )
    return f"ClickHouse {version}"
