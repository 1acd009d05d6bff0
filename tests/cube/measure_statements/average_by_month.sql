-- hidden = [3, 8]
-- limit = 50001
-- top = 12
WITH
    toStartOfMonth(fact.day) AS _time_month,
    (
        SELECT (groupArray(_span), groupArray(_found))
        FROM
        (
            SELECT tuple(toStartOfMonth(fact.day)) AS _span, uniqExact(fact.day) AS _found
            FROM
            (
                SELECT fact.day AS day
                FROM `stock` AS fact
                WHERE fact._load <= {top:UInt32}
                    AND fact._load NOT IN {hidden:Array(UInt32)}
                GROUP BY fact.day
            )
            AS fact
            GROUP BY toStartOfMonth(fact.day)
        )
    ) AS _dates
SELECT
    toYear(_time_month) AS `time.year`,
    toQuarter(_time_month) AS `time.quarter`,
    toMonth(_time_month) AS `time.month`,
    sumOrNull(fact.amount) AS `__part__.stock_average.sum`,
    arrayElement(_dates.2, indexOf(_dates.1, tuple(_time_month))) AS `__part__.stock_average.dates`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_month
ORDER BY toFloat64(`__part__.stock_average.sum`) / nullIf(toFloat64(`__part__.stock_average.dates`), 0), `time.year`, `time.quarter`, `time.month`
LIMIT {limit:UInt64}
