"""The load ledger's use cases: where metadata and store meet. It does not know the cube.

receive (spool the bytes, recognise the same file) → steps (parsed, stored, verified) → publish (one
metadata transaction) → open_snapshot (what everybody sees). recover and purge clean up after the
dead, verify compares the store with the ledger, source_line reads a fact's line from the spool.
"""
