SELECT
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN (
        SELECT batch
        FROM ledger_hidden
        WHERE fact_table = {fact_table:String}
            AND snapshot <= {snapshot:UInt64}
            AND seal IN (SELECT seal FROM ledger_marker WHERE snapshot <= {snapshot:UInt64})
        GROUP BY batch
        HAVING argMax(is_hidden, snapshot) = 1
    )
