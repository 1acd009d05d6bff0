-- cut_1_from = datetime.date(2021, 1, 1)
-- cut_1_to = datetime.date(2021, 3, 31)
-- cut_2_article = 'apple'
-- filter_apples_last_1_article = 'apple'
-- hidden = [3, 8]
-- limit = 20
-- offset = 20
-- top = 12
-- unknown_shop = 'Unknown shop'
-- version_shops = 1
WITH
    toStartOfMonth(fact.day) AS _time_month,
    ({version_shops:UInt32}, fact.shop) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
    dictGet('dict_shops', 'town_name', _shop_key) AS _shop_town_name,
    dictGet('dict_shops', 'name', _shop_key) AS _shop_name,
    dictGet('dict_shops', 'floors', _shop_key) AS _shop_floors,
    fact.day GLOBAL IN
    (
        SELECT max(fact.day)
        FROM
        (
            SELECT fact.day AS day
            FROM `stock` AS fact
            WHERE fact._load <= {top:UInt32}
                AND fact._load NOT IN {hidden:Array(UInt32)}
                AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
            GROUP BY fact.day
        )
        AS fact
        GROUP BY toStartOfMonth(fact.day)
    ) AS _is_last
SELECT
    toYear(_time_month) AS `time.year`,
    toQuarter(_time_month) AS `time.quarter`,
    toMonth(_time_month) AS `time.month`,
    _shop_town AS `shop.town`,
    coalesce(_shop_town_name, {unknown_shop:String}) AS `shop.town_name`,
    fact.shop AS `shop.shop`,
    coalesce(_shop_name, fact.shop, {unknown_shop:String}) AS `shop.shop_name`,
    _shop_floors AS `shop.floors`,
    count() AS `facts`,
    sumOrNullIf(fact.amount, _is_last) AS `stock_last`,
    sumOrNullIf(fact.amount, (fact.article = {filter_apples_last_1_article:String} AND _is_last)) AS `apples_last`,
    ifNull(sum(fact.amount), 0) AS `amounts`
FROM `stock` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
    AND fact.article = {cut_2_article:String}
GROUP BY _time_month, fact.shop
ORDER BY `stock_last` DESC, `time.year`, `time.quarter`, `time.month`, `shop.town`, `shop.shop`
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
