-- cut_1_1_from = datetime.date(2013, 2, 1)
-- cut_1_1_to = datetime.date(2013, 2, 28)
-- cut_1_2_from = datetime.date(2013, 10, 1)
-- cut_1_2_to = datetime.date(2013, 12, 31)
-- cut_2_1_carrier = 'AA'
-- cut_2_1_group = 'network'
-- cut_2_2_group = 'low_cost'
-- cut_3_from_manufacturer = 'BOEING'
-- cut_3_from_model = '737-800'
-- cut_3_to_manufacturer = 'EMBRAER'
-- cut_4_from_distance = 500
-- cut_4_to_distance = 1000
-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- version_aircraft = 5
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_aircraft:UInt32}, ifNull(fact.tail_number, '')) AS _aircraft_key,
    ifNull(dictGet('dict_aircraft', 'manufacturer', _aircraft_key), 'unknown') AS _aircraft_manufacturer,
    ifNull(dictGet('dict_aircraft', 'model', _aircraft_key), 'unknown') AS _aircraft_model
SELECT
    fact.hour AS `hour`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND ((fact.day >= {cut_1_1_from:Date} AND fact.day <= {cut_1_1_to:Date}) OR (fact.day >= {cut_1_2_from:Date} AND fact.day <= {cut_1_2_to:Date}))
    AND ((_organisation_group = {cut_2_1_group:String} AND fact.carrier = {cut_2_1_carrier:String}) OR _organisation_group = {cut_2_2_group:String})
    AND ((_aircraft_manufacturer > {cut_3_from_manufacturer:String} OR (_aircraft_manufacturer = {cut_3_from_manufacturer:String} AND _aircraft_model >= {cut_3_from_model:String})) AND _aircraft_manufacturer <= {cut_3_to_manufacturer:String})
    AND (fact.distance >= {cut_4_from_distance:Int64} AND fact.distance <= {cut_4_to_distance:Int64})
GROUP BY fact.hour
ORDER BY `hour`
LIMIT {limit:UInt64}
