SELECT
    transform(roundDown(toUInt16(fact.day), {spring_year_starts:Array(UInt16)}), {spring_year_starts:Array(UInt16)}, {spring_years:Array(Nullable(Int32))}, NULL) AS `time.spring_year`,
    transform(roundDown(toUInt16(fact.day), {spring_year_starts:Array(UInt16)}), {spring_year_starts:Array(UInt16)}, {spring_year_labels:Array(Nullable(String))}, NULL) AS `time.spring_year_label`,
    transform(roundDown(toUInt16(fact.day), {spring_period_starts:Array(UInt16)}), {spring_period_starts:Array(UInt16)}, {spring_periods:Array(Nullable(Int32))}, NULL) AS `time.spring_period`,
    transform(roundDown(toUInt16(fact.day), {spring_period_starts:Array(UInt16)}), {spring_period_starts:Array(UInt16)}, {spring_period_labels:Array(Nullable(String))}, NULL) AS `time.spring_period_label`,
    if(isNull(transform(roundDown(toUInt16(fact.day), {spring_period_starts:Array(UInt16)}), {spring_period_starts:Array(UInt16)}, {spring_periods:Array(Nullable(Int32))}, NULL)), NULL, toInt32(toUInt16(fact.day) - roundDown(toUInt16(fact.day), {spring_period_starts:Array(UInt16)}) + 1)) AS `time.spring_day`,
    fact.day AS `time.spring_date`,
    count() AS `sales`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
GROUP BY fact.day
ORDER BY `time.spring_year`, `time.spring_period`, `time.spring_day`
LIMIT {limit:UInt64}
