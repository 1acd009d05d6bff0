-- hidden = [3, 8]
-- limit = 50001
-- top = 12
-- unknown_organisation = '未知航空公司'
-- version_carriers = 1
WITH
    toMonday(fact.day) AS _time_iso_week,
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    dictGet('dict_carriers', 'group_name', _organisation_key) AS _organisation_group_name,
    dictGet('dict_carriers', 'group_name_zh', _organisation_key) AS _organisation_group_name_zh,
    dictGet('dict_carriers', 'name', _organisation_key) AS _organisation_name
SELECT
    toISOYear(_time_iso_week) AS `time.iso_year`,
    toISOWeek(_time_iso_week) AS `time.week`,
    _organisation_group AS `organisation.group`,
    coalesce(_organisation_group_name_zh, _organisation_group_name, {unknown_organisation:String}) AS `organisation.group_name`,
    fact.carrier AS `organisation.carrier`,
    coalesce(_organisation_name, fact.carrier, {unknown_organisation:String}) AS `organisation.carrier_name`,
    count() AS `flights`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY _time_iso_week, fact.carrier
ORDER BY `time.iso_year`, `time.week`, `organisation.group`, `organisation.carrier`
LIMIT {limit:UInt64}
