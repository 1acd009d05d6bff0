-- hidden = [3, 8]
-- limit = 50001
-- top = 12
WITH
    toStartOfMonth(fact.day) AS _time_month
SELECT
    toYear(_time_month) AS `time.year`,
    toQuarter(_time_month) AS `time.quarter`,
    toMonth(_time_month) AS `time.month`,
    count() AS `flights`,
    ifNull(sum(fact.departure_delay), 0) AS `departure_delay_minutes`,
    maxOrNull(fact.departure_delay) AS `departure_delay_max`,
    uniqExact(fact.tail_number) AS `aircraft`,
    sum(`flights`) OVER () AS `__total__.flights`,
    sum(`departure_delay_minutes`) OVER () AS `__total__.departure_delay_minutes`,
    max(`departure_delay_max`) OVER () AS `__total__.departure_delay_max`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_month
ORDER BY `time.year`, `time.quarter`, `time.month`
LIMIT {limit:UInt64}

-- hidden = [3, 8]
-- top = 12
SELECT
    uniqExact(fact.tail_number) AS `aircraft`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
