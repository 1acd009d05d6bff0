WITH
    ({version_moving_units:UInt32}, ifNull(fact.unit, '')) AS _moving_key,
    ifNull(dictGet('dict_moving_units', 'level1', _moving_key, fact.day), 'unknown') AS _moving_level1,
    ifNull(dictGet('dict_moving_units', 'level2', _moving_key, fact.day), ifNull(fact.unit, '')) AS _moving_level2,
    ({version_moving_units:UInt32}, ifNull(_moving_level1, '')) AS _moving_least,
    ({version_moving_units:UInt32}, ifNull(coalesce(nullIf(_moving_level2, ''), _moving_level1), '')) AS _moving_least_2,
    ifNull(dictGet('dict_moving_units', 'level1', _moving_key, {today:Date}), 'unknown') AS _moving_level1_2,
    ifNull(dictGet('dict_moving_units', 'level2', _moving_key, {today:Date}), ifNull(fact.unit, '')) AS _moving_level2_2,
    ifNull(dictGet('dict_moving_units', 'level3', _moving_key, fact.day), '') AS _moving_level3
SELECT
    _moving_level1 AS `moving.level1`,
    coalesce(dictGet('dict_moving_units', 'name', _moving_least, tupleElement(max((fact.day, fact.unit)), 1)), nullIf(_moving_level1, 'unknown'), {unknown_moving:String}) AS `moving.level1_name`,
    nullIf(_moving_level2, '') AS `moving.level2`,
    coalesce(dictGet('dict_moving_units', 'name', _moving_least_2, tupleElement(max((fact.day, fact.unit)), 1)), nullIf(coalesce(nullIf(_moving_level2, ''), _moving_level1), 'unknown'), {unknown_moving:String}) AS `moving.level2_name`,
    sum(toInt128(fact.amount)) AS `amount`
FROM `bookings` AS fact
WHERE fact._load <= {top:UInt32}
    AND (_moving_level1_2 = {scope_1_level1:String} AND _moving_level2_2 = {scope_1_level2:String})
    AND (_moving_level1 = {cut_1_level1:String} AND _moving_level2 = {cut_1_level2:String} AND _moving_level3 = '')
    AND NOT ((_moving_level1 = {cut_2_level1:String} AND _moving_level2 = {cut_2_level2:String}))
GROUP BY _moving_level1, _moving_level2
ORDER BY `moving.level1`, `moving.level2`
LIMIT {limit:UInt64}
