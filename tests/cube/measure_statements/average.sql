-- hidden = [3, 8]
-- top = 12
WITH
    (
        SELECT uniqExact(fact.day)
        FROM
        (
            SELECT fact.day AS day
            FROM `stock` AS fact
            WHERE fact._load <= {top:UInt32}
                AND fact._load NOT IN {hidden:Array(UInt32)}
            GROUP BY fact.day
        )
        AS fact
    ) AS _dates
SELECT
    sumOrNull(fact.amount) AS `__part__.stock_average.sum`,
    _dates AS `__part__.stock_average.dates`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
