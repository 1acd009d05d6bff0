"""The hidden batches of a snapshot as a SELECT on the store's mirror of the ledger."""

# Rows whose own snapshot has no marker were left behind by a writer that died; they say nothing.
_MIRRORED = """(
        SELECT batch
        FROM ledger_hidden
        WHERE fact_table = {table}
            AND snapshot <= {number}
            AND seal IN (SELECT seal FROM ledger_marker WHERE snapshot <= {number})
        GROUP BY batch
        HAVING argMax(is_hidden, snapshot) = 1
    )"""


def hidden_in_mirror(table: str, number: str) -> str:
    """What stands behind NOT IN; both are parameters of the statement."""
    return _MIRRORED.format(table=table, number=number)
