WITH
    arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))) AS _run,
    (_run, fact.day) GLOBAL IN
    (
        SELECT arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))), max(fact.day)
        FROM
        (
            SELECT fact.day AS day
            FROM `stock` AS fact
            WHERE fact._load <= {top:UInt32}
                AND fact._load NOT IN {hidden:Array(UInt32)}
            GROUP BY fact.day
        )
        AS fact
        GROUP BY arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0)))
    ) AS _is_last,
    (_run, fact.shop, fact.article, fact.day) GLOBAL IN
    (
        SELECT arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))), fact.shop, fact.article, argMax(fact.day, toInt256(assumeNotNull(_amount)) * 65536 + toUInt16(fact.day))
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
        GROUP BY arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))), fact.shop, fact.article
    ) AS _is_max,
    (
        SELECT (groupArray(_span), groupArray(_found))
        FROM
        (
            SELECT tuple(arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0)))) AS _span, uniqExact(fact.day) AS _found
            FROM
            (
                SELECT fact.day AS day
                FROM `stock` AS fact
                WHERE fact._load <= {top:UInt32}
                    AND fact._load NOT IN {hidden:Array(UInt32)}
                GROUP BY fact.day
            )
            AS fact
            GROUP BY arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0)))
        )
    ) AS _dates
SELECT
    _run AS `__run__`,
    sumOrNullIf(fact.amount, _is_last) AS `stock_last`,
    sumOrNullIf(fact.amount, _is_max) AS `stock_most`,
    sumOrNull(fact.amount) AS `__part__.stock_average.sum`,
    arrayElement(_dates.2, indexOf(_dates.1, tuple(_run))) AS `__part__.stock_average.dates`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND fact.day >= {run_from:Date}
    AND fact.day <= {run_to:Date}
GROUP BY _run
ORDER BY `__run__`
LIMIT {limit:UInt64}
