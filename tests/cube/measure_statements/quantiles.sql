-- hidden = [3, 8]
-- limit = 50001
-- top = 12
WITH
    toStartOfYear(fact.day) AS _time_year
SELECT
    toYear(_time_year) AS `time.year`,
    arrayElementOrNull(arraySort(groupArrayIf(fact.price, fact.paid = 1)), intDiv(length(arraySort(groupArrayIf(fact.price, fact.paid = 1))) * 1 + 3, 4)) AS `paid_price_p25`,
    ifNull(uniqCombined64(fact.shop), 0) AS `shops_about`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_year
ORDER BY `time.year`
LIMIT {limit:UInt64}
