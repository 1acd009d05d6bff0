WITH
    arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))) AS _run,
    ({version_shops:UInt32}, fact.shop) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
    dictGet('dict_shops', 'town_name', _shop_key) AS _shop_town_name,
    dictGet('dict_shops', 'name', _shop_key) AS _shop_name,
    dictGet('dict_shops', 'floors', _shop_key) AS _shop_floors,
    (_run, fact.shop, fact.article, fact.day) GLOBAL IN
    (
        SELECT arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))), fact.shop, fact.article, max(fact.day)
        FROM `stock` AS fact
        WHERE fact._load <= {top:UInt32}
            AND fact._load NOT IN {hidden:Array(UInt32)}
            AND isNotNull(fact.amount)
        GROUP BY arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(roundDown(toUInt16(fact.day), {run_starts:Array(UInt16)}), {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))), fact.shop, fact.article
    ) AS _is_last_non_empty
SELECT
    _run AS `__run__`,
    _shop_town AS `shop.town`,
    coalesce(_shop_town_name, {unknown_shop:String}) AS `shop.town_name`,
    fact.shop AS `shop.shop`,
    coalesce(_shop_name, fact.shop, {unknown_shop:String}) AS `shop.shop_name`,
    _shop_floors AS `shop.floors`,
    sumOrNullIf(fact.amount, _is_last_non_empty) AS `stock_carried`,
    minOrNullIf(fact.day, (_is_last_non_empty AND isNotNull(fact.amount))) AS `__oldest__.stock_carried`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND fact.day >= {run_from:Date}
    AND fact.day <= {run_to:Date}
GROUP BY _run, fact.shop
ORDER BY `__run__`, `shop.town`, `shop.shop`
LIMIT {limit:UInt64}
