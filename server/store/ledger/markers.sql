-- The snapshots up to which the mirror of the hidden lists is complete.
SELECT DISTINCT snapshot, seal
FROM ledger_marker
ORDER BY snapshot, seal
