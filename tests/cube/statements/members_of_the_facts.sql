-- cut_1_from = datetime.date(2013, 12, 1)
-- cut_1_to = datetime.date(2013, 12, 31)
-- hidden = [3, 8]
-- limit = 10001
-- scope_1_1_group = 'low_cost'
-- scope_1_2_carrier = 'AA'
-- scope_1_2_group = 'network'
-- scope_2_region = 'America/New_York'
-- search = 'san'
-- top = 12
-- unknown_region = 'Unknown region'
-- version_airports = 2
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region,
    dictGet('dict_airports', 'region_name', _region_key) AS _region_region_name,
    dictGet('dict_airports', 'name', _region_key) AS _region_name,
    dictGet('dict_airports', 'latitude', _region_key) AS _region_latitude,
    dictGet('dict_airports', 'longitude', _region_key) AS _region_longitude
SELECT
    _region_region AS `region.region`,
    coalesce(_region_region_name, {unknown_region:String}) AS `region.region_name`,
    fact.destination AS `region.airport`,
    coalesce(_region_name, fact.destination, {unknown_region:String}) AS `region.airport_name`,
    _region_latitude AS `region.latitude`,
    _region_longitude AS `region.longitude`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (_organisation_group = {scope_1_1_group:String} OR (_organisation_group = {scope_1_2_group:String} AND fact.carrier = {scope_1_2_carrier:String}))
    AND _region_region = {scope_2_region:String}
    AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
GROUP BY fact.destination
HAVING (positionCaseInsensitiveUTF8(`region.airport`, {search:String}) > 0 OR positionCaseInsensitiveUTF8(`region.airport_name`, {search:String}) > 0)
ORDER BY `region.region`, `region.airport`
LIMIT {limit:UInt64}
