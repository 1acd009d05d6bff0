-- filter_apple_pieces_1_article = 'apple'
-- filter_north_sales_1_town = 'north'
-- filter_north_sales_2_article = 'plum'
-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- version_shops = 1
WITH
    toStartOfYear(fact.day) AS _time_year,
    ({version_shops:UInt32}, ifNull(fact.shop, '')) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town
SELECT
    toYear(_time_year) AS `time.year`,
    count() AS `sales`,
    ifNull(sumIf(fact.pieces, fact.article = {filter_apple_pieces_1_article:String}), 0) AS `apple_pieces`,
    countIf((fact.paid = 1 AND _shop_town = {filter_north_sales_1_town:String} AND NOT (fact.article = {filter_north_sales_2_article:String}))) AS `__part__.north_sales`,
    countIf(fact.paid = 1) AS `__part__.paid_sales`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_year
ORDER BY `time.year`
LIMIT {limit:UInt64}
