-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- version_branches = 5
WITH
    toStartOfMonth(fact.day) AS _time_month,
    (
        SELECT (groupArray(_span), groupArray(_found))
        FROM
        (
            SELECT tuple(toStartOfMonth(fact.day)) AS _span, max(fact.day) AS _found
            FROM
            (
                SELECT fact.day AS day
                FROM `beds` AS fact
                WHERE fact._load <= {top:UInt32}
                    AND fact._load NOT IN {hidden:Array(UInt32)}
                GROUP BY fact.day
            )
            AS fact
            GROUP BY toStartOfMonth(fact.day)
        )
    ) AS _last_date,
    (fact.branch, fact.day) GLOBAL IN
    (
        SELECT fact.branch, max(fact.day)
        FROM `beds` AS fact
        WHERE fact._load <= {top:UInt32}
            AND fact._load NOT IN {hidden:Array(UInt32)}
            AND isNotNull(fact.beds)
        GROUP BY toStartOfMonth(fact.day), fact.branch
        HAVING (dictHas('dict_branches', ({version_branches:UInt32}, fact.branch), arrayElement(_last_date.2, indexOf(_last_date.1, tuple(toStartOfMonth(fact.day))))) OR NOT dictHas('dict_branches', ({version_branches:UInt32}, fact.branch), max(fact.day)))
    ) AS _is_last_non_empty,
    fact.day GLOBAL IN
    (
        SELECT max(fact.day)
        FROM
        (
            SELECT fact.day AS day
            FROM `beds` AS fact
            WHERE fact._load <= {top:UInt32}
                AND fact._load NOT IN {hidden:Array(UInt32)}
            GROUP BY fact.day
        )
        AS fact
        GROUP BY toStartOfMonth(fact.day)
    ) AS _is_last
SELECT
    toYear(_time_month) AS `time.year`,
    toMonth(_time_month) AS `time.month`,
    sumOrNullIf(fact.beds, _is_last_non_empty) AS `beds`,
    sumOrNullIf(fact.beds, _is_last) AS `beds_last`
FROM `beds` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_month
ORDER BY `time.year`, `time.month`
LIMIT {limit:UInt64}
