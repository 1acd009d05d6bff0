"""Dictionaries serve dimension members to queries; they change only when they are reloaded."""

from server.errors import ServerError
from server.store.client import Store
from server.store.tables import DimensionTableSpec, quoted


def reload_dictionary(store: Store, table: DimensionTableSpec) -> None:
    """Reload the table's dictionary here and, on a cluster, on every replica."""
    cluster = store.placement.cluster
    on_cluster = f" ON CLUSTER {quoted(cluster)}" if cluster else ""
    with store.writer() as writer:
        writer.run(f"SYSTEM RELOAD DICTIONARY{on_cluster} {quoted(table.dictionary)}")


def check_dictionary(store: Store, table: DimensionTableSpec, version: int, members: int) -> None:
    """Raise unless the dictionary serves exactly so many members of the version.

    Where parents are dated, a member has a row for each span of days on which its path holds.
    """
    with store.writer() as writer:
        served = writer.ask("dictionary_rows", dictionary=table.dictionary, batch=version)[0][0]
    has_more = table.tree is not None and table.dated is not None and served > members
    if served != members and not has_more:
        raise ServerError(
            f"{table.dictionary} serves {served} of {members} members of version {version}"
        )
