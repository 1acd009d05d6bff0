"""The load ledger's use cases: where metadata and store meet. It does not know the cube.

receive (spool the bytes; same_bytes: is the file known?) → steps (parsed, stored, verified) →
publish (one metadata transaction, as withdraw and restore are) → open_snapshot (what everybody
sees). visibility repeats such a transaction until building has made the sums of upserts that it
lacks, and restock the rows that were purged; decide answers for held loads, foreseeing and changes
say what moves.
recover and purge clean up after the dead and the superseded, verify, heal and mend compare store,
ledger and spool, mirror keeps long lists in the store, source_line reads a fact's line.
"""
