WITH
    toStartOfQuarter(toStartOfMonth(fact.day)) AS _time_quarter
SELECT
    toYear(_time_quarter) AS `time.year`,
    toQuarter(_time_quarter) AS `time.quarter`,
    count() AS `sales`,
    maxOrNull(fact.pieces) AS `pieces_max`,
    ifNull(sum(toDecimal128(fact.price, 2) * fact.pieces), 0) AS `turnover_sum`,
    ifNull(sumIf(fact.pieces, fact.paid = 1), 0) AS `paid_pieces`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_quarter
ORDER BY `time.year`, `time.quarter`
LIMIT {limit:UInt64}
