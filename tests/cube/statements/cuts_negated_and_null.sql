-- cut_1_region = 'America/Chicago'
-- cut_2_2_departure_delay = -5
-- cut_3_from = datetime.date(2013, 1, 1)
-- cut_3_to = datetime.date(2013, 6, 30)
-- cut_4 = [5, 6, 7, 8]
-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- version_airports = 2
WITH
    toStartOfYear(fact.day) AS _time_year,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
SELECT
    toYear(_time_year) AS `time.year`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND NOT (_region_region = {cut_1_region:String})
    AND (isNull(fact.departure_delay) OR fact.departure_delay = {cut_2_2_departure_delay:Int64})
    AND NOT ((fact.day >= {cut_3_from:Date} AND fact.day <= {cut_3_to:Date}))
    AND fact.hour IN {cut_4:Array(Int64)}
GROUP BY _time_year
ORDER BY `time.year`
LIMIT {limit:UInt64}
