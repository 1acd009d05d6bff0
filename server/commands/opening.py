"""What the commands open: the metadata of an installation that exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from server.errors import SettingsError
from server.metadata.session import Metadata, open_metadata
from server.settings import Settings


@contextmanager
def metadata_of(settings: Settings) -> Iterator[Metadata]:
    """The metadata, with their schema up to date; closed when the block ends.

    Raises:
        SettingsError: when the home folder was never used, which is most often a wrong folder.
    """
    if settings.database.startswith("sqlite:") and not settings.home.is_dir():
        raise SettingsError(
            f"There is no Indicube in {settings.home}; `indicube up` makes one, or name its "
            "folder with INDICUBE_HOME",
            field="INDICUBE_HOME",
        )
    metadata = open_metadata(settings.database)
    try:
        metadata.migrate()
        yield metadata
    finally:
        metadata.close()


def now() -> datetime:
    """The wall clock, aware and in UTC."""
    return datetime.now(UTC)
