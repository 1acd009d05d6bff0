WITH
    ({version_units:UInt32}, ifNull(fact.unit, '')) AS _organisation_key,
    ifNull(dictGet('dict_units', 'level1', _organisation_key), 'unknown') AS _organisation_level1,
    ifNull(dictGet('dict_units', 'level2', _organisation_key), ifNull(fact.unit, '')) AS _organisation_level2,
    ({version_units:UInt32}, ifNull(_organisation_level1, '')) AS _organisation_least,
    ({version_units:UInt32}, ifNull(coalesce(nullIf(_organisation_level2, ''), _organisation_level1), '')) AS _organisation_least_2,
    ifNull(dictGet('dict_units', 'level3', _organisation_key), '') AS _organisation_level3
SELECT
    _organisation_level1 AS `organisation.level1`,
    coalesce(dictGet('dict_units', 'name_zh', _organisation_least), dictGet('dict_units', 'name', _organisation_least), nullIf(_organisation_level1, 'unknown'), {unknown_organisation:String}) AS `organisation.level1_name`,
    nullIf(_organisation_level2, '') AS `organisation.level2`,
    coalesce(dictGet('dict_units', 'name_zh', _organisation_least_2), dictGet('dict_units', 'name', _organisation_least_2), nullIf(coalesce(nullIf(_organisation_level2, ''), _organisation_level1), 'unknown'), {unknown_organisation:String}) AS `organisation.level2_name`,
    sum(toInt128(fact.amount)) AS `amount`
FROM `bookings` AS fact
WHERE fact._load <= {top:UInt32}
    AND (_organisation_level1 = {scope_1_level1:String} AND _organisation_level2 = {scope_1_level2:String})
    AND (_organisation_level1 = {cut_1_level1:String} AND _organisation_level2 = {cut_1_level2:String} AND _organisation_level3 = '')
    AND NOT ((_organisation_level1 = {cut_2_level1:String} AND _organisation_level2 = {cut_2_level2:String}))
GROUP BY _organisation_level1, _organisation_level2
ORDER BY `organisation.level1`, `organisation.level2`
LIMIT {limit:UInt64}
