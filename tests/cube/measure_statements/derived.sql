-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- unknown_shop = 'Unknown shop'
-- version_shops = 1
WITH
    ({version_shops:UInt32}, ifNull(fact.shop, '')) AS _shop_key,
    ifNull(dictGet('dict_shops', 'town', _shop_key), 'unknown') AS _shop_town,
    ({version_shops:UInt32}, ifNull(min(fact.shop), '')) AS _shop_least,
    dictGet('dict_shops', 'town_name', _shop_least) AS _shop_town_name
SELECT
    _shop_town AS `shop.town`,
    coalesce(_shop_town_name, {unknown_shop:String}) AS `shop.town_name`,
    ifNull(sum(fact.pieces), 0) AS `__part__.pieces_avg.sum`,
    countIf(isNotNull(fact.pieces)) AS `__part__.pieces_avg.count`,
    ifNull(sum(toDecimal128(fact.price, 2) * fact.pieces), 0) AS `__part__.price_per_piece.sum`,
    ifNull(sumIf(fact.pieces, isNotNull(fact.price)), 0) AS `__part__.price_per_piece.weight`,
    countIf(fact.paid = 1) AS `__part__.paid_sales`,
    count() AS `__part__.sales`,
    quantileExactLowOrNull(0.5)(toFloat64(fact.weight)) AS `__part__.weight_median.lower`,
    quantileExactHighOrNull(0.5)(toFloat64(fact.weight)) AS `__part__.weight_median.upper`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _shop_town
ORDER BY toFloat64(`__part__.price_per_piece.sum`) / nullIf(toFloat64(`__part__.price_per_piece.weight`), 0) DESC, (toFloat64(`__part__.weight_median.lower`) + toFloat64(`__part__.weight_median.upper`)), `shop.town`
LIMIT {limit:UInt64}
