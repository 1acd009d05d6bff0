WITH
    ({version_shops:UInt32}, ifNull(fact.shop, '')) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
    ({version_shops:UInt32}, ifNull(min(fact.shop), '')) AS _shop_least,
    dictGet('dict_shops', 'town_name', _shop_least) AS _shop_town_name
SELECT
    _shop_town AS `shop.town`,
    coalesce(_shop_town_name, {unknown_shop:String}) AS `shop.town_name`,
    ifNull(sum(fact.pieces), 0) AS `pieces_sum`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (toStartOfMonth(fact.day) > {cut_1_after:Date} AND toStartOfMonth(fact.day) <= {cut_1_to:Date})
GROUP BY _shop_town
ORDER BY `shop.town`
LIMIT {limit:UInt64}
