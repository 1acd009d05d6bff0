-- after_it = "'\\1"
-- control = '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]'
-- cut_1_from = datetime.date(2013, 4, 1)
-- cut_1_to = datetime.date(2013, 6, 30)
-- first_sign = '^([\t\r\n])'
-- hidden = [3, 8]
-- live = '(^|[;\t\r\n])([ \x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"\']*[=+\\-@＝＋－＠−﹦﹢﹣﹫])'
-- scope_1_1_group = 'low_cost'
-- scope_1_2_carrier = 'AA'
-- scope_1_2_group = 'network'
-- scope_2_region = 'America/New_York'
-- stilled = "\\1'\\2"
-- top = 12
-- unprintable = '�'
-- version_airports = 2
-- version_carriers = 1
WITH
    ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
    ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
    ({version_airports:UInt32}, fact.destination) AS _region_key,
    ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
SELECT
    concat(toString(fact._origin), '.', toString(fact._row)) AS `__fact_key__`,
    fact.day AS `time.date`,
    replaceRegexpOne(replaceRegexpAll(replaceRegexpAll(replaceAll(fact.carrier, char(0), {unprintable:String}), {control:String}, {unprintable:String}), {live:String}, {stilled:String}), {first_sign:String}, {after_it:String}) AS `organisation.carrier`,
    replaceRegexpOne(replaceRegexpAll(replaceRegexpAll(replaceAll(fact.tail_number, char(0), {unprintable:String}), {control:String}, {unprintable:String}), {live:String}, {stilled:String}), {first_sign:String}, {after_it:String}) AS `tail_number`,
    fact.departure_delay AS `departure_delay`
FROM `departures` AS fact
WHERE fact._load <= {top:UInt32}
    AND fact._load NOT IN {hidden:Array(UInt32)}
    AND (_organisation_group = {scope_1_1_group:String} OR (_organisation_group = {scope_1_2_group:String} AND fact.carrier = {scope_1_2_carrier:String}))
    AND _region_region = {scope_2_region:String}
    AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
