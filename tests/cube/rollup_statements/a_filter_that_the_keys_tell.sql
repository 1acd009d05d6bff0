SELECT
    `__piece__.time.year` AS `time.year`,
    `__piece__.time.quarter` AS `time.quarter`,
    `__piece__.time.month` AS `time.month`,
    sum(`__piece__.sales`) AS `sales`,
    sumIf(`__piece__.apple_pieces`, `__piece__.__filter_1__`) AS `apple_pieces`,
    sum(`__piece__.pieces_sum`) AS `pieces_sum`
FROM
(
    WITH
        toStartOfMonth(fact.day) AS _time_month
    SELECT
        toYear(_time_month) AS `__piece__.time.year`,
        toQuarter(_time_month) AS `__piece__.time.quarter`,
        toMonth(_time_month) AS `__piece__.time.month`,
        count() AS `__piece__.sales`,
        ifNull(fact.article = {filter_apple_pieces_1_article:String}, false) AS `__piece__.__filter_1__`,
        ifNull(sum(fact.pieces), 0) AS `__piece__.apple_pieces`,
        ifNull(sum(fact.pieces), 0) AS `__piece__.pieces_sum`
    FROM `sales` AS fact
    WHERE fact._load <= {top:UInt32}
        AND fact._load NOT IN {hidden:Array(UInt32)}
    GROUP BY _time_month, ifNull(fact.article = {filter_apple_pieces_1_article:String}, false)
)
GROUP BY `__piece__.time.year`, `__piece__.time.quarter`, `__piece__.time.month`
ORDER BY `apple_pieces` DESC, `time.year`, `time.quarter`, `time.month`
LIMIT {limit:UInt64}
