-- hidden = [3, 8]
-- limit = 20
-- offset = 40
-- top = 12
-- unknown_aircraft = 'Unknown aircraft'
-- version_aircraft = 5
WITH
    ({version_aircraft:UInt32}, ifNull(fact.tail_number, '')) AS _aircraft_key,
    ifNull(dictGet('dict_aircraft', 'manufacturer', _aircraft_key), 'unknown') AS _aircraft_manufacturer,
    dictGet('dict_aircraft', 'manufacturer', _aircraft_key) AS _aircraft_manufacturer_2,
    ifNull(dictGet('dict_aircraft', 'model', _aircraft_key), 'unknown') AS _aircraft_model,
    dictGet('dict_aircraft', 'model', _aircraft_key) AS _aircraft_model_2,
    dictGet('dict_aircraft', 'seats', _aircraft_key) AS _aircraft_seats,
    dictGet('dict_aircraft', 'year_built', _aircraft_key) AS _aircraft_year_built,
    dictGet('dict_aircraft', 'age', _aircraft_key) AS _aircraft_age
SELECT
    _aircraft_manufacturer AS `aircraft.manufacturer`,
    coalesce(_aircraft_manufacturer_2, {unknown_aircraft:String}) AS `aircraft.manufacturer_name`,
    _aircraft_model AS `aircraft.model`,
    coalesce(_aircraft_model_2, {unknown_aircraft:String}) AS `aircraft.model_name`,
    fact.tail_number AS `aircraft.tail_number`,
    ifNull(fact.tail_number, {unknown_aircraft:String}) AS `aircraft.aircraft_name`,
    _aircraft_seats AS `aircraft.seats`,
    _aircraft_year_built AS `aircraft.year_built`,
    _aircraft_age AS `aircraft.age`,
    count() AS `flights`,
    ifNull(sum(toInt64(_aircraft_seats) * fact.distance * fact.departed), 0) AS `seat_miles`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY fact.tail_number
ORDER BY `seat_miles` DESC, `aircraft.manufacturer`, `aircraft.model`, `aircraft.tail_number`
LIMIT {limit:UInt64} OFFSET {offset:UInt64}

-- hidden = [3, 8]
-- top = 12
SELECT count() AS `cells`
FROM
(
    SELECT 1
    FROM `departures` AS fact
    WHERE fact._load <= {top:UInt32}
        AND fact._load NOT IN {hidden:Array(UInt32)}
    GROUP BY fact.tail_number
)
