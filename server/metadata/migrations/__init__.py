"""Alembic, configured in code: `versions/` holds the steps, there is no `alembic.ini`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

# Any constant will do: several processes that start at once queue up behind it.
_ADVISORY_LOCK = 7_306_051_213


def migrate(connection: Connection) -> None:
    """Apply every step that this database lacks, inside the connection's transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
