-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- unknown_organisation = '未知航空公司'
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_carriers:UInt32}, min(fact.carrier)) AS _organisation_least,
    dictGet('dict_carriers', 'group_name', _organisation_least) AS _organisation_group_name,
    dictGet('dict_carriers', 'group_name_zh', _organisation_least) AS _organisation_group_name_zh
SELECT
    _organisation_group AS `organisation.group`,
    coalesce(_organisation_group_name_zh, _organisation_group_name, {unknown_organisation:String}) AS `organisation.group_name`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _organisation_group
ORDER BY `organisation.group`
LIMIT {limit:UInt64}
