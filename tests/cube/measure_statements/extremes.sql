-- hidden = [3, 8]
-- limit = 50001
-- top = 12
WITH
    toMonday(fact.day) AS _time_iso_week,
    (fact.shop, fact.article, fact.day) GLOBAL IN
    (
        SELECT fact.shop, fact.article, argMax(fact.day, toInt256(assumeNotNull(_amount)) * 65536 + toUInt16(fact.day))
        FROM
        (
            SELECT fact.shop AS shop, fact.article AS article, fact.day AS day, sum(fact.amount) AS _amount
            FROM `stock` AS fact
            WHERE fact._load <= {top:UInt32}
                AND fact._load NOT IN {hidden:Array(UInt32)}
                AND isNotNull(fact.amount)
            GROUP BY fact.shop, fact.article, fact.day
        )
        AS fact
        GROUP BY toMonday(fact.day), fact.shop, fact.article
    ) AS _is_max
SELECT
    toISOYear(_time_iso_week) AS `time.iso_year`,
    toISOWeek(_time_iso_week) AS `time.week`,
    sumOrNullIf(fact.amount, _is_max) AS `stock_most`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_iso_week
ORDER BY `time.iso_year`, `time.week`
LIMIT {limit:UInt64}
