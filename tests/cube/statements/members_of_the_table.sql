-- limit = 50
-- scope_1_region = 'America/New_York'
-- unknown_region = '未知地区'
-- version_airports = 2
WITH
    ({version_airports:UInt32}, fact.airport) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region,
    ({version_airports:UInt32}, min(fact.airport)) AS _region_least,
    dictGet('dict_airports', 'region_name', _region_least) AS _region_region_name,
    dictGet('dict_airports', 'region_name_zh', _region_least) AS _region_region_name_zh
SELECT
    _region_region AS `region.region`,
    coalesce(_region_region_name_zh, _region_region_name, {unknown_region:String}) AS `region.region_name`
FROM `airports` AS fact
WHERE fact._load = {version_airports:UInt32}
    AND _region_region = {scope_1_region:String}
GROUP BY _region_region
ORDER BY `region.region`
LIMIT {limit:UInt64}
