WITH
    ({version_branches:UInt32}, ifNull(fact.branch, '')) AS _branch_key,
    ifNull(dictGet('dict_branches', 'region', _branch_key, {today:Date}), 'unknown') AS _branch_region,
    dictGet('dict_branches', 'region_name', _branch_key, {today:Date}) AS _branch_region_name,
    dictGet('dict_branches', 'name', _branch_key, {today:Date}) AS _branch_name,
    dictGet('dict_branches', 'staff', _branch_key, {today:Date}) AS _branch_staff
SELECT
    _branch_region AS `branch.region`,
    coalesce(_branch_region_name, {unknown_branch:String}) AS `branch.region_name`,
    fact.branch AS `branch.branch`,
    coalesce(_branch_name, fact.branch, {unknown_branch:String}) AS `branch.name`,
    _branch_staff AS `branch.staff`,
    sum(fact.guests) AS `guests`
FROM `visits` AS fact
WHERE fact._load <= {top:UInt32}
    AND _branch_region = {scope_1_region:String}
    AND _branch_region = {cut_1_region:String}
GROUP BY fact.branch
ORDER BY `branch.region`, `branch.branch`
LIMIT {limit:UInt64}
