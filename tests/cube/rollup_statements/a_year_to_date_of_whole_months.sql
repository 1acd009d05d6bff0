SELECT
    arrayJoin(arrayElement({run_lists:Array(Array(UInt32))}, transform(`__piece__.__start__`, {run_starts:Array(UInt16)}, {run_pieces:Array(UInt32)}, 0))) AS `__run__`,
    `__piece__.shop.town` AS `shop.town`,
    min(`__piece__.shop.town_name`) AS `shop.town_name`,
    `__piece__.shop.shop` AS `shop.shop`,
    min(`__piece__.shop.shop_name`) AS `shop.shop_name`,
    min(`__piece__.shop.floors`) AS `shop.floors`,
    sum(`__piece__.sales`) AS `sales`,
    sum(`__piece__.__part__.pieces_avg.sum`) AS `__part__.pieces_avg.sum`,
    sum(`__piece__.__part__.pieces_avg.count`) AS `__part__.pieces_avg.count`,
    max(`__piece__.pieces_max`) AS `pieces_max`
FROM
(
    WITH
        roundDown(toUInt16(toStartOfMonth(fact.day)), {run_starts:Array(UInt16)}) AS _start,
        ({version_shops:UInt32}, ifNull(fact.shop, '')) AS _shop_key,
        ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
        dictGet('dict_shops', 'town_name', _shop_key) AS _shop_town_name,
        dictGet('dict_shops', 'name', _shop_key) AS _shop_name,
        dictGet('dict_shops', 'floors', _shop_key) AS _shop_floors
    SELECT
        _start AS `__piece__.__start__`,
        _shop_town AS `__piece__.shop.town`,
        coalesce(_shop_town_name, {unknown_shop:String}) AS `__piece__.shop.town_name`,
        fact.shop AS `__piece__.shop.shop`,
        coalesce(_shop_name, fact.shop, {unknown_shop:String}) AS `__piece__.shop.shop_name`,
        _shop_floors AS `__piece__.shop.floors`,
        count() AS `__piece__.sales`,
        ifNull(sum(fact.pieces), 0) AS `__piece__.__part__.pieces_avg.sum`,
        countIf(isNotNull(fact.pieces)) AS `__piece__.__part__.pieces_avg.count`,
        maxOrNull(fact.pieces) AS `__piece__.pieces_max`
    FROM `sales` AS fact
    WHERE fact._load <= {top:UInt32}
        AND fact._load NOT IN {hidden:Array(UInt32)}
        AND NOT (_shop_town = {cut_1_town:String})
    GROUP BY _start, fact.shop
)
GROUP BY `__run__`, `__piece__.shop.town`, `__piece__.shop.shop`
ORDER BY `__run__`, `shop.town`, `shop.shop`
LIMIT {limit:UInt64}
