-- Whether the mirror of the hidden lists is complete up to this snapshot; asked by readers.
SELECT count()
FROM ledger_marker
WHERE snapshot = {snapshot:UInt64}
  AND seal = {seal:UInt64}
