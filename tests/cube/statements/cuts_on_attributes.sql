-- cut_1 = [7, 8]
-- cut_2_airport_name = 'Logan Intl'
-- cut_3_from_latitude = 30.0
-- cut_4_2_group_name = 'Low-cost carriers'
-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- version_airports = 2
-- version_carriers = 1
WITH
    toStartOfYear(fact.day) AS _time_year,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    dictGet('dict_airports', 'name', _region_key) AS _region_name,
    dictGet('dict_airports', 'latitude', _region_key) AS _region_latitude,
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    dictGet('dict_carriers', 'group_name', _organisation_key) AS _organisation_group_name
SELECT
    toYear(_time_year) AS `time.year`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND toMonth(fact.day) IN {cut_1:Array(Int64)}
    AND NOT (_region_name = {cut_2_airport_name:String})
    AND _region_latitude >= {cut_3_from_latitude:Float64}
    AND (isNull(_organisation_group_name) OR _organisation_group_name = {cut_4_2_group_name:String})
GROUP BY _time_year
ORDER BY `time.year`
LIMIT {limit:UInt64}
