-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- unknown_aircraft = 'Unknown aircraft'
-- version_aircraft = 5
WITH
    ({version_aircraft:UInt32}, ifNull(fact.tail_number, '')) AS _aircraft_key,
    ifNull(dictGet('dict_aircraft', 'manufacturer', _aircraft_key), 'unknown') AS _aircraft_manufacturer,
    ifNull(dictGet('dict_aircraft', 'model', _aircraft_key), 'unknown') AS _aircraft_model,
    ({version_aircraft:UInt32}, ifNull(min(fact.tail_number), '')) AS _aircraft_least,
    dictGet('dict_aircraft', 'manufacturer', _aircraft_least) AS _aircraft_manufacturer_2,
    dictGet('dict_aircraft', 'model', _aircraft_least) AS _aircraft_model_2
SELECT
    _aircraft_manufacturer AS `aircraft.manufacturer`,
    coalesce(_aircraft_manufacturer_2, {unknown_aircraft:String}) AS `aircraft.manufacturer_name`,
    _aircraft_model AS `aircraft.model`,
    coalesce(_aircraft_model_2, {unknown_aircraft:String}) AS `aircraft.model_name`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _aircraft_manufacturer, _aircraft_model
ORDER BY `aircraft.manufacturer`, `aircraft.model`
LIMIT {limit:UInt64}
