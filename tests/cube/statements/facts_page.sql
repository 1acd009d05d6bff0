-- cut_1_from = datetime.date(2013, 12, 31)
-- cut_1_to = datetime.date(2013, 12, 31)
-- hidden = [3, 8]
-- limit = 100
-- offset = 100
-- scope_1_1_group = 'low_cost'
-- scope_1_2_carrier = 'AA'
-- scope_1_2_group = 'network'
-- scope_2_region = 'America/New_York'
-- top = 12
-- unknown_organisation = 'Unknown carrier'
-- version_aircraft = 5
-- version_airports = 2
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    dictGet('dict_carriers', 'name', _organisation_key) AS _organisation_name,
    ({version_aircraft:UInt32}, ifNull(fact.tail_number, '')) AS _aircraft_key,
    dictGet('dict_aircraft', 'seats', _aircraft_key) AS _aircraft_seats,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
SELECT
    fact._origin AS `_load`,
    fact._row AS `_row`,
    fact.day AS `time.date`,
    coalesce(_organisation_name, fact.carrier, {unknown_organisation:String}) AS `organisation.carrier_name`,
    fact.departure_delay AS `departure_delay`,
    toInt64(_aircraft_seats) * fact.distance * fact.departed AS `seat_miles`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (_organisation_group = {scope_1_1_group:String} OR (_organisation_group = {scope_1_2_group:String} AND fact.carrier = {scope_1_2_carrier:String}))
    AND _region_region = {scope_2_region:String}
    AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
ORDER BY `departure_delay` DESC, `_load`, `_row`
LIMIT {limit:UInt64} OFFSET {offset:UInt64}

-- cut_1_from = datetime.date(2013, 12, 31)
-- cut_1_to = datetime.date(2013, 12, 31)
-- hidden = [3, 8]
-- scope_1_1_group = 'low_cost'
-- scope_1_2_carrier = 'AA'
-- scope_1_2_group = 'network'
-- scope_2_region = 'America/New_York'
-- top = 12
-- version_airports = 2
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
SELECT
    count() AS `facts`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (_organisation_group = {scope_1_1_group:String} OR (_organisation_group = {scope_1_2_group:String} AND fact.carrier = {scope_1_2_carrier:String}))
    AND _region_region = {scope_2_region:String}
    AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
