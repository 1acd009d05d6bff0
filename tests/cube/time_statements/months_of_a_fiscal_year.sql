WITH
    toDate(roundDown(toUInt16(fact.day), {fiscal_month_starts:Array(UInt16)})) AS _time_fiscal_month
SELECT
    transform(roundDown(toUInt16(_time_fiscal_month), {fiscal_year_starts:Array(UInt16)}), {fiscal_year_starts:Array(UInt16)}, {fiscal_years:Array(Nullable(Int32))}, NULL) AS `time.fiscal_year`,
    transform(roundDown(toUInt16(_time_fiscal_month), {fiscal_year_starts:Array(UInt16)}), {fiscal_year_starts:Array(UInt16)}, {fiscal_year_labels:Array(Nullable(String))}, NULL) AS `time.fiscal_year_label`,
    transform(roundDown(toUInt16(_time_fiscal_month), {fiscal_quarter_starts:Array(UInt16)}), {fiscal_quarter_starts:Array(UInt16)}, {fiscal_quarters:Array(Nullable(Int32))}, NULL) AS `time.fiscal_quarter`,
    transform(roundDown(toUInt16(_time_fiscal_month), {fiscal_quarter_starts:Array(UInt16)}), {fiscal_quarter_starts:Array(UInt16)}, {fiscal_quarter_labels:Array(Nullable(String))}, NULL) AS `time.fiscal_quarter_label`,
    transform(roundDown(toUInt16(_time_fiscal_month), {fiscal_month_starts:Array(UInt16)}), {fiscal_month_starts:Array(UInt16)}, {fiscal_months:Array(Nullable(Int32))}, NULL) AS `time.fiscal_month`,
    transform(roundDown(toUInt16(_time_fiscal_month), {fiscal_month_starts:Array(UInt16)}), {fiscal_month_starts:Array(UInt16)}, {fiscal_month_labels:Array(Nullable(String))}, NULL) AS `time.fiscal_month_label`,
    count() AS `sales`
FROM `sales` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
GROUP BY _time_fiscal_month
ORDER BY `time.fiscal_year`, `time.fiscal_quarter`, `time.fiscal_month`
LIMIT {limit:UInt64}
