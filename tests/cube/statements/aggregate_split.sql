-- hidden = [3, 8]
-- limit = 50001
-- split_1_region = 'America/Chicago'
-- top = 12
-- version_airports = 2
WITH
    toStartOfYear(fact.day) AS _time_year,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
SELECT
    ifNull(_region_region = {split_1_region:String}, false) AS `__within_split__`,
    toYear(_time_year) AS `time.year`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY ifNull(_region_region = {split_1_region:String}, false), _time_year
ORDER BY `__within_split__`, `time.year`
LIMIT {limit:UInt64}
