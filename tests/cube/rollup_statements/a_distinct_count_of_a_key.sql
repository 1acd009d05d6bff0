SELECT
    `__piece__.time.year` AS `time.year`,
    `__piece__.time.quarter` AS `time.quarter`,
    `__piece__.shop.town` AS `shop.town`,
    min(`__piece__.shop.town_name`) AS `shop.town_name`,
    uniqExact(`__piece__.__value__.shop`) AS `shops`,
    ifNull(uniqCombined64(`__piece__.__value__.shop`), 0) AS `shops_about`,
    sum(`__piece__.pieces_sum`) AS `pieces_sum`
FROM
(
    WITH
        toStartOfQuarter(toStartOfMonth(fact.day)) AS _time_quarter,
        ({version_shops:UInt32}, ifNull(fact.shop, '')) AS _shop_key,
        ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
        ({version_shops:UInt32}, ifNull(min(fact.shop), '')) AS _shop_least,
        dictGet('dict_shops', 'town_name', _shop_least) AS _shop_town_name
    SELECT
        toYear(_time_quarter) AS `__piece__.time.year`,
        toQuarter(_time_quarter) AS `__piece__.time.quarter`,
        _shop_town AS `__piece__.shop.town`,
        coalesce(_shop_town_name, {unknown_shop:String}) AS `__piece__.shop.town_name`,
        fact.shop AS `__piece__.__value__.shop`,
        ifNull(sum(fact.pieces), 0) AS `__piece__.pieces_sum`
    FROM `sales` AS fact
    WHERE fact._load <= {top:UInt32}
        AND fact._load NOT IN {hidden:Array(UInt32)}
    GROUP BY _time_quarter, _shop_town, fact.shop
)
GROUP BY `__piece__.time.year`, `__piece__.time.quarter`, `__piece__.shop.town`
ORDER BY `time.year`, `time.quarter`, `shop.town`
LIMIT {limit:UInt64}
