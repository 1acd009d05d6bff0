"""Asks the engine itself whether readers can do harm: on a server their profile decides that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from server.errors import ServerError
from server.store.client import Store
from server.store.streams import StreamLimits

# The limits of time and memory are each installation's own.
_OWN = ("max_execution_time", "max_memory_usage", "max_bytes_before_external")
_WANTED = {
    name: value for name, value in StreamLimits().as_settings().items() if not name.startswith(_OWN)
}


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
    question = _Question(_sql("harmless"))
    version = _check("readers", store.readers.query(question).rows[0])
    _check("streams", store.streams.row(question))
    return version


def check_streams(store: Store) -> None:
    """ServerError when long answers would be cut short or written in another form.

    On a server this is so when the address names no streamer, or its profile is another one.
    """
    wanted = {name: value for name, value in _WANTED.items() if name != "max_threads"}
    question = _Question(_sql("streamed"), ("held",), {"names": sorted(wanted)})
    (found,) = store.streams.row(question)
    held = {str(name): str(value) for name, value in found}
    wrong = sorted(name for name, value in wanted.items() if held.get(name, value) != value)
    if wrong:
        raise ServerError(
            f"streams have other settings than they need: {', '.join(wrong)}; the address must "
            "name a user with the profile of streamers",
            code="streams_confined",
        )


def _check(who: str, answer: Sequence[Any]) -> str:
    version, read_only, changeable = answer
    if str(read_only) != "1":
        raise ServerError(
            f"{who} have readonly={read_only}; their profile must say readonly 1",
            code="readers_may_write",
        )
    if changeable:
        raise ServerError(
            f"{who} may change their own limits {', '.join(changeable)}; their profile must "
            "hold these as constraints",
            code="readers_unlimited",
        )
    return f"ClickHouse {version}"


def _sql(name: str) -> str:
    return files("server.store").joinpath(f"{name}.sql").read_text(encoding="utf-8")
