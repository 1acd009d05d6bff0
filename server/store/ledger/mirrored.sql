-- The hidden batches of every fact table at this snapshot, as the mirror has them.
SELECT fact_table, batch
FROM ledger_hidden
WHERE snapshot <= {snapshot:UInt64}
  AND seal IN (SELECT seal FROM ledger_marker WHERE snapshot <= {snapshot:UInt64})
GROUP BY fact_table, batch
HAVING argMax(is_hidden, snapshot) = 1
