-- after_it = "'\\1"
-- control = '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]'
-- cut_1_from = datetime.date(2013, 4, 1)
-- cut_1_to = datetime.date(2013, 6, 30)
-- first_sign = '^([\t\r\n])'
-- hidden = [3, 8]
-- live = '(^|[;\t\r\n])([ \x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"\']*[=+\\-@＝＋－＠−﹦﹢﹣﹫])'
-- none = 'not_applicable'
-- scope_1_1_group = 'low_cost'
-- scope_1_2_carrier = 'AA'
-- scope_1_2_group = 'network'
-- scope_2_region = 'America/New_York'
-- stilled = "\\1'\\2"
-- top = 12
-- unknown_origin = 'Unknown airport'
-- unprintable = '�'
-- version_airports = 2
-- version_carriers = 1
SELECT
    replaceRegexpOne(replaceRegexpAll(replaceRegexpAll(replaceAll(inside.`origin.origin`, char(0), {unprintable:String}), {control:String}, {unprintable:String}), {live:String}, {stilled:String}), {first_sign:String}, {after_it:String}) AS `origin.origin`,
    replaceRegexpOne(replaceRegexpAll(replaceRegexpAll(replaceAll(inside.`origin.origin_name`, char(0), {unprintable:String}), {control:String}, {unprintable:String}), {live:String}, {stilled:String}), {first_sign:String}, {after_it:String}) AS `origin.origin_name`,
    inside.`flights` AS `flights`,
    ifNull(toString(inside.`departure_delay_max`), {none:String}) AS `departure_delay_max`
FROM
(
    WITH
        ({version_airports:UInt32}, fact.origin) AS _origin_key,
        dictGet('dict_airports', 'name', _origin_key) AS _origin_name,
        ({version_carriers:UInt32}, fact.carrier) AS _organisation_key,
        ifNull(dictGet('dict_carriers', 'group', _organisation_key), 'unknown') AS _organisation_group,
        ({version_airports:UInt32}, fact.destination) AS _region_key,
        ifNull(dictGet('dict_airports', 'region', _region_key), 'unknown') AS _region_region
    SELECT
        fact.origin AS `origin.origin`,
        coalesce(_origin_name, fact.origin, {unknown_origin:String}) AS `origin.origin_name`,
        count() AS `flights`,
        maxOrNull(fact.departure_delay) AS `departure_delay_max`
    FROM `departures` AS fact
    WHERE fact._load <= {top:UInt32}
        AND fact._load NOT IN {hidden:Array(UInt32)}
        AND (_organisation_group = {scope_1_1_group:String} OR (_organisation_group = {scope_1_2_group:String} AND fact.carrier = {scope_1_2_carrier:String}))
        AND _region_region = {scope_2_region:String}
        AND (fact.day >= {cut_1_from:Date} AND fact.day <= {cut_1_to:Date})
    GROUP BY fact.origin
    ORDER BY `flights` DESC, `origin.origin`
) AS inside
ORDER BY inside.`flights` DESC, inside.`origin.origin`
