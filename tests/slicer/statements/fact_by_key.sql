-- hidden = [3, 8]
-- key = '1545'
-- limit = 1
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
    fact.flight AS `__fact_key__`,
    fact.day AS `time.date`,
    fact.carrier AS `organisation.carrier`,
    fact.tail_number AS `tail_number`,
    fact.departure_delay AS `departure_delay`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (_organisation_group = {scope_1_1_group:String} OR (_organisation_group = {scope_1_2_group:String} AND fact.carrier = {scope_1_2_carrier:String}))
    AND _region_region = {scope_2_region:String}
    AND toString(fact.flight) = {key:String}
ORDER BY fact._origin, fact._row
LIMIT {limit:UInt64}
