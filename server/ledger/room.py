"""Keeps a reserve free on the disks: without room loads stop, before engine or ledger are hurt."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from server.errors import NoRoom
from server.settings import Settings
from server.store.checks import least_free_bytes
from server.store.client import Store


def check_room(settings: Settings, needed: int = 0, store: Store | None = None) -> None:
    """`NoRoom` unless every disk keeps the reserve after so many more bytes.

    The disks of a ClickHouse server are looked at when its store is given.
    """
    least = settings.disk_reserve_bytes + needed
    for what, free in _free_bytes(settings, store):
        if free < least:
            raise NoRoom(
                f"the disk of {what} has {free:,} bytes free; {least:,} are kept free for loads "
                "under way, so nothing is loaded until there is room. Everything that is loaded "
                "can be read",
                field="INDICUBE_DISK_RESERVE_BYTES",
            )


def _free_bytes(settings: Settings, store: Store | None) -> Iterator[tuple[str, int]]:
    for what, folder in _folders(settings):
        yield f"{what} ({folder})", shutil.disk_usage(_that_exists(folder)).free
    if store is not None and not settings.clickhouse.startswith("chdb://"):
        yield "the fact store's server", least_free_bytes(store)


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "the spool", settings.spool
    if settings.clickhouse.startswith("chdb://"):
        yield "the facts", Path(settings.clickhouse[len("chdb://") :].partition("?")[0])
    if settings.database.startswith("sqlite:///"):
        yield "the metadata", Path(settings.database[len("sqlite:///") :]).parent


def _that_exists(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
