-- cut_1_from = datetime.date(2021, 2, 15)
-- cut_1_to = datetime.date(2021, 2, 21)
-- hidden = [3, 8]
-- scope_1_town = 'north'
-- top = 12
-- version_shops = 1
WITH
    (fact.shop, fact.article, fact.day) GLOBAL IN
    (
        SELECT fact.shop, fact.article, max(fact.day)
        FROM `stock` AS fact
        WHERE fact._load <= {top:UInt32}
            AND fact._load NOT IN {hidden:Array(UInt32)}
            AND NOT ((fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date}))
            AND ifNull(dictGet('dict_shops', 'town', ({version_shops:UInt32}, fact.shop)), 'unknown') = {scope_1_town:String}
            AND isNotNull(fact.amount)
        GROUP BY fact.shop, fact.article
    ) AS _is_last_non_empty,
    (fact.shop, fact.article, fact.day) GLOBAL IN
    (
        SELECT fact.shop, fact.article, max(fact.day)
        FROM `stock` AS fact
        WHERE fact._load <= {top:UInt32}
            AND fact._load NOT IN {hidden:Array(UInt32)}
            AND NOT ((fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date}))
            AND ifNull(dictGet('dict_shops', 'town', ({version_shops:UInt32}, fact.shop)), 'unknown') = {scope_1_town:String}
            AND fact.counted = 1
            AND isNotNull(fact.amount)
        GROUP BY fact.shop, fact.article
    ) AS _is_last_non_empty_2,
    ({version_shops:UInt32}, fact.shop) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town
SELECT
    sumOrNullIf(fact.amount, _is_last_non_empty) AS `stock_known`,
    sumOrNullIf(fact.amount, (fact.counted = 1 AND _is_last_non_empty_2)) AS `counted_known`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND _shop_town = {scope_1_town:String}
    AND NOT ((fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date}))
