-- hidden = [3, 8]
-- limit = 50001
-- top = 12
WITH
    toMonday(fact.day) AS _time_iso_week,
    (fact.shop, fact.article, fact.day) GLOBAL IN
    (
        SELECT _leaf_1, _leaf_2, argMax(_day, (_amount, _day))
        FROM
        (
            SELECT toMonday(fact.day) AS _span_1, fact.shop AS _leaf_1, fact.article AS _leaf_2, fact.day AS _day, sum(fact.amount) AS _amount
            FROM `stock` AS fact
            WHERE fact._load <= {top:UInt32}
                AND fact._load NOT IN {hidden:Array(UInt32)}
                AND isNotNull(fact.amount)
            GROUP BY toMonday(fact.day), fact.shop, fact.article, fact.day
        )
        GROUP BY _span_1, _leaf_1, _leaf_2
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
