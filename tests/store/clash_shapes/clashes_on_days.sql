SELECT
    uniqExact(ours.`_row`),
    groupArraySorted(20)((ours.`_row`, theirs.`_load`, theirs.`_row`, [toString(ours.`day`), toString(ours.`store`)]))
FROM
(
    SELECT `_load`, `_row`, `day`, `store`
    FROM `sales`
    WHERE `_load` IN {others:Array(UInt32)} AND `day` BETWEEN {first:Date} AND {last:Date}
) AS theirs
INNER JOIN
(
    SELECT `_row`, `day`, `store`
    FROM `sales`
    WHERE `_load` IN {own:Array(UInt32)} AND `day` BETWEEN {first:Date} AND {last:Date}
) AS ours ON theirs.`day` = ours.`day` AND theirs.`store` = ours.`store`
SETTINGS join_algorithm = 'grace_hash', max_bytes_in_join = 268435456
