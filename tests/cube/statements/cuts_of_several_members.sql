-- cut_1_1_from = datetime.date(2012, 1, 1)
-- cut_1_1_to = datetime.date(2013, 2, 28)
-- cut_1_2_from = datetime.date(2013, 7, 1)
-- cut_1_2_to = datetime.date(2013, 9, 30)
-- cut_2 = ['EWR', 'JFK']
-- cut_3_1_group = 'network'
-- cut_3_2_carrier = 'B6'
-- cut_3_2_group = 'low_cost'
-- cut_4_1_region = 'America/Chicago'
-- hidden = [3, 8]
-- top = 12
-- version_airports = 2
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
SELECT
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND ((fact.day >= {cut_1_1_from:Date} AND fact.day <= {cut_1_1_to:Date}) OR (fact.day >= {cut_1_2_from:Date} AND fact.day <= {cut_1_2_to:Date}))
    AND fact.origin IN {cut_2:Array(String)}
    AND (_organisation_group = {cut_3_1_group:String} OR (_organisation_group = {cut_3_2_group:String} AND fact.carrier = {cut_3_2_carrier:String}))
    AND NOT ((_region_region = {cut_4_1_region:String} OR isNull(_region_region)))
