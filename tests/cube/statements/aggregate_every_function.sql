-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- version_aircraft = 5
WITH
    toStartOfYear(fact.day) AS _time_year,
    ({version_aircraft:UInt32}, ifNull(fact.tail_number, '')) AS _aircraft_key,
    dictGet('dict_aircraft', 'seats', _aircraft_key) AS _aircraft_seats,
    dictGet('dict_aircraft', 'age', _aircraft_key) AS _aircraft_age
SELECT
    toYear(_time_year) AS `time.year`,
    count() AS `flights`,
    sum(fact.departed) AS `departed`,
    sum(fact.cancelled) AS `cancelled`,
    sum(fact.arrived) AS `arrivals`,
    sum(fact.not_recorded) AS `not_recorded`,
    sum(fact.on_time) AS `on_time_arrivals`,
    sum(fact.severe) AS `severe_delays`,
    sum(fact.late_departure) AS `late_departures`,
    sum(fact.recovered) AS `recovered_departures`,
    ifNull(sum(fact.departure_delay), 0) AS `departure_delay_minutes`,
    ifNull(sum(fact.arrival_delay), 0) AS `arrival_delay_minutes`,
    maxOrNull(fact.departure_delay) AS `departure_delay_max`,
    minOrNull(fact.departure_delay) AS `departure_delay_min`,
    ifNull(sum(fact.air_time), 0) AS `air_minutes`,
    sum(toInt64(fact.distance) * fact.departed) AS `miles`,
    sum(dictHas('dict_aircraft', _aircraft_key)) AS `known_aircraft_flights`,
    sumIf(dictHas('dict_aircraft', _aircraft_key), fact.departed = 1) AS `known_aircraft_departures`,
    ifNull(sum(_aircraft_seats), 0) AS `seats_scheduled`,
    ifNull(sum(toInt64(_aircraft_seats) * fact.departed), 0) AS `seats_departed`,
    ifNull(sum(toInt64(_aircraft_seats) * fact.cancelled), 0) AS `seats_cancelled`,
    ifNull(sum(toInt64(_aircraft_seats) * fact.distance * fact.departed), 0) AS `seat_miles`,
    uniqExact(fact.tail_number) AS `aircraft`,
    uniqExactIf(fact.tail_number, fact.day, fact.departed = 1) AS `aircraft_days`,
    countIf((fact.departed = 1 AND isNotNull(fact.tail_number))) AS `known_tail_departures`,
    countIf(isNotNull(_aircraft_age)) AS `aged_flights`,
    ifNull(sum(fact.departure_delay), 0) AS `__part__.departure_delay_avg.sum`,
    countIf(isNotNull(fact.departure_delay)) AS `__part__.departure_delay_avg.count`,
    quantileExactLowOrNull(0.5)(fact.departure_delay) AS `__part__.departure_delay_median.lower`,
    quantileExactHighOrNull(0.5)(fact.departure_delay) AS `__part__.departure_delay_median.upper`,
    ifNull(sum(_aircraft_age), 0) AS `age_years`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_year
ORDER BY `time.year`
LIMIT {limit:UInt64}
