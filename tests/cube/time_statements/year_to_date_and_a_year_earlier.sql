WITH
    arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))) AS _run,
    ({version_shops:UInt32}, ifNull(fact.shop, '')) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
    dictGet('dict_shops', 'town_name', _shop_key) AS _shop_town_name,
    dictGet('dict_shops', 'name', _shop_key) AS _shop_name,
    dictGet('dict_shops', 'floors', _shop_key) AS _shop_floors
SELECT
    _run AS `__run__`,
    _shop_town AS `shop.town`,
    coalesce(_shop_town_name, {unknown_shop:String}) AS `shop.town_name`,
    fact.shop AS `shop.shop`,
    coalesce(_shop_name, fact.shop, {unknown_shop:String}) AS `shop.shop_name`,
    _shop_floors AS `shop.floors`,
    uniqExact(fact.shop) AS `shops`,
    quantileExactLowOrNull(0.5)(fact.price) AS `__part__.price_median.lower`,
    quantileExactHighOrNull(0.5)(fact.price) AS `__part__.price_median.upper`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND fact.article = {cut_1_article:String}
    AND fact.day >= {run_from:Date}
    AND fact.day <= {run_to:Date}
GROUP BY _run, fact.shop
ORDER BY `__run__`, `shop.town`, `shop.shop`
LIMIT {limit:UInt64}
